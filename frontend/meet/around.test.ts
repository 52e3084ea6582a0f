import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../tests/page";
import { Around, keysFromPage, moreFromPage, tellLive } from "./around";

function setting(): { document: Document; tell: (name: string, detail: unknown) => void } {
  const document = page("");
  const { AbortController, CustomEvent } = document.defaultView as unknown as typeof globalThis;
  for (const [name, value] of Object.entries({ AbortController, CustomEvent })) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  return { document, tell: (name, detail) => document.dispatchEvent(new CustomEvent(`allmende:${name}`, { detail })) };
}

test("the page asks for actions, says sentences and what it shows, until the call is over", () => {
  const { tell } = setting();
  const heard: unknown[] = [];
  const around = new Around({
    act: (path, body) => heard.push([path, body]),
    notice: (sentence) => heard.push(sentence),
    panels: (panels, close) => heard.push([panels, close]),
  });
  tell("act", { path: "call-next" });
  tell("notice", { sentence: "That did not work." });
  tell("panels", { chat: true, unread: 2 });
  around.close();
  tell("act", { path: "call-next" });
  assert.deepEqual(heard, [["call-next", {}], "That did not work.", [{ chat: true, unread: 2 }, false]]);
});

test("the page adds choices and keys to the windows of the call", () => {
  const { document } = setting();
  assert.deepEqual([moreFromPage(), keysFromPage()], [[], []]);
  const choice = { icon: "flag", label: "End", act: () => undefined };
  document.addEventListener("allmende:more", (event) => {
    (event as CustomEvent<{ choices: unknown[] }>).detail.choices.push(choice);
  });
  document.addEventListener("allmende:keys", (event) => {
    (event as CustomEvent<{ keys: unknown[] }>).detail.keys.push(["A", "Agenda"]);
  });
  assert.deepEqual([moreFromPage(), keysFromPage()], [[choice], [["A", "Agenda"]]]);
});

test("what happens in the room is handed on with its name", () => {
  const { document } = setting();
  const heard: unknown[] = [];
  document.addEventListener("allmende:live", (event) => heard.push((event as CustomEvent).detail));
  tellLive("plenum.state", { as_of: 3 });
  assert.deepEqual(heard, [{ name: "plenum.state", value: { as_of: 3 } }]);
});
