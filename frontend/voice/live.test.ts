import assert from "node:assert/strict";
import test from "node:test";
import { dispatch, type Handlers } from "./live";

test("a message goes to the one who handles its kind; an unknown kind to nobody", () => {
  const heard: unknown[] = [];
  const handlers = { talking: (facts: object) => void heard.push(facts) } as unknown as Handlers;
  dispatch('{"kind": "talking", "identity": "ada", "on": true}', handlers);
  dispatch('{"kind": "of tomorrow", "on": true}', handlers);
  assert.deepEqual(heard, [{ identity: "ada", on: true }]);
});
