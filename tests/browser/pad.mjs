// A pad for two: node pad.mjs '{"url", "language": "de|en", "size": "desktop|phone"}'
// From the start page to the page that says it is gone; a third person may only read.
import assert from "node:assert/strict";
import { axe } from "./axe.mjs";
import { HOSTILE } from "./markup.mjs";
import { DESKTOP, PHONE, openBrowser, Person, step, story } from "./people.mjs";
import { until } from "./stats.mjs";

const { url, language, size } = JSON.parse(process.argv[2]);
const viewport = size === "phone" ? PHONE : DESKTOP;
const complaints = [];
/** What the schema of a pad makes, and what the editor itself puts between (carets, tasks, tables). */
const KNOWN =
  "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code table tbody tr th td colgroup col hr br strong em u s sub sup a label input span div b i";
const OWN_CLASSES = /ProseMirror|tableWrapper|caret|editor-|author|marked|prose|^language-|^(is-|placeholder)/;
let browser;

async function look(one, where) {
  for (const violation of await axe(one.page)) complaints.push(`${where}: ${violation}`);
  const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
  if (process.env.ALLMENDE_PICTURES) {
    const path = `${process.env.ALLMENDE_PICTURES}/pad ${where} ${language} ${size}.png`.replaceAll(" ", "-");
    await one.page.screenshot({ path });
  }
}

class Writer extends Person {
  text() {
    return this.page.locator("allmende-pad .ProseMirror");
  }

  async comesTo(address) {
    await this.open(address);
    await this.text().waitFor();
    await this.status("saved", "readonly");
  }

  async status(...ids) {
    const words = ids.map((id) => this.t(`pads.editor-${id}`));
    const shown = this.page.locator(".editor-status-word");
    await until(`${this.name}: ${words}`, async () => words.includes(await shown.innerText()));
  }

  /** A paragraph of its own at the end. */
  async adds(text) {
    await this.text().locator(":scope > *").last().click();
    await this.page.keyboard.press("Control+End");
    await this.page.evaluate(seen);
    await this.page.keyboard.press("Enter");
    await this.page.keyboard.type(text);
  }

  async reads(text) {
    await this.text().getByText(text).first().waitFor();
  }

  async isCalled(name) {
    await this.page.locator(".editor-me").click();
    await this.page.getByLabel(this.t("pads.editor-your-name"), { exact: true }).fill(name);
    await this.button("pads.editor-you-keep", {}, { within: this.dialog() }).click();
    await this.dialog().waitFor({ state: "detached" });
    await this.page.locator(".editor-me", { hasText: name }).waitFor();
  }

  /** Presses a button that sends a form, and waits for the page it leads to. */
  async sends(id) {
    await Promise.all([this.page.waitForEvent("load"), this.button(id).click()]);
  }

  async unfolds(id) {
    await this.page.locator("summary", { hasText: this.t(id) }).first().click();
  }
}

/** Two pictures later the editor has seen where the caret is; nobody types faster. */
function seen() {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
}

const foreign = [];

async function come(name, more = {}) {
  const one = await Writer.come(browser, name, { language, viewport, hasTouch: size === "phone", ...more });
  one.page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) foreign.push(request.url());
  });
  return one;
}

await story("a pad for two", () => [browser], async () => {
  browser = await openBrowser();
  // Whoever pastes has no rules of the page to rely on: what is pasted has to be harmless by itself.
  const [ada, bo, cy] = [await come("Ada", { bypassCSP: true }), await come("Bo"), await come("Cy")];
  const links = await step("a pad is made on the start page", () => makes(ada));
  await step("a second person comes by the link; both write", () => together(ada, bo, links));
  await step("carets have names, colours go on and off", () => colours(ada, bo));
  await step("who came by the link for reading reads", () => onlyReads(cy, bo, links));
  await step("who was offline comes back with all of it", () => offline(ada, bo));
  const keeper = await come("Keeper");
  await step("it is locked and unlocked", () => locks(keeper, bo, links));
  await step("a named revision comes back", () => restores(keeper, bo, links));
  await step(`${HOSTILE.length} strange clipboards are only text`, () => pastes(ada, bo, links));
  await step("it is deleted, and both are told", () => deletes(keeper, [ada, bo], links));
  for (const one of [ada, bo, cy, keeper]) one.threwNothing();
  assert.deepEqual(complaints, []);
  assert.deepEqual(foreign, [], "something was asked of strangers");
});

async function makes(ada) {
  await ada.open(url);
  await ada.press("desk.write-pad");
  await ada.page.waitForURL(/\/made/, { timeout: 90_000 });
  await look(ada, "made");
  const [edit, read, admin] = await Promise.all(
    ["#share-link", "#read-link", "#admin-link"].map((id) => ada.page.locator(id).inputValue()),
  );
  await ada.page.getByRole("link", { name: ada.t("pads.write-now") }).click();
  await ada.text().waitFor();
  await ada.status("saved");
  await look(ada, "empty");
  return { edit, read, admin };
}

