import assert from "node:assert/strict";
import test from "node:test";
import { sizeOf, tabFor, TABS } from "./layout";

test("three columns from 1,024 px, two from 700, one below", () => {
  assert.deepEqual([1920, 1024, 1023, 700, 699, 320].map(sizeOf), ["wide", "wide", "middle", "middle", "phone", "phone"]);
  assert.deepEqual(TABS.phone, ["room", "list", "minutes", "chat"]);
});

test("a tab that a size does not have gives way to the minutes, a missing chat too", () => {
  assert.equal(tabFor("wide", "list", true), "minutes");
  assert.equal(tabFor("middle", "list", true), "list");
  assert.equal(tabFor("wide", "chat", false), "minutes");
  assert.equal(tabFor("phone", "chat", false), "room");
});
