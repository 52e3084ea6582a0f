// From a shared link to typing, without an account, on a slow machine:
// node link.mjs '{"url": the link, "slower": 4, "times": n, "most_ms": n, "kind": "rich|text"}'
// The one action is to press into the text; the name stays empty. Times are the browser's own, from
// the moment the link is followed, with nothing in its cache.
import assert from "node:assert/strict";
import { loadavg } from "node:os";
import { openBrowser, Person, step, story } from "./people.mjs";

const { url, slower, times, most_ms: mostMs, kind } = JSON.parse(process.argv[2]);
const EDITOR = { rich: ".ProseMirror", text: ".cm-content" }[kind];
let browser;

/** Runs in the page before its scripts: notes when the editor stood there and what is typed was seen. */
function note() {
  globalThis.noted = {};
  document.addEventListener("pad:open", () => {
    globalThis.noted.open = performance.now();
  });
  document.addEventListener(
    "input",
    () =>
      requestAnimationFrame(() => {
        globalThis.noted.typed ??= performance.now();
      }),
    true,
  );
}

/** One who follows the link; returns what the page noted, in ms. */
async function follow(number) {
  const guest = await Person.come(browser, `Guest ${number}`);
  await guest.page.addInitScript(note);
  const devtools = await guest.context.newCDPSession(guest.page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await guest.page.goto(url, { waitUntil: "commit" });
  const text = guest.page.locator(`${EDITOR}[contenteditable="true"]`);
  await text.click();
  guest.actions += 1;
  await guest.page.keyboard.press("Q");
  await guest.page.waitForFunction(() => globalThis.noted.typed);
  await guest.page.locator('.editor-status[data-state="saved"]').waitFor();
  assert.equal(guest.actions, 1);
  assert.equal((await text.innerText()).match(/Q/g).length, number);
  guest.threwNothing();
  const noted = await guest.page.evaluate(() => globalThis.noted);
  await guest.close();
  return noted;
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

await story("link", () => [browser], async () => {
  browser = await openBrowser();
  const found = [];
  for (let number = 1; number <= times; number += 1) {
    found.push(await step(`somebody follows the link and types (${number})`, () => follow(number)));
  }
  const [open, typed] = [middle(found.map((one) => one.open)), middle(found.map((one) => one.typed))];
  const worst = Math.max(...found.map((one) => one.typed));
  process.stdout.write(
    `FIGURE ${kind} pad, processor ${slower} times slower: link to typing ${seconds(typed)} (middle of ${times}, worst ${seconds(worst)}), ` +
      `editor there after ${seconds(open)}; one action; load of the machine ${loadavg()[0].toFixed(1)}\n`,
  );
  assert.ok(typed <= mostMs, `link to typing: ${seconds(typed)}`);
});
