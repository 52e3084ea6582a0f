// One person in a browser who does what is asked line by line on standard input, so that a test
// can tell a story of browsers and other programs together. Each answer is one line of JSON.
//   node tests/browser/remote.mjs '{"name": "Mara", "hertz": 660, "language": "de"}'
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { openBrowser, Person } from "./people.mjs";
import { until } from "./stats.mjs";
import { listen, remember, whistle } from "./tones.mjs";

const { name, hertz, language = "de" } = JSON.parse(process.argv[2]);

const browser = await openBrowser();
const person = await Person.come(browser, name, { language });
await person.context.addInitScript(remember);
await person.context.addInitScript(whistle, hertz);

const orders = {
  starts: ({ url, title }) => person.startsPlenum(url, title),
  enters: ({ link }) => person.enters(link),
  comesLight: async ({ link }) => {
    const page = new URL(link);
    page.pathname = page.pathname.replace(/^(\/r\/[^/]+).*/, "$1/voice");
    await person.open(page.href);
    await person.type("meet.your-name", name);
    await person.press("voice.join-talking");
    await person.page.locator(".voice-state[data-state='not-heard']").waitFor();
    await person.page.getByLabel(person.t("voice.way-open")).check();
  },
  opens: ({ link }) => person.open(link),
  whistles: ({ on }) => person.page.evaluate((gain) => void (globalThis.volume.gain.value = gain), on ? 0.5 : 0),
  listens: ({ ms }) => person.page.evaluate(listen, ms),
  about: ({ who, id }) => person.about(who, id),
  presses: ({ id, values }) => person.control(id, values).click(),
  chooses: ({ id }) => person.chooses(id),
  waitsForHands: ({ names }) => person.waitsForHands(...names),
  sees: ({ text }) => person.page.getByText(text).first().waitFor({ state: "attached" }),
  misses: ({ text }) => until(`${text} is gone`, async () => (await person.page.getByText(text).count()) === 0),
  writes: ({ text }) => person.writes(text),
  reads: async ({ text }) => {
    await person.shows("meet.chat");
    await person.line(text).first().waitFor();
  },
  roster: async () => {
    await person.shows("meet.people");
    return person.page.locator(".meet-roster").innerText();
  },
  picture: ({ path }) => person.page.screenshot({ path }),
  ends: async () => person.threwNothing(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...facts } = JSON.parse(line);
  try {
    assert.ok(orders[order], `no order ${order}`);
    process.stdout.write(`${JSON.stringify({ done: (await orders[order](facts)) ?? null })}\n`);
  } catch (reason) {
    await person.report();
    process.stdout.write(`${JSON.stringify({ failed: String(reason?.stack ?? reason) })}\n`);
  }
  if (order === "ends") break;
}
await browser.close();
