import assert from "node:assert/strict";
import test from "node:test";
import { ServerClock } from "./clock";

test("the fastest of the last answers says what time the server has", () => {
  const clock = new ServerClock(() => 10_000);
  assert.equal(clock.now(), 0);
  clock.answered(5_400, 1_000, 1_800); // slow: half of 800 ms may be anywhere
  clock.answered(6_050, 2_000, 2_100); // fast: the server is 4,000 ms ahead
  clock.answered(7_300, 3_000, 3_800);
  assert.equal(clock.now(), 14_000);
});

test("an answer older than the last eight is forgotten", () => {
  const clock = new ServerClock(() => 0);
  clock.answered(1_005, 0, 10);
  for (let n = 1; n <= 8; n += 1) clock.answered(1_200 + n * 100, n * 100, n * 100 + 200);
  assert.equal(clock.now(), 1_100);
});

test("a clock that was set, or a server that started anew, is believed at once", () => {
  const clock = new ServerClock(() => 0);
  clock.answered(1_000, 0, 0);
  clock.answered(90_000, 0, 2);
  assert.equal(clock.now(), 89_999);
});

test("two hours of answers keep the error below a second on a line that is slow one way", () => {
  let here = 0;
  const clock = new ServerClock(() => here);
  const drift = 1.00005;
  for (here = 0; here <= 7_200_000; here += 60_000) {
    const [askedMs, answeredMs] = [here, here + 900];
    clock.answered((here + 850) * drift, askedMs, answeredMs);
  }
  assert.ok(Math.abs(clock.now() - here * drift) < 1000);
});
