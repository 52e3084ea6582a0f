import assert from "node:assert/strict";
import test from "node:test";
import { editorPage, soon, texts } from "../tests/editorpage";
import type { Action } from "./editing";

const document = editorPage();
const { Toolbar, shownKeys } = await import("./toolbar");

function bar(actions: Partial<Action>[]): { toolbar: InstanceType<typeof Toolbar>; buttons: HTMLButtonElement[] } {
  const whole = actions.map((action, at) => ({ id: `a${at}`, icon: "x", label: `pads.editor-a${at}`, run: () => undefined, ...action }));
  const toolbar = new Toolbar(whole, texts, false);
  document.body.replaceChildren(toolbar.node);
  return { toolbar, buttons: [...toolbar.node.querySelectorAll("button")] };
}

function press(key: string): void {
  document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

test("the Tab key stops once, and arrows go around", () => {
  const { toolbar, buttons } = bar([{}, { shown: () => false }, {}, {}]);
  assert.equal(toolbar.node.getAttribute("role"), "toolbar");
  assert.deepEqual(buttons.map((button) => button.tabIndex), [0, -1, -1, -1]);
  toolbar.focus();
  press("ArrowRight");
  assert.equal(document.activeElement, buttons[2]);
  press("ArrowRight");
  press("ArrowRight");
  assert.equal(document.activeElement, buttons[0]);
  press("ArrowLeft");
  assert.equal(document.activeElement, buttons[3]);
  press("Home");
  assert.equal(document.activeElement, buttons[0]);
  press("End");
  assert.deepEqual(buttons.map((button) => button.tabIndex), [-1, -1, -1, 0]);
});

test("a button says its name, its keys and whether it is on", async () => {
  let on = false;
  const { toolbar, buttons } = bar([{ keys: "Mod-Shift-8", active: () => on }]);
  const [button] = buttons;
  assert.equal(button?.getAttribute("aria-label"), "a0");
  assert.equal(button?.getAttribute("aria-keyshortcuts"), "Control+Shift+8");
  assert.equal(button?.getAttribute("aria-pressed"), "false");
  on = true;
  toolbar.refresh();
  await soon();
  assert.equal(button?.getAttribute("aria-pressed"), "true");
});

test("what cannot be done now keeps its place and does nothing", () => {
  let runs = 0;
  const { buttons } = bar([{ possible: () => false, run: () => (runs += 1) }, { run: () => (runs += 10) }]);
  assert.equal(buttons[0]?.getAttribute("aria-disabled"), "true");
  buttons[0]?.click();
  buttons[1]?.click();
  assert.equal(runs, 10);
});

test("keys are shown as they stand on the keyboard", () => {
  assert.equal(shownKeys("Mod-Alt-C", texts, true), "⌘+⌥+C");
  assert.equal(shownKeys("Mod-,", texts, false), "key-control+,");
});
