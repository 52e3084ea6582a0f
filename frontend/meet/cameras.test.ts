import assert from "node:assert/strict";
import test from "node:test";
import { BY_THEMSELVES, type Camera, Cameras } from "./cameras";

class Asked implements Camera {
  times = 0;

  constructor(readonly trackSid: string, readonly isSubscribed: boolean) {}

  setSubscribed(subscribed: boolean): void {
    assert.equal(subscribed, true);
    this.times += 1;
  }
}

/** `count` cameras of which the first come by themselves. */
function cameras(count: number): Map<string, Asked> {
  const made = Array.from({ length: count }, (_, n) => new Asked(`TR_${String(n)}`, n < BY_THEMSELVES));
  return new Map(made.map((one, n) => [`person${String(n)}`, one]));
}

test("a camera in sight that does not come by itself is asked for once", () => {
  const all = cameras(BY_THEMSELVES + 3);
  const asking = new Cameras();
  const sight = ["person1", "person16", "person18", "somebody without a camera"];
  asking.ask(all, sight);
  asking.ask(all, sight);
  const asked = [...all].filter(([, one]) => one.times > 0).map(([identity, one]) => [identity, one.times]);
  assert.deepEqual(asked, [["person16", 1], ["person18", 1]]);
});

test("in a small call all come by themselves, also those that take a moment", () => {
  const all = new Map([["mara", new Asked("TR_1", false)]]);
  new Cameras().ask(all, ["mara"]);
  assert.equal(all.get("mara")?.times, 0);
});
