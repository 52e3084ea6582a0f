// Makes the pictures of the guide from a demo: node tests/browser/guide.mjs '{"facilitators", "guests"}'.
// The people are the bots of the demo; the pictures are German and light.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openBrowser, Person, step, story } from "./people.mjs";
import { sees, until } from "./stats.mjs";

const { facilitators, guests } = JSON.parse(process.argv[2]);
const FOLDER = fileURLToPath(new URL("../../frontend/guide/", import.meta.url));
const WIDE = { width: 1400, height: 840 };
const HIGH = { width: 1180, height: 1040 };
const LOW = { width: 1180, height: 540 };
const WIDEST = 1000;
const SMALL = { width: 360, height: 640 };
const MOST_BYTES = 60_000;
const browsers = [];

/** Chromium itself packs its pictures; a page of its own may read data addresses. */
async function packed(browser, png, quality) {
  const page = await browser.newPage();
  const address = await page.evaluate(async ([source, share, widest]) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const scale = Math.min(1, widest / image.width);
    const size = { width: Math.round(image.width * scale), height: Math.round(image.height * scale) };
    const canvas = Object.assign(document.createElement("canvas"), size);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, size.width, size.height);
    return canvas.toDataURL("image/webp", share);
  }, [`data:image/png;base64,${png.toString("base64")}`, quality, WIDEST]);
  await page.close();
  return Buffer.from(address.split(",")[1], "base64");
}

/** Writes a picture of the page, or of a part of it. */
async function picture(browser, one, name, part = one.page) {
  await one.page.evaluate(() => document.fonts.ready);
  const png = await part.screenshot();
  for (const quality of [0.9, 0.8, 0.65, 0.5]) {
    const data = await packed(browser, png, quality);
    if (data.length > MOST_BYTES) continue;
    await writeFile(`${FOLDER}${name}.webp`, data);
    process.stdout.write(`FIGURE ${name}.webp has ${data.length} bytes\n`);
    return;
  }
  throw new Error(`${name} is too large`);
}

/** Waits for a moment without announcements; in a lively plenum there may be none. */
async function calm(one) {
  const none = async () => !(await one.page.locator(".meet-toast").count());
  await until("nothing is announced", none, 10_000).catch(() => undefined);
}

async function handsAreUp(one, n) {
  const hands = one.page.locator(".plenum-list .plenum-hand");
  await until(`hands are up: ${n}`, async () => (await hands.count()) >= n, 150_000);
}

async function minutesAreWritten(one) {
  await until("the minutes are written", async () => {
    const text = await one.page.locator(".plenum-pad").innerText();
    return text.length > 300;
  }, 90_000);
}

await story("guide", () => browsers, async () => {
  const browser = await openBrowser();
  browsers.push(browser);
  const robin = await Person.come(browser, "Robin", { viewport: SMALL });
  const mara = await Person.come(browser, "Kaya", { viewport: WIDE });
  await step("the page before the call", async () => {
    await mara.page.setViewportSize({ width: 820, height: 490 });
    await mara.open(guests);
    await mara.type("meet.your-name", "Kaya");
    await picture(browser, mara, "join");
    await mara.page.setViewportSize(WIDE);
  });
  await step("a plenum on one screen", async () => {
    await mara.open(facilitators);
    await mara.type("meet.your-name", "Kaya");
    await mara.press("meet.join-muted");
    await mara.isInside();
    await sees(mara.page, 3, 60_000);
    await minutesAreWritten(mara);
    await handsAreUp(mara, 1);
    await mara.page.locator(".plenum-pad p").last().scrollIntoViewIfNeeded();
    await picture(browser, mara, "plenum");
  });
  await step("the speaking list", async () => {
    await mara.page.setViewportSize(LOW);
    await handsAreUp(mara, 2);
    await picture(browser, mara, "hands", mara.page.locator(".plenum-list"));
  });
  await step("the agenda", async () => {
    await mara.page.setViewportSize(HIGH);
    await mara.page.locator(".plenum-toggle").click();
    await picture(browser, mara, "agenda", mara.page.locator(".plenum-agenda"));
  });
  await step("the same on a phone", async () => {
    await robin.open(guests);
    await robin.type("meet.your-name", "Robin");
    await robin.press("meet.join-muted");
    await robin.isInside();
    await sees(robin.page, 1, 60_000);
    await calm(robin);
    await picture(browser, robin, "phone");
  });
});
