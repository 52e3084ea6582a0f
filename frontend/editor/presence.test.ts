import assert from "node:assert/strict";
import test from "node:test";
import { editorPage, texts } from "../tests/editorpage";
import { People } from "../pads/people";

const document = editorPage();
const { Presence } = await import("./presence");

function room() {
  const people = new People();
  people.begin("1");
  people.learn({}, { 1: { name: "mara", colour: 1 }, 2: { name: "juno", colour: 2 }, 3: { name: "", colour: 3 }, 4: { name: "eule", colour: 4 } });
  const heard: string[] = [];
  const followed: (string | null)[] = [];
  const later: (() => void)[] = [];
  const presence = new Presence({
    people,
    texts,
    nameOf: (author) => people.person(author)?.name || "guest",
    follow: (author) => followed.push(author),
    announce: (sentence) => heard.push(sentence),
    later: (callback) => later.push(callback),
  });
  document.body.replaceChildren(presence.node);
  const come = (...ids: string[]): void => {
    people.present = ids;
    presence.show();
  };
  return { presence, heard, followed, later, come };
}

test("everybody who is here stands in the list once, oneself first", () => {
  const { presence, come } = room();
  come("2", "1", "2", "3");
  assert.deepEqual([...presence.node.querySelectorAll(".editor-name")].map((node) => node.textContent), ["mara", "guest", "juno"]);
  assert.equal(presence.node.querySelectorAll("button").length, 2);
});

test("who comes is said at most once in ten seconds, together", () => {
  const { heard, later, come } = room();
  come("1", "2");
  assert.deepEqual(heard, []);
  come("1", "2", "3");
  assert.deepEqual(heard, ["person-came"]);
  come("1", "2", "3", "4");
  come("1", "3");
  come("1", "3", "4", "2");
  assert.equal(heard.length, 1);
  later.shift()?.();
  assert.deepEqual(heard, ["person-came", "people-came"]);
});

test("one follows a person until one lets go or the person leaves", () => {
  const { presence, followed, come } = room();
  come("1", "2");
  presence.node.querySelector("button")?.click();
  assert.deepEqual(followed, ["2"]);
  assert.equal(presence.node.querySelector("button")?.getAttribute("aria-pressed"), "true");
  presence.letGo();
  assert.equal(presence.following, null);
  presence.node.querySelector("button")?.click();
  come("1");
  assert.equal(presence.following, null);
});
