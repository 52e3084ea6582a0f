import assert from "node:assert/strict";
import test from "node:test";
import { Slots } from "./slots";

const news = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test("who is in a slot is heard by it until somebody else is, or nobody", () => {
  const slots = new Slots();
  assert.equal(slots.one(news({ slot: 1, identity: "mara" })), true);
  slots.one(news({ slot: 2, identity: "juno" }));
  assert.deepEqual([slots.carries("mara"), slots.carries("juno"), slots.carries("ali")], [true, true, false]);
  slots.one(news({ slot: 1, identity: "ali" }));
  slots.one(news({ slot: 2, identity: "" }));
  assert.deepEqual([slots.carries("mara"), slots.carries("juno"), slots.carries("ali")], [false, false, true]);
});

test("who joins reads all slots at once; what was known before counts no more", () => {
  const slots = new Slots();
  slots.one(news({ slot: 3, identity: "mara" }));
  slots.all({ "slot-1": "juno", "slot-12": "ali", "allmende.role": "guest", "slot-x": "eve" });
  assert.deepEqual(["mara", "juno", "ali", "guest", "eve"].map((one) => slots.carries(one)), [false, true, true, false, false]);
  assert.equal(slots.carries(""), false);
});

test("what is not news of a slot changes nothing", () => {
  const slots = new Slots();
  const strange = [{ slot: "1", identity: "x" }, { slot: 1 }, { slot: 0.5, identity: "x" }, { slot: -1, identity: "x" }, null, 7];
  for (const value of strange) assert.equal(slots.one(news(value)), false);
  assert.equal(slots.one(new Uint8Array([0xff, 0x7b])), false);
  assert.equal(slots.one(news({ slot: 1, identity: "x".repeat(500) })), false);
  assert.equal(slots.carries("x"), false);
});
