import assert from "node:assert/strict";
import test from "node:test";
import { useTexts } from "../meet/texts";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import type { Stay } from "./stay";
import { Talk } from "./talk";

useTexts(textsOf("voice"));

interface Scene {
  button: HTMLButtonElement;
  done: string[];
  document: Document;
  stay: { maySpeak: boolean; hasMicrophone: boolean; handIsUp: boolean };
  talk: Talk;
  choose(way: string): void;
}

function scene(more: Partial<Scene["stay"]> = {}): Scene {
  const document = page("<main></main>");
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  globalThis.addEventListener ??= () => undefined;
  globalThis.removeEventListener ??= () => undefined;
  const done: string[] = [];
  const gate = { isOpen: false };
  const stay = {
    maySpeak: true,
    hasMicrophone: true,
    handIsUp: false,
    gate,
    talk: () => {
      gate.isOpen = true;
      done.push("talk");
    },
    rest: () => {
      if (gate.isOpen) done.push("rest");
      gate.isOpen = false;
    },
    hand: () => void done.push("hand"),
    ...more,
  };
  const talk = new Talk(stay as unknown as Stay, () => void done.push("microphone"));
  document.body.append(talk.node);
  talk.update("not-heard");
  const button = talk.node.querySelector<HTMLButtonElement>(".voice-talk");
  assert.ok(button);
  const choose = (way: string): void => talk.node.querySelector<HTMLInputElement>(`[value=${way}]`)?.click();
  return { button, done, document, stay, talk, choose };
}

const key = (target: EventTarget, document: Document, type: string, more = {}): boolean => target.dispatchEvent(event(document, type, { key: " ", ...more }));

test("holding the space bar talks, anywhere on the page, and letting go ends it", () => {
  const { document, done, talk } = scene();
  key(document.body, document, "keydown");
  key(document.body, document, "keydown", { repeat: true });
  key(document.body, document, "keyup");
  assert.deepEqual(done, ["talk", "rest"]);
  talk.close();
  key(document.body, document, "keydown");
  assert.deepEqual(done, ["talk", "rest"]);
});

test("the button with the focus is held by space or Enter, once", () => {
  const { button, document, done } = scene();
  for (const one of [" ", "Enter"]) {
    key(button, document, "keydown", { key: one });
    key(button, document, "keydown", { key: one, repeat: true });
    key(button, document, "keyup", { key: one });
  }
  assert.deepEqual(done, ["talk", "rest", "talk", "rest"]);
});

test("who cannot hold taps, and taps again to stop", () => {
  const { button, choose, done, talk } = scene();
  choose("tap");
  button.click();
  talk.update("heard");
  assert.equal(button.textContent, "Tap to stop");
  assert.equal(button.getAttribute("aria-pressed"), "true");
  button.click();
  assert.deepEqual(done, ["talk", "rest"]);
});

test("an open microphone talks until somebody stops it, and does not open by itself after that", () => {
  const { button, choose, done, talk } = scene();
  choose("open");
  assert.deepEqual(done.splice(0), ["talk"]);
  button.click();
  talk.update("not-heard");
  assert.deepEqual(done, ["rest"]);
});

test("a microphone that was shut by the facilitation stays shut until it is wanted again", () => {
  const { button, choose, done, stay, talk } = scene();
  choose("open");
  (stay as unknown as Stay).rest();
  done.splice(0);
  talk.update("muted");
  talk.update("not-heard");
  assert.deepEqual(done, []);
  button.click();
  assert.deepEqual(done, ["talk"]);
});

test("who is held back raises a hand with the same button, who only listens takes a microphone", () => {
  const held = scene({ maySpeak: false });
  held.talk.update("held-back");
  assert.equal(held.button.textContent, "Raise hand");
  held.button.click();
  const listening = scene({ hasMicrophone: false });
  listening.talk.update("listening");
  assert.equal(listening.button.textContent, "Switch the microphone on");
  listening.button.click();
  key(listening.document.body, listening.document, "keydown");
  assert.deepEqual([held.done, listening.done], [["hand"], ["microphone"]]);
});
