import assert from "node:assert/strict";
import test from "node:test";
import { item, snapshot } from "../tests/assembly";
import { agendaOf, comingOf, expectedEnd, shown, timeOf } from "./times";

const MINUTE = 60_000;

test("the time of the running item goes on by the clock of the server", () => {
  const runs = item(1, { state: "running", elapsed_ms: 2 * MINUTE });
  const now = snapshot({ items: [runs], running: 1 });
  assert.equal(timeOf(runs, now, 1_000_000 + MINUTE).leftMs, 7 * MINUTE);
  assert.equal(timeOf(runs, now, 1_000_000 - MINUTE).leftMs, 8 * MINUTE);
});

test("its phase changes at 80 and at 100 percent, then overtime counts up", () => {
  const runs = item(1, { state: "running" });
  const now = snapshot({ items: [runs], running: 1 });
  const at = (minutes: number): string => timeOf(runs, now, 1_000_000 + minutes * MINUTE).phase;
  assert.deepEqual([at(7.99), at(8), at(9.99), at(10), at(30)], ["early", "late", "late", "over", "over"]);
  assert.equal(timeOf(runs, now, 1_000_000 + 12 * MINUTE).leftMs, -2 * MINUTE);
});

test("in a pause nothing counts, and an item that waits does not either", () => {
  const runs = item(1, { state: "running", elapsed_ms: MINUTE });
  const paused = snapshot({ state: "paused", items: [runs], running: 1 });
  assert.equal(timeOf(runs, paused, 2_000_000).elapsedMs, MINUTE);
  assert.equal(timeOf(item(2), snapshot({ items: [item(2)] }), 2_000_000).elapsedMs, 0);
});

test("the expected end stays while items run in time, and moves with overtime and pauses", () => {
  const runs = item(1, { state: "running", elapsed_ms: 9 * MINUTE });
  const now = snapshot({ items: [runs, item(2)], running: 1 });
  const end = (of: typeof now, minutes: number): string | undefined =>
    expectedEnd(of, 1_000_000 + minutes * MINUTE)?.toISOString().slice(11, 16);
  assert.equal(end(now, 0.5), "20:00");
  assert.equal(end(now, 6), "20:05");
  assert.equal(end(snapshot({ ...now.assembly, state: "paused" }), 6), "20:06");
  assert.equal(end(snapshot({ items: [item(1)], state: "open" }), 2), "20:02");
  assert.equal(expectedEnd(snapshot({ expected_end: null }), 0), null);
});

test("what comes is the first that waits below, else the first at all", () => {
  const items = [item(1), item(2, { state: "running" }), item(3, { state: "parked" }), item(4)];
  const of = snapshot({ items, running: 2 }).assembly;
  assert.ok(of);
  assert.equal(comingOf(of)?.id, 4);
  assert.equal(comingOf({ ...of, items: items.slice(0, 3) })?.id, 1);
  assert.deepEqual(agendaOf(of).parked.map((one) => one.id), [3]);
});

test("times are shown in minutes and seconds, rounded up", () => {
  assert.deepEqual([245_000, 244_001, 0, -5, 3_600_000].map(shown), ["4:05", "4:05", "0:00", "0:00", "1:00:00"]);
});
