import assert from "node:assert/strict";
import test from "node:test";
import { hue, initials } from "./people";

test("two letters stand for a face, whatever the script", () => {
  assert.equal(initials("Eule Nachtwache"), "EN");
  assert.equal(initials("jo"), "J");
  assert.equal(initials("Ayşe de la Cruz"), "AC");
  assert.equal(initials("  "), "");
});

test("a person keeps the same of six colours", () => {
  assert.equal(hue("abcd"), hue("abcd"));
  assert.match(hue("somebody"), /^[0-5]$/);
});
