import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { AS_SENT, gainOf, keep, keepLoudness, kept, loudnessOf } from "./kept";

const values = new Map<string, string>();

beforeEach(() => {
  values.clear();
  const storage = { getItem: (key: string) => values.get(key) ?? null, setItem: (key: string, value: string) => void values.set(key, value) };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
});

test("how loud somebody is stays in this browser, and what is usual is not kept", () => {
  keepLoudness("ada", { volume: 1.5, silent: false });
  keepLoudness("mel", { volume: 1, silent: true });
  assert.deepEqual(loudnessOf("ada"), { volume: 1.5, silent: false });
  assert.deepEqual(loudnessOf("zoe"), AS_SENT);
  keepLoudness("ada", AS_SENT);
  assert.deepEqual(Object.keys(kept().people), ["mel"]);
});

test("of very many people the last are remembered", () => {
  for (let n = 0; n < 510; n += 1) keepLoudness(`person ${n}`, { volume: 2, silent: false });
  assert.equal(Object.keys(kept().people).length, 500);
  assert.equal(loudnessOf("person 509").volume, 2);
  assert.equal(loudnessOf("person 0").volume, 1);
});

test("a volume is 0 to 2, and silence is silence", () => {
  assert.deepEqual([gainOf({ volume: 9, silent: false }), gainOf({ volume: -1, silent: false }), gainOf({ volume: 2, silent: true })], [2, 0, 0]);
});

test("a browser that keeps nothing, or keeps nonsense, begins with what is usual", () => {
  values.set("allmende.voice", "no JSON");
  assert.equal(kept().way, "hold");
  Object.defineProperty(globalThis, "localStorage", { get: () => { throw new Error("closed"); }, configurable: true });
  keep({ way: "tap" });
  assert.equal(kept().way, "hold");
});
