import assert from "node:assert/strict";
import test from "node:test";
import { item } from "../tests/assembly";
import { Gong } from "./gong";

test("it sounds once when the time is used up, and again after more time was given", () => {
  let struck = 0;
  const gong = new Gong(() => (struck += 1));
  for (const part of [0.9, 0.99, 1, 1.01, 1.2]) gong.tick(item(1), part, true);
  assert.equal(struck, 1);
  for (const part of [0.95, 1]) gong.tick(item(1), part, true);
  assert.equal(struck, 2);
});

test("it is silent when switched off, and for who comes later", () => {
  let struck = 0;
  const gong = new Gong(() => (struck += 1));
  for (const part of [0.9, 1.1]) gong.tick(item(1), part, false);
  for (const part of [1.1, 1.2]) gong.tick(item(2), part, true);
  gong.tick(undefined, 0, true);
  assert.equal(struck, 0);
});
