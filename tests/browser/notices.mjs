// The inbox and a device that rings: node notices.mjs '{"url", "cookies", "group", "endpoint", "keys", "pushed"}'.
// A push service of our own stands for that of the browser's maker: it gets the real message, opens it
// and writes it to the file `pushed`. The worker, its permission and what it shows are real.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { axe } from "./axe.mjs";
import { WIDTHS } from "./chromium.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";
import { until } from "./stats.mjs";

const { url, cookies, group, endpoint, keys, pushed } = JSON.parse(process.argv[2]);
const PAGE = `${url}/me/notices`;
const complaints = [];
let browser;

/** Runs in the page before its scripts: takes whoever has a worker that runs. */
function takeAll(subscription) {
  PushManager.prototype.subscribe = async function subscribe(options) {
    const [registration] = await navigator.serviceWorker.getRegistrations();
    if (!registration?.active) throw new DOMException("no active Service Worker", "AbortError");
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 65) throw new TypeError("key");
    return { toJSON: () => subscription, unsubscribe: async () => true };
  };
}

async function look(one, where) {
  for (const width of WIDTHS) {
    await one.page.setViewportSize({ width, height: 800 });
    for (const violation of await axe(one.page)) complaints.push(`${where} ${width}: ${violation}`);
  }
}

/** Hands the worker what a push service would, and returns what is on the screen then. */
async function receives(one, data) {
  const devtools = await one.context.newCDPSession(one.page);
  const found = new Promise((known) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && known(registrations[0]));
  });
  await devtools.send("ServiceWorker.enable");
  const { registrationId } = await found;
  await devtools.send("ServiceWorker.deliverPushMessage", { origin: url, registrationId, data });
  const shown = () =>
    one.page.evaluate(async () => {
      const [registration] = await navigator.serviceWorker.getRegistrations();
      const all = await registration.getNotifications();
      return all.map(({ title, body, data: { link } }) => ({ title, body, link }));
    });
  await until("something is on the screen", async () => (await shown()).length > 0);
  return shown();
}

const readsPushed = () => readFile(pushed, "utf8").catch(() => "");

await story("notices", () => [browser], async () => {
  browser = await openBrowser();
  const kim = await Person.come(browser, "kim");
  const mara = await Person.come(browser, "mara");
  await kim.context.addCookies(cookies.kim);
  await mara.context.addCookies(cookies.mara);
  await kim.context.grantPermissions(["notifications"], { origin: url });
  await kim.context.addInitScript(takeAll, { endpoint, keys });

  await step("the inbox is empty and says so", async () => {
    await kim.page.goto(PAGE);
    await kim.reads("desk.no-notices");
    await look(kim, "empty");
  });

  await step("this device shall ring, and shows the text", async () => {
    await kim.field("desk.ring-show-text").check();
    await kim.press("desk.ring-here");
    await kim.reads("desk.ring-shows-text");
    await look(kim, "rings");
  });

  const text = kim.t("desk.notice-role-facilitator", { group: "Küche" });
  await step("somebody makes her facilitate: it is pushed, and stands on the screen", async () => {
    await mara.page.goto(`${url}/g/${group}`);
    const row = mara.page.locator(".row", { hasText: "kim" }).filter({ has: mara.page.locator('form[action$="/role"]') });
    await row.locator("summary").first().click();
    await row.locator("select").selectOption("facilitator");
    await row.locator('form[action$="/role"] button').click();
    await until("it is pushed", readsPushed, 10_000);
    const data = await readsPushed();
    const [shown] = await receives(kim, data);
    assert.deepEqual(shown, JSON.parse(data));
    assert.deepEqual(shown, { title: "Allmende", body: text, link: `/g/${group}` });
  });

  await step("the start page counts it, the inbox tells it; opened, it is read", async () => {
    await kim.page.goto(url);
    await kim.page.locator("#news").getByRole("link", { name: kim.t("desk.notices-unread", { n: 1 }), exact: true }).click();
    await look(kim, "unread");
    await kim.page.getByRole("button", { name: text, exact: true }).click();
    await kim.page.waitForURL(`${url}/g/${group}`);
    await kim.page.goto(url);
    assert.equal(await kim.page.locator("#news").count(), 0);
  });

  await step("at night nothing rings, and then nothing at all", async () => {
    await kim.page.goto(PAGE);
    await kim.type("desk.quiet-begins", "22:00");
    await kim.type("desk.quiet-ends", "07:00");
    await kim.page.locator("#quiet button").click();
    await kim.page.waitForURL("**/me/notices?done=quiet*");
    assert.equal(await kim.field("desk.quiet-begins").inputValue(), "22:00");
    await look(kim, "quiet");
    await kim.press("desk.ring-off");
    await kim.button("desk.ring-here").waitFor();
  });
  assert.deepEqual(complaints, []);
  assert.deepEqual(kim.said, []);
});
