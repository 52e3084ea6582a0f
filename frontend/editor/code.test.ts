import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { editorPage, scene, soon } from "../tests/editorpage";

const document = editorPage();
const { openCode } = await import("./code");
const { isProse, languageSupport } = await import("./languages");

function open(words = "", writes = true) {
  const carets: unknown[] = [];
  const place = scene("text", carets);
  const body = place.copy.doc.getText("body");
  if (words) body.insert(0, words);
  const editor = openCode(place.around, writes, "");
  document.body.replaceChildren(editor.node);
  const content = editor.node.shadowRoot?.querySelector<HTMLElement>(".cm-content");
  assert.ok(content);
  return { editor, body, content, carets, ...place };
}

test("the text that all share is shown, and every end of a line counts as it is", async () => {
  const { editor, body, content } = open("one\r\ntwo");
  body.insert(8, "!");
  body.insert(0, "> ");
  assert.equal(content.textContent?.replace(/\r/g, ""), "> onetwo!");
  assert.equal(body.toString(), "> one\r\ntwo!");
  await soon();
  editor.destroy();
});

test("each stretch has the colour of its author", async () => {
  const { editor, copy, content, people } = open("mara ");
  const other = new Y.Doc();
  other.clientID = 22;
  Y.applyUpdate(other, Y.encodeStateAsUpdate(copy.doc));
  other.getText("body").insert(5, "juno");
  people.learn({ 22: "2" }, { 2: { name: "juno", colour: 7 } });
  Y.applyUpdate(copy.doc, Y.encodeStateAsUpdate(other));
  await soon();
  const seen = [...content.querySelectorAll(".author")].map((node) => [node.className, node.textContent, node.getAttribute("title")]);
  assert.deepEqual(seen, [
    ["author author-3", "mara ", "mara"],
    ["author author-7", "juno", "juno"],
  ]);
  assert.equal(editor.authorHere(), "1");
  editor.destroy();
});

test("a caret of somebody else is for eyes only, and a wrong one is not shown", async () => {
  const { editor, copy, content, people, body } = open("hello");
  people.learn({ 22: "2" }, { 2: { name: "juno", colour: 7 } });
  const at = JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(body, 2))) as unknown;
  copy.awareness.states.set(22, { cursor: { anchor: at, head: at } });
  copy.awareness.states.set(23, { cursor: { anchor: "x", head: { item: "y" } } });
  copy.awareness.emit("change", [{ added: [22, 23], updated: [], removed: [] }, "test"]);
  await soon();
  const carets = [...content.querySelectorAll(".caret")];
  assert.equal(carets.length, 1);
  assert.equal(carets[0]?.getAttribute("aria-hidden"), "true");
  assert.equal(editor.showCaretOf(22), true);
  assert.equal(editor.showCaretOf(23), false);
  editor.destroy();
});

test("a reader cannot write, and may later", () => {
  const { editor, content } = open("text", false);
  assert.equal(content.getAttribute("contenteditable"), "false");
  editor.setWrites(true);
  assert.equal(content.getAttribute("contenteditable"), "true");
  editor.destroy();
});

test("Escape leaves the text", () => {
  const { editor, content, left } = open();
  content.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  assert.equal(left(), 1);
  editor.destroy();
});

test("every language is there, and an unknown one is plain text", async () => {
  for (const language of ["markdown", "python", "javascript", "json", "yaml", "html", "css", "sql", "shell"]) {
    assert.notDeepEqual(await languageSupport(language), [], language);
  }
  assert.deepEqual(await languageSupport("plain"), []);
  assert.deepEqual(await languageSupport("constructor"), []);
  assert.equal(isProse("markdown"), true);
  assert.equal(isProse("python"), false);
});
