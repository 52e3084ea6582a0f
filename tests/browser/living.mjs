// Pictures of a living plenum for docs/pictures, from a demo:
// node tests/browser/living.mjs '{"facilitators", "guests"}'. German and light.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Assembled } from "./assembled.mjs";
import { openBrowser, PHONE, step, story } from "./people.mjs";
import { sees, until } from "./stats.mjs";

const { facilitators, guests } = JSON.parse(process.argv[2]);
const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const WIDE = { width: 1400, height: 860 };
const ALIVE_MS = 150_000;
const browsers = [];

async function picture(one, name) {
  await one.page.evaluate(() => document.fonts.ready);
  await writeFile(`${FOLDER}${name}.png`, await one.page.screenshot());
}

async function comes(browser, name, link, viewport) {
  const one = await Assembled.come(browser, name, { viewport, hasTouch: viewport === PHONE });
  await one.knocks(link, { muted: true });
  await one.isInside();
  await one.isAssembled();
  return one;
}

await story("living", () => browsers, async () => {
  const browser = await openBrowser();
  browsers.push(browser);
  const kaya = await step("a plenum at a desk", async () => {
    const one = await comes(browser, "Kaya", facilitators, WIDE);
    await sees(one.page, 3, 60_000);
    const hands = one.page.locator(".plenum-list .plenum-hand");
    await until("hands are up and the minutes written", async () => {
      const text = await one.page.locator(".plenum-pad").innerText();
      return text.length > 500 && (await hands.count()) > 1;
    }, ALIVE_MS);
    await one.page.locator(".plenum-pad p").last().scrollIntoViewIfNeeded();
    await picture(one, "plenum-desktop");
    return one;
  });
  const robin = await step("the same on a phone: the room, the minutes", async () => {
    const one = await comes(browser, "Robin", guests, PHONE);
    await sees(one.page, 1, 60_000);
    await picture(one, "plenum-phone");
    await one.sees("minutes");
    await one.minutes().waitFor();
    await one.page.locator(".plenum-pad p").last().scrollIntoViewIfNeeded();
    await picture(one, "minutes-phone");
    return one;
  });
  await step("the minutes as a page of their own", async () => {
    for (const [one, name] of [[kaya, "pad-desktop"], [robin, "pad-phone"]]) {
      const src = await one.page.locator("allmende-pad").getAttribute("src");
      const page = await one.context.newPage();
      await page.goto(new URL(src, one.page.url()).href);
      await page.locator(".ProseMirror").waitFor();
      await page.locator(".ProseMirror h2").first().waitFor();
      await writeFile(`${FOLDER}${name}.png`, await page.screenshot());
    }
  });
});
