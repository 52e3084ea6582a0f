// A stock TipTap editor bound to a Y.Doc. Reads a JSON list of cases from stdin and prints what
// the editor made of each: {update?: base64, apply?: JSON of a document, type?: text}.
//
//   json      the document as ProseMirror has it after the update (and what was applied) is in
//   fragment  the Yjs tree under `body`
//   update    the whole Y.Doc, base64
//   written   bytes of updates the editor made by itself, before anything was typed
//   checked   false where ProseMirror's own check of the schema fails
import { readFileSync } from "node:fs";

import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
const BORROWED = [
  "document", "window", "Node", "Element", "HTMLElement", "DOMParser", "MutationObserver", "getComputedStyle",
  "requestAnimationFrame", "cancelAnimationFrame", "Text", "Range", "Selection", "Event", "KeyboardEvent", "innerHeight",
];
for (const name of BORROWED) globalThis[name] = name === "window" ? window : window[name];
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
window.Range.prototype.getClientRects = () => [];
window.Range.prototype.getBoundingClientRect = () => ({ left: 0, right: 0, top: 0, bottom: 0 });
window.document.elementFromPoint = () => null;

const { Editor, Node } = await import("@tiptap/core");
const { Blockquote } = await import("@tiptap/extension-blockquote");
const { Bold } = await import("@tiptap/extension-bold");
const { Code } = await import("@tiptap/extension-code");
const { CodeBlock } = await import("@tiptap/extension-code-block");
const { Collaboration } = await import("@tiptap/extension-collaboration");
const { Document } = await import("@tiptap/extension-document");
const { HardBreak } = await import("@tiptap/extension-hard-break");
const { Heading } = await import("@tiptap/extension-heading");
const { HorizontalRule } = await import("@tiptap/extension-horizontal-rule");
const { Italic } = await import("@tiptap/extension-italic");
const { Link } = await import("@tiptap/extension-link");
const { BulletList, ListItem, OrderedList, TaskItem, TaskList } = await import("@tiptap/extension-list");
const { Paragraph } = await import("@tiptap/extension-paragraph");
const { Strike } = await import("@tiptap/extension-strike");
const { Subscript } = await import("@tiptap/extension-subscript");
const { Superscript } = await import("@tiptap/extension-superscript");
const { TableKit } = await import("@tiptap/extension-table");
const { Text } = await import("@tiptap/extension-text");
const { Underline } = await import("@tiptap/extension-underline");
const Y = await import("yjs");
const { yXmlFragmentToProsemirrorJSON } = await import("@tiptap/y-tiptap");

const Raw = Node.create({
  name: "raw",
  group: "block",
  content: "text*",
  marks: "",
  code: true,
  defining: true,
  parseHTML: () => [{ tag: "pre.raw", preserveWhitespace: "full" }],
  renderHTML: () => ["pre", { class: "raw" }, 0],
});

const EXTENSIONS = [
  Blockquote, Bold, BulletList, Code, CodeBlock, Document, HardBreak, Heading, HorizontalRule, Italic, Link,
  ListItem, OrderedList, Paragraph, Raw, Strike, Subscript, Superscript, TableKit, TaskItem.configure({ nested: true }),
  TaskList, Text, Underline,
];

function opened(given) {
  const doc = new Y.Doc();
  if (given.update) Y.applyUpdate(doc, Buffer.from(given.update, "base64"));
  let written = 0;
  doc.on("update", (update) => (written += update.length));
  const editor = new Editor({
    element: window.document.createElement("div"),
    extensions: [...EXTENSIONS, Collaboration.configure({ document: doc, field: "body" })],
    injectCSS: false,
  });
  const untouched = written;
  if (given.apply) editor.commands.setContent(given.apply);
  if (given.type) editor.view.dispatch(editor.state.tr.insertText(given.type, 1));
  return { doc, editor, untouched, written: () => written };
}

function checked(editor) {
  try {
    editor.state.doc.check();
    return true;
  } catch {
    return false;
  }
}

function answer(given) {
  const { doc, editor, untouched, written } = opened(given);
  const found = {
    json: editor.getJSON(),
    html: editor.getHTML(),
    fragment: yXmlFragmentToProsemirrorJSON(doc.getXmlFragment("body")),
    update: Buffer.from(Y.encodeStateAsUpdate(doc)).toString("base64"),
    written: untouched,
    typed: written() - untouched,
    checked: checked(editor),
  };
  editor.destroy();
  return found;
}

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(answer)) + "\n", () => process.exit(0));
