import assert from "node:assert/strict";
import test from "node:test";
import { COLOURS, People, colourOf } from "./people";

test("a colour is one of the tokens, whatever number comes", () => {
  assert.equal(colourOf({ colour: 25 }), 1);
  assert.equal(colourOf({ colour: -1 }), COLOURS - 1);
  assert.equal(colourOf({ colour: Number.NaN }), 0);
  assert.equal(colourOf(undefined), 0);
});

test("a cleared authorship has no author any more", () => {
  const people = new People();
  people.learn({ 5: 7, 6: 8 });
  people.learn({ 5: null });
  assert.equal(people.authorOf(5), undefined);
  assert.equal(people.authorOf(6), "8");
});

test("people without a name are counted", () => {
  const people = new People();
  people.learn({}, { 30: { name: "", colour: 0 }, 4: { name: "", colour: 0 }, 5: { name: "mara", colour: 0 } });
  assert.equal(people.guestNumber("4"), 1);
  assert.equal(people.guestNumber("30"), 2);
});
