import assert from "node:assert/strict";
import test from "node:test";
import { event, page } from "./page";
import { openers } from "../kit/dialogs";
import { localTimes } from "../kit/times";

test("Escape closes an open menu and gives the focus back to its summary", () => {
  const document = page('<details class="menu" open><summary tabindex="0">mara</summary><a href="/me">Account</a></details>');
  openers(document);
  document.querySelector("a")?.focus();
  document.dispatchEvent(event(document, "keydown", { key: "Escape" }));
  assert.equal(document.querySelector("details")?.open, false);
  assert.equal(document.activeElement, document.querySelector("summary"));
});

test("a press outside closes a menu, a press inside does not", () => {
  const document = page('<details class="menu" open><summary>mara</summary><a>x</a></details><p>text</p>');
  openers(document);
  document.querySelector("a")?.dispatchEvent(event(document, "pointerdown"));
  assert.equal(document.querySelector("details")?.open, true);
  document.querySelector("p")?.dispatchEvent(event(document, "pointerdown"));
  assert.equal(document.querySelector("details")?.open, false);
});

test("an instant is shown in the zone of the reader and keeps the server's words as title", () => {
  const document = page('<time datetime="2026-11-23T19:30:00+00:00" data-local>19:30 UTC</time><time datetime="x" data-local>soon</time>');
  localTimes(document, "Europe/Berlin");
  const [known, broken] = document.querySelectorAll("time");
  assert.match(known?.textContent ?? "", /8:30/);
  assert.equal(known?.title, "19:30 UTC");
  assert.equal(broken?.textContent, "soon");
});

test("copying says so, and marks the text where the browser refuses", async () => {
  page("");
  const { AllmendeCopy } = await import("../kit/copy");
  customElements.define("allmende-copy", AllmendeCopy);
  document.body.innerHTML =
    '<allmende-copy data-done="Copied."><input value="https://example.org/r/x" readonly><button hidden>Copy</button><p role="status"></p></allmende-copy>';
  const button = document.querySelector("button");
  const written: string[] = [];
  const clipboard = { writeText: async (text: string) => void written.push(text) };
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  assert.equal(button?.hidden, false);
  button?.click();
  await new Promise(setImmediate);
  assert.deepEqual(written, ["https://example.org/r/x"]);
  assert.equal(document.querySelector("p")?.textContent, "Copied.");
  clipboard.writeText = () => Promise.reject(new Error("refused"));
  button?.click();
  await new Promise(setImmediate);
  assert.equal(document.activeElement, document.querySelector("input"));
});