async function together(ada, bo, { edit }) {
  await ada.text().click();
  await ada.page.keyboard.type("# Plan");
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("first line");
  await bo.comesTo(edit);
  await bo.reads("first line");
  await Promise.all([ada.isCalled("Ada"), bo.isCalled("Bo")]);
  await ada.adds("ada writes");
  await bo.reads("ada writes");
  await bo.adds("bo writes");
  await ada.reads("bo writes");
  // Bo pressed beside the end of a line, where Ada's caret stood: the text is where Bo wanted it.
  for (const one of [ada, bo]) {
    await one.status("saved");
    assert.equal(await wordsOf(one), "Planfirst lineada writesbo writes");
  }
  await look(bo, "two write");
}

async function colours(ada, bo) {
  await ada.page.locator(".caret", { hasText: "Bo" }).first().waitFor();
  await ada.adds("here");
  await bo.page.locator(".caret", { hasText: "Ada" }).first().waitFor();
  const tint = () => bo.text().getByText("ada writes").evaluate(coloursOf);
  await until("a colour of its own", async () => (await tint()) !== "none");
  const toggle = bo.page.getByRole("button", { name: bo.t("pads.editor-colours"), exact: true });
  await toggle.click();
  await until("no colours", async () => (await tint()) === "none");
  await look(bo, "no colours");
  assert.equal(await toggle.getAttribute("aria-pressed"), "false");
  await toggle.click();
  await until("colours again", async () => (await tint()) !== "none");
}

/** How a piece of text shows who wrote it: a background or a line. */
function coloursOf(node) {
  const piece = node.querySelector("[class*=author]") ?? node.closest("[class*=author]") ?? node;
  const style = getComputedStyle(piece);
  const plain = ["rgba(0, 0, 0, 0)", "none"];
  const marks = [style.backgroundColor, style.backgroundImage, style.boxShadow].filter((one) => !plain.includes(one));
  if (style.borderBottomStyle !== "none" && style.borderBottomWidth !== "0px") marks.push(style.borderBottomColor);
  if (style.textDecorationLine !== "none") marks.push(style.textDecorationColor);
  return marks.length ? marks.join() : "none";
}

async function onlyReads(cy, bo, { read }) {
  await cy.comesTo(read);
  await cy.status("readonly");
  await cy.reads("bo writes");
  await look(cy, "reader");
  assert.equal(await cy.text().getAttribute("contenteditable"), "false");
  assert.equal(await cy.page.getByRole("toolbar").count(), 0);
  await cy.text().click();
  await cy.page.keyboard.type("smuggled");
  await bo.adds("after the reader");
  await cy.reads("after the reader");
  assert.doesNotMatch(await cy.text().innerText(), /smuggled/);
  assert.doesNotMatch(await bo.text().innerText(), /smuggled/);
  const html = await cy.page.content();
  assert.doesNotMatch(html, /\/p\/[ea]\./, "no other link is on the page of a reader");
  const answer = await cy.page.evaluate(
    async (to) => (await fetch(to, { method: "POST", body: new URLSearchParams({ text: "smuggled" }) })).status,
    `${new URL(read).pathname}/append`,
  );
  assert.ok(answer >= 400, `${answer}`);
}

async function offline(ada, bo) {
  await bo.context.setOffline(true);
  await bo.status("offline");
  await bo.adds("written on the train");
  await ada.adds("written at home");
  await look(bo, "offline");
  assert.doesNotMatch(await ada.text().innerText(), /train/);
  await bo.context.setOffline(false);
  await ada.reads("written on the train");
  await bo.reads("written at home");
  for (const one of [ada, bo]) await one.status("saved");
  assert.equal(await wordsOf(ada), await wordsOf(bo));
  // The browser says in the console that it is offline.
  bo.said.splice(0);
}

/** The text without carets, which differ from one to the other. */
function wordsOf(one) {
  return one.text().evaluate((node) => {
    const copy = node.cloneNode(true);
    for (const caret of copy.querySelectorAll(".caret")) caret.remove();
    return copy.textContent;
  });
}

async function locks(keeper, bo, { admin }) {
  await keeper.comesTo(admin);
  await keeper.open(`${admin}/settings`);
  await look(keeper, "settings");
  await keeper.sends("pads.lock");
  await bo.page.locator(".editor-notes", { hasText: bo.t("pads.editor-locked") }).waitFor();
  await until("nobody writes", async () => (await bo.text().getAttribute("contenteditable")) === "false");
  await look(bo, "locked");
  await keeper.sends("pads.unlock");
  await until("Bo writes again", async () => (await bo.text().getAttribute("contenteditable")) === "true");
  await bo.adds("unlocked");
  await bo.status("saved");
}

