// Firefox ESR with two Chromium windows: three-way see and hear, and a shared screen.
// Firefox does not connect to loopback: run this in a namespace, with an address of its own.
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";
import { openBrowser, Person, step, story } from "./people.mjs";
import { hears, sees, until, watch, watched } from "./stats.mjs";
import { texts } from "./texts.mjs";

const { url, key } = JSON.parse(process.argv[2]);
const t = texts("de");
const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.devices.insecure.enabled": false,
  "intl.accept_languages": "de",
  // Asks for a codec at Mozilla, which is not there; nothing here needs it.
  "media.gmp-manager.updateEnabled": false,
  "app.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
};
let chromium;
let firefox;

/** Presses what carries this word, as soon as it is there. */
async function press(page, id) {
  const found = await page.waitForSelector(`::-p-xpath(//button[normalize-space(.)="${t(id)}"])`, {
    timeout: 45_000,
    visible: true,
  });
  await found.click();
}

await story("firefox", () => [chromium, firefox].filter(Boolean), async () => {
  firefox = await step("Firefox starts", () =>
    puppeteer.launch({
      browser: "firefox",
      executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
      headless: true,
      acceptInsecureCerts: true,
      extraPrefsFirefox: PREFERENCES,
      timeout: 120_000,
    }),
  );
  chromium = await openBrowser([`--ignore-certificate-errors-spki-list=${key}`]);
  const mara = await Person.come(chromium, "Mara");
  const juno = await Person.come(chromium, "Juno");
  const page = await firefox.newPage();
  const errors = [];
  page.on("pageerror", (reason) => errors.push(reason.message));
  await page.evaluateOnNewDocument(watch);

  const links = await step("a plenum", () => mara.startsPlenum(url));
  await step("two come with Chromium", async () => {
    await mara.enters(links.facilitators);
    await juno.knocks(links.guests);
    await mara.admits("Juno");
    await juno.isInside();
    for (const one of [mara, juno]) await one.turnsCameraOn();
  });

  await step("one comes with Firefox, in three actions", async () => {
    const began = Date.now();
    await page.goto(links.guests);
    const name = await page.waitForSelector("#meet-name", { visible: true });
    await name.type("Fuchs");
    await press(page, "meet.join-with-microphone");
    await mara.admits("Fuchs");
    await hears(page, 2, 60_000);
    process.stdout.write(`FIGURE link to hearing in Firefox: ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
    await press(page, "meet.camera-on");
  });

  await step("all three see and hear each other", async () => {
    for (const one of [page, mara.page, juno.page]) {
      await hears(one, 2, 60_000);
      await sees(one, 2, 60_000);
    }
  });

  await step("a screen of Chromium is seen in Firefox", async () => {
    await mara.shows(null);
    await mara.control("meet.share").click();
    await mara.control("meet.share-stop").waitFor();
    await page.waitForSelector(".meet-tile-share[data-main][data-video]", { timeout: 45_000 });
    await until("three pictures in Firefox", async () => {
      const { streams } = await watched(page);
      const wide = streams.filter((one) => one.kind === "video" && one.frames > 0);
      return wide.length >= 3 && wide.some((one) => one.width >= 640);
    });
    await mara.control("meet.share-stop").click();
    await page.waitForSelector(".meet-tile-share", { hidden: true, timeout: 45_000 });
  });

  await step("Firefox leaves", async () => {
    await press(page, "meet.leave");
    await until("Firefox is outside", async () => page.url().includes("/left"));
    await mara.tile("Fuchs").waitFor({ state: "detached" });
    assert.deepEqual(errors, []);
  });
});
