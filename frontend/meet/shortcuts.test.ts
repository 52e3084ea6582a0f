import assert from "node:assert/strict";
import test from "node:test";
import { event, page } from "../tests/page";
import { Shortcuts } from "./shortcuts";

function keyboard(): { document: Document; pressed: string[]; keys: Shortcuts } {
  const document = page("<input id='field'><button>one</button>");
  Object.defineProperty(globalThis, "window", { value: document.defaultView, configurable: true });
  const pressed: string[] = [];
  const note = (name: string) => (): void => void pressed.push(name);
  const keys = new Shortcuts({
    microphone: note("microphone"),
    camera: note("camera"),
    hand: note("hand"),
    share: note("share"),
    view: note("view"),
    chat: note("chat"),
    roster: note("roster"),
    help: note("help"),
    talk: (on) => pressed.push(on ? "talk" : "silent"),
    other: (key) => pressed.push(`other ${key}`),
  });
  return { document, pressed, keys };
}

const press = (target: EventTarget, document: Document, key: string, more = {}): boolean =>
  target.dispatchEvent(event(document, "keydown", { key, code: key === " " ? "Space" : key, ...more }));

test("each key does one thing, in either case", () => {
  const { document, pressed, keys } = keyboard();
  for (const key of ["m", "V", "h", "s", "g", "c", "r", "?"]) press(document.body, document, key);
  assert.deepEqual(pressed, ["microphone", "camera", "hand", "share", "view", "chat", "roster", "help"]);
  keys.close();
});

test("nothing happens while somebody types, with another key held, or when keys are off", () => {
  const { document, pressed, keys } = keyboard();
  press(document.getElementById("field") ?? document.body, document, "m");
  press(document.body, document, "m", { ctrlKey: true });
  keys.on = false;
  press(document.body, document, "m");
  assert.deepEqual(pressed, []);
  keys.close();
});

test("a held space talks once and ends a moment after it is let go", async () => {
  const { document, pressed, keys } = keyboard();
  press(document.body, document, " ");
  press(document.body, document, " ", { repeat: true });
  assert.deepEqual(pressed, ["talk"]);
  document.body.dispatchEvent(event(document, "keyup", { code: "Space" }));
  assert.deepEqual(pressed, ["talk"]);
  await new Promise((done) => setTimeout(done, 200));
  assert.deepEqual(pressed, ["talk", "silent"]);
  keys.close();
});

test("a letter without a meaning in the call is told to the page around, not while somebody types", () => {
  const { document, pressed, keys } = keyboard();
  press(document.body, document, "A");
  press(document.body, document, "ArrowDown");
  press(document.getElementById("field") ?? document.body, document, "a");
  assert.deepEqual(pressed, ["other a"]);
  keys.close();
});

test("an editor in a shadow tree is an editor: nothing happens while somebody writes in it", () => {
  const { document, pressed, keys } = keyboard();
  const host = document.body.appendChild(document.createElement("div"));
  const inner = host.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
  inner.setAttribute("contenteditable", "true");
  const { KeyboardEvent } = document.defaultView as unknown as typeof globalThis;
  inner.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true, composed: true }));
  assert.deepEqual(pressed, []);
  keys.close();
});
