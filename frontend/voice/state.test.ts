import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { page } from "../tests/page";
import { type Facts, isFree, type State, stateOf } from "./state";

const IN: Facts = { connection: "on", hasMicrophone: true, maySpeak: true, muted: false, isTalking: false, soundAllowed: true };

const CASES: readonly [Partial<Facts>, State][] = [
  [{ connection: "connecting" }, "connecting"],
  [{ connection: "waiting", isTalking: true }, "waiting"],
  [{ connection: "cut", isTalking: true }, "cut"],
  [{ soundAllowed: false }, "silent-browser"],
  [{ maySpeak: false, hasMicrophone: false }, "held-back"],
  [{ hasMicrophone: false }, "listening"],
  [{ isTalking: true }, "heard"],
  [{ muted: true }, "muted"],
  [{}, "not-heard"],
];

test("one's own state is one word, and every word has a text", () => {
  for (const [facts, state] of CASES) {
    assert.equal(stateOf({ ...IN, ...facts }), state);
    for (const language of ["de", "en"]) assert.ok(textsOf("voice", language).has(`voice.state-${state}`));
  }
});

test("the space bar talks only where it does nothing else", () => {
  const document = page('<main><p id="text">x</p><input id="input"><button><span id="inner">x</span></button></main>');
  const free = (id: string): boolean => isFree(document.getElementById(id));
  assert.deepEqual(["text", "input", "inner"].map(free), [true, false, false]);
  assert.equal(isFree(null), true);
});
