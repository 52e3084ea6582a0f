import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { Saving, type Timers } from "./saving";

function desk() {
  const waiting = new Map<number, () => void>();
  let number = 0;
  const timers: Timers = { set: (callback) => (waiting.set((number += 1), callback), number), clear: (timer) => waiting.delete(timer as number) };
  const doc = new Y.Doc();
  doc.clientID = 5;
  const saving = new Saving(doc, () => undefined, timers);
  saving.writesAs(5);
  const pass = (): void => {
    for (const [timer, callback] of [...waiting]) {
      waiting.delete(timer);
      callback();
    }
  };
  const write = (): void => doc.getText("body").insert(0, "x");
  return { doc, saving, pass, write, vector: () => Y.encodeStateVector(doc) };
}

test("what was written is saved when the server stored as much", () => {
  const { saving, write, vector } = desk();
  write();
  const first = vector();
  write();
  assert.equal(saving.pending, true);
  saving.saved(first);
  assert.equal(saving.pending, true);
  assert.equal(saving.isUnsaved(5, 0), false);
  assert.equal(saving.isUnsaved(5, 1), true);
  saving.saved(vector());
  assert.equal(saving.pending, false);
  assert.equal(saving.progress, 2);
});

test("a deletion is saved a second after the next word of the server, or with the one after", () => {
  const { saving, pass, vector } = desk();
  saving.wrote(true);
  pass();
  assert.equal(saving.pending, true);
  saving.saved(vector());
  assert.equal(saving.pending, true);
  pass();
  assert.equal(saving.pending, false);
  saving.wrote(true);
  saving.saved(vector());
  saving.saved(vector());
  assert.equal(saving.pending, false);
});

test("a deletion that may be lost with the connection is not called saved", () => {
  const { saving, pass, vector } = desk();
  saving.wrote(true);
  saving.saved(vector());
  saving.lost();
  pass();
  assert.equal(saving.pending, true);
  saving.unsaved();
  assert.equal(saving.delayed, true);
});

test("what the server says to hold at the greeting is saved soon, as it stores at once", () => {
  const { saving, pass, write, vector } = desk();
  write();
  saving.holds(Y.encodeStateVector(new Y.Doc()));
  pass();
  assert.equal(saving.pending, true);
  saving.holds(vector());
  pass();
  assert.equal(saving.pending, false);
});
