import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { Gate, PACKETS_END_MS, TAIL_MS } from "./gate";

function gate(t: TestContext): { gate: Gate; done: string[] } {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const done: string[] = [];
  return { gate: new Gate({ open: (on) => void done.push(`open ${on}`), send: (on) => void done.push(`send ${on}`) }), done };
}

test("it opens at once, closes 150 ms after the button is let go, and sends nothing after 2 s", (t) => {
  const { gate: one, done } = gate(t);
  one.talk();
  assert.deepEqual(done.splice(0), ["send true", "open true"]);
  one.rest();
  assert.equal(one.isOpen, false);
  t.mock.timers.tick(TAIL_MS - 1);
  assert.deepEqual(done, []);
  t.mock.timers.tick(1);
  assert.deepEqual(done.splice(0), ["open false"]);
  t.mock.timers.tick(PACKETS_END_MS - TAIL_MS);
  assert.deepEqual(done, ["send false"]);
});

test("who talks again within the pause is not cut off", (t) => {
  const { gate: one, done } = gate(t);
  one.talk();
  one.rest();
  t.mock.timers.tick(TAIL_MS / 2);
  one.talk();
  done.splice(0);
  t.mock.timers.tick(PACKETS_END_MS * 2);
  assert.deepEqual(done, []);
});

test("who does not talk stops nothing", (t) => {
  const { gate: one, done } = gate(t);
  one.rest();
  t.mock.timers.tick(PACKETS_END_MS);
  assert.deepEqual(done, []);
});