async function restores(keeper, bo, { admin }) {
  await keeper.open(`${admin}/history`);
  await keeper.type("pads.name-state", "Before <the> move");
  await keeper.sends("pads.name-state-send");
  await look(keeper, "history");
  await bo.text().click();
  await bo.page.keyboard.press("Control+a");
  await bo.page.keyboard.type("all gone");
  await bo.status("saved");
  await keeper.page.getByRole("link", { name: "Before <the> move" }).first().click();
  await keeper.page.locator(".pad-text", { hasText: "bo writes" }).waitFor();
  await look(keeper, "revision");
  await keeper.unfolds("pads.restore");
  await keeper.sends("pads.restore");
  await bo.reads("bo writes");
  assert.doesNotMatch(await bo.text().innerText(), /all gone/);
}

/** The clipboards come one after the other, between two lines that stay. */
async function pastes(ada, bo, { read }) {
  await ada.text().click();
  await ada.page.keyboard.press("Control+a");
  await ada.page.keyboard.type("top");
  for (const html of HOSTILE) {
    await ada.text().locator(":scope > *").last().click({ force: true });
    await ada.page.keyboard.press("Control+End");
    await ada.page.evaluate(seen);
    await ada.page.keyboard.press("Enter");
    await ada.text().evaluate(paste, html);
    complaints.push(...(await ada.text().evaluate(strange, { known: KNOWN, own: OWN_CLASSES.source })).map((one) => `${html}: ${one}`));
  }
  await ada.page.keyboard.press("Control+End");
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("bottom");
  await bo.reads("bottom");
  await ada.status("saved");
  complaints.push(...(await bo.text().evaluate(strange, { known: KNOWN, own: OWN_CLASSES.source })).map((one) => `Bo: ${one}`));
  await look(bo, "pasted");
  for (const one of [ada, bo]) assert.equal(await one.page.evaluate(() => globalThis.pwned), undefined, "a script ran");
  await served(bo, read);
}

/** The same text as the server writes it, as a page and as a file. */
async function served(bo, read) {
  const page = await bo.context.newPage();
  await page.goto(`${read}?view=text`);
  await page.locator(".pad-text", { hasText: "bottom" }).waitFor();
  complaints.push(...(await page.locator(".pad-text").evaluate(strange, { known: KNOWN, own: "^(pad-text|tick|language-)" })).map((one) => `page: ${one}`));
  for (const link of await page.locator(".pad-text a").all()) {
    assert.match(await link.getAttribute("rel"), /nofollow/);
    assert.match(await link.getAttribute("rel"), /noopener/);
  }
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined, "a script ran");
  const file = await (await bo.context.request.get(`${read}/export/html`)).text();
  assert.match(file, /bottom/);
  await page.route("https://file.example/", (route) => route.fulfill({ body: file, contentType: "text/html; charset=utf-8" }));
  await page.goto("https://file.example/");
  complaints.push(...(await page.locator("body").evaluate(strange, { known: `${KNOWN} main article header style`, own: "." })).map((one) => `file: ${one}`));
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined, "a script ran in the file");
  await page.close();
}

function paste(node, html) {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  clipboardData.setData("text/plain", "plain");
  node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}

/** Sentences about whatever is no plain content. */
function strange(node, { known, own }) {
  const found = [];
  const names = new Set(known.split(" "));
  for (const one of node.querySelectorAll("*")) {
    // A caret, and the words of a tick for those who hear it, are the editor's own.
    if (one.closest(".caret, li > label > span")) continue;
    const name = one.localName;
    if (!names.has(name) && !(name === "img" && one.className === "ProseMirror-separator")) found.push(`<${name}>`);
    if (name === "input" && one.type !== "checkbox") found.push(`<input type=${one.type}>`);
    for (const attribute of one.attributes) {
      if (/^on|^srcdoc$|^formaction$|^action$|^ping$|^background$/.test(attribute.name)) found.push(`${name} ${attribute.name}`);
      if (attribute.name === "id") found.push(`${name} id=${attribute.value}`);
      if (attribute.name === "style" && /url|position|display/.test(attribute.value)) found.push(`${name} style=${attribute.value}`);
    }
    if (one.hasAttribute("href") && !/^(https?:|mailto:)/.test(one.getAttribute("href"))) found.push(`href=${one.getAttribute("href")}`);
    const foreign = [...one.classList].filter((word) => !new RegExp(own).test(word));
    if (foreign.length) found.push(`${name} class=${foreign}`);
  }
  return found;
}

async function deletes(keeper, writers, { admin, edit }) {
  await keeper.open(`${admin}/settings`);
  await keeper.unfolds("pads.delete");
  await keeper.page.getByLabel(keeper.t("pads.delete-sure")).check();
  await look(keeper, "delete");
  await keeper.sends("pads.delete");
  await keeper.page.getByRole("heading", { name: keeper.t("pads.deleted") }).waitFor();
  await look(keeper, "deleted");
  for (const one of writers) {
    await one.page.locator(".editor-notes", { hasText: one.t("pads.editor-gone") }).waitFor();
    assert.equal(await one.text().getAttribute("contenteditable"), "false");
  }
  await look(writers[1], "gone");
  const answer = await writers[1].page.goto(edit);
  assert.equal(answer.status(), 404);
  await writers[1].page.getByText(writers[1].t("pads.not-found")).first().waitFor();
}
