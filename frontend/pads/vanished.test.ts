import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { blocksOf } from "./pieces";
import { missingIn, unsavedBlocks, vanishedIn } from "./vanished";

function paragraph(words: string): Y.XmlElement {
  const element = new Y.XmlElement("paragraph");
  element.insert(0, [new Y.XmlText(words)]);
  return element;
}

function pad(client: number, ...texts: string[]): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = client;
  doc.getXmlFragment("body").insert(0, texts.map(paragraph));
  return doc;
}

const wordsIn = (doc: Y.Doc, at: number): Y.XmlText => (doc.getXmlFragment("body").get(at) as Y.XmlElement).get(0) as Y.XmlText;
const byMe = (client: number): boolean => client === 2;

/** Two copies of one pad: mine was offline, theirs is the server's. */
function parted(...texts: string[]): { mine: Y.Doc; theirs: Y.Doc } {
  const theirs = pad(1, ...texts);
  const mine = new Y.Doc();
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
  mine.clientID = 2;
  return { mine, theirs };
}

function meet(mine: Y.Doc, theirs: Y.Doc): string[] {
  const before = unsavedBlocks(mine, "rich", byMe);
  Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
  return vanishedIn(before, mine, "rich");
}

test("blocks have their text and the pieces of each writer", () => {
  const { mine } = parted("hello world");
  wordsIn(mine, 0).insert(6, "dear ");
  const [block] = blocksOf(mine, "rich");
  assert.equal(block?.text, "hello dear world");
  assert.deepEqual(block?.pieces.map(({ client, text }) => [client, text]), [[1, "hello "], [2, "dear "], [1, "world"]]);
});

test("lines of a plain text are blocks, and pieces keep their clocks", () => {
  const doc = new Y.Doc();
  doc.clientID = 5;
  doc.getText("body").insert(0, "a\nbc\n");
  assert.deepEqual(blocksOf(doc, "text").map(({ text }) => text), ["a", "bc", ""]);
  assert.deepEqual(blocksOf(doc, "text")[1]?.pieces, [{ client: 5, clock: 2, text: "bc" }]);
});

test("an edit in a paragraph that others deleted and restored is offered", () => {
  const { mine, theirs } = parted("one", "two");
  wordsIn(mine, 1).insert(3, " and more");
  theirs.getXmlFragment("body").delete(1, 1);
  theirs.getXmlFragment("body").insert(1, [paragraph("two")]);
  assert.deepEqual(meet(mine, theirs), ["two and more"]);
});

test("what merges is not offered, and neither is a word that others shortened", () => {
  const { mine, theirs } = parted("one", "two");
  wordsIn(mine, 1).insert(3, " and more");
  wordsIn(theirs, 0).insert(0, "number ");
  assert.deepEqual(meet(mine, theirs), []);
});

test("nothing is offered to somebody who wrote nothing", () => {
  const { mine, theirs } = parted("one");
  theirs.getXmlFragment("body").delete(0, 1);
  assert.deepEqual(meet(mine, theirs), []);
});

test("in another document everything that it lacks is offered", () => {
  const { mine } = parted("one", "two");
  wordsIn(mine, 0).insert(3, "!");
  assert.deepEqual(missingIn(unsavedBlocks(mine, "rich", byMe), pad(9, "one", "two"), "rich"), ["one!"]);
  assert.deepEqual(missingIn(unsavedBlocks(mine, "rich", byMe), pad(9, "one!"), "rich"), []);
});
