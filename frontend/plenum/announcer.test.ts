import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../tests/page";
import { Announcer } from "./announcer";

function region(): { say: (sentence: string) => void; heard: () => string; pass: (ms: number) => void } {
  const node = page("<p></p>").querySelector("p") as HTMLElement;
  let now = 0;
  let waits: { at: number; act: () => void }[] = [];
  const announcer = new Announcer(node, {
    now: () => now,
    after: (ms, act) => void waits.push({ at: now + ms, act }),
  });
  return {
    say: (sentence) => announcer.announce(sentence),
    heard: () => node.textContent ?? "",
    pass: (ms) => {
      now += ms;
      const due = waits.filter((one) => one.at <= now);
      waits = waits.filter((one) => one.at > now);
      for (const one of due) one.act();
    },
  };
}

test("the first sentence is said at once, the next after three seconds", () => {
  const { say, heard, pass } = region();
  say("You are third");
  assert.equal(heard(), "You are third");
  say("You are second");
  pass(2999);
  assert.equal(heard(), "You are third");
  pass(1);
  assert.equal(heard(), "You are second");
});

test("of many within the gap only the newest is said", () => {
  const { say, heard, pass } = region();
  for (const sentence of ["a", "b", "c", "d"]) say(sentence);
  pass(3000);
  assert.equal(heard(), "d");
  pass(10_000);
  say("");
  assert.equal(heard(), "d");
});
