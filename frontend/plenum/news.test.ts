import assert from "node:assert/strict";
import test from "node:test";
import { item, snapshot } from "../tests/assembly";
import { textsOf } from "../tests/catalogue";
import { lineOf } from "./line";
import { newsOf } from "./news";
import { useTexts } from "./texts";

useTexts(textsOf("plenum"));

const items = [item(1, { title: "Reports" }), item(2, { title: "Workshop" })];

test("a new item, the beginning, a pause and the end are said; the rest is not", () => {
  const none = snapshot(null);
  const open = snapshot({ state: "open", items });
  const runs = snapshot({ items });
  const second = snapshot({ items, running: 2 });
  const paused = snapshot({ state: "paused", items, running: 2 });
  assert.equal(newsOf(none, open), "The assembly is open");
  assert.equal(newsOf(open, runs), "The assembly begins");
  assert.equal(newsOf(runs, second), "Item 2: Workshop");
  assert.equal(newsOf(second, paused), "Break");
  assert.equal(newsOf(paused, second), "It goes on");
  assert.equal(newsOf(second, snapshot({ state: "closed", items })), "The assembly has ended");
  assert.equal(newsOf(second, snapshot({ items: [...items, item(3)], running: 2 })), "");
  assert.equal(newsOf(null, second), "");
});

test("who is not in the call yet reads one line", () => {
  assert.equal(lineOf(snapshot({ items, running: 2 })), "Weekly assembly is going on, with the item ‘Workshop’.");
  assert.equal(lineOf(snapshot({ state: "planned" })), "Planned: Weekly assembly");
  assert.equal(lineOf(snapshot({ state: "closed" })), "");
  assert.equal(lineOf(snapshot(null)), "");
});
