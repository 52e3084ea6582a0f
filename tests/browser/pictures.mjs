// Makes docs/pictures from a running server: node tests/browser/pictures.mjs '{"url": .., "invite": ..}'.
// Six people, one window each; the pictures are German and light.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DESKTOP, PHONE, Person, openBrowser, step, story } from "./people.mjs";
import { LOOKS, drawCamera } from "./portraits.mjs";
import { sees, until } from "./stats.mjs";

const { url, invite } = JSON.parse(process.argv[2]);
const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
const NAMES = ["Mara", "Juno", "Cem", "Alex", "Renate", "Idris"];
const PASSWORD = "drei rote kirschen im schnee";
const TIDY = { ...DESKTOP, height: 820 };
const browsers = [];

/** Writes a picture of what is on the screen. */
async function picture(person, name, { fullPage = false } = {}) {
  await person.page.evaluate(() => document.fonts.ready);
  await writeFile(`${FOLDER}${name}.png`, await person.page.screenshot({ fullPage }));
}

async function both(person, name, work = async () => undefined) {
  await work();
  await picture(person, `${name}-desktop`);
  await person.page.setViewportSize(PHONE);
  await picture(person, `${name}-phone`);
  await person.page.setViewportSize(TIDY);
}

async function comes(browser, n, viewport) {
  const person = await Person.come(browser, NAMES[n], { viewport });
  await person.context.addInitScript(drawCamera, LOOKS[n]);
  return person;
}

/** An account, a group, and the pages that go with them. */
async function groupPages(mara) {
  await mara.open(invite);
  await mara.type("desk.account-name", "mara");
  await mara.type("desk.password", PASSWORD);
  await mara.press("desk.make-account");
  await mara.goesOn();
  await mara.open(`${url}/groups`);
  await mara.type("desk.group-name", "Küche für alle");
  await mara.press("desk.make-group");
  await mara.page.waitForURL(/\/g\//);
  await both(mara, "group");
}

async function call(browser) {
  const [mara, phone] = [await comes(browser, 0, TIDY), await comes(browser, 1, PHONE)];
  const links = await mara.startsPlenum(url, "Plenum der Küche für alle");
  const others = [phone];
  for (let n = 2; n < NAMES.length; n += 1) others.push(await comes(browser, n, { width: 480, height: 360 }));
  await mara.open(links.facilitators);
  await both(mara, "prejoin", () => mara.type("meet.your-name", mara.name));
  await mara.press("meet.join-with-microphone");
  await mara.isInside();
  for (const one of others) {
    await one.knocks(links.guests, { muted: one !== phone });
    await mara.admits(one.name);
    await one.isInside();
  }
  for (const one of [mara, ...others]) await one.turnsCameraOn();
  await sees(mara.page, 5, 90_000);
  await sees(phone.page, 5, 90_000);
  await others[2].control("meet.hand-raise").click();
  await others[3].writes("Ich schreibe heute Protokoll.");
  await mara.writes("Danke! TOP 1 ist die Einkaufsliste.");
  await phone.page.locator(".meet-hand, [data-hand]").first().waitFor({ timeout: 3000 }).catch(() => undefined);
  await until("nobody is announced any more", async () => !(await mara.page.locator(".meet-toast").count()), 15_000).catch(() => undefined);
  await picture(mara, "call-desktop");
  await picture(phone, "call-phone");
}

await mkdir(FOLDER, { recursive: true });
await story("pictures", () => browsers, async () => {
  const browser = await openBrowser();
  browsers.push(browser);
  const start = await Person.come(browser, "start", { viewport: TIDY });
  await step("the start page", () => both(start, "start", () => start.open(url)));
  await start.close();
  await step("a call with six people", () => call(browser));
  const mara = await Person.come(browser, "mara", { viewport: TIDY });
  await step("the page of a group", () => groupPages(mara));
});
