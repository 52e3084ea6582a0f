// A plenum without a mouse, from the start page to the minutes:
// node plenum_keys.mjs '{"url", "language": "de|en", "size": "desktop|phone"}'
// Only keys are sent. Whoever presses one can see where the focus is, at every step.
import assert from "node:assert/strict";
import { Assembled } from "./assembled.mjs";
import { focused, go, isAt, isOn, key, reach, sees, tabTo } from "./keys.mjs";
import { DESKTOP, PHONE, openBrowser, step, story } from "./people.mjs";
import { hears, until } from "./stats.mjs";

const { url, language, size } = JSON.parse(process.argv[2]);
const phone = size === "phone";
const WORDS = {
  de: { items: ["1. Runde (5 min, Info)", "2. Umzug (20 min, Diskussion)"], more: "Salz und Hagel", bold: "beschlossen" },
  en: { items: ["1. Round (5 min, info)", "2. The move (20 min, discussion)"], more: "Salt and chairs", bold: "agreed" },
};
const words = WORDS[language];
/** Every letter that is a key of the call or of the plenum. */
const LETTERS = "mvhsgcral? alle nach hause";
let browser;

const agendaOf = (one) => one.page.locator("#plenum-agenda");
const items = (one) => one.page.locator(".plenum-items .plenum-item-title");

/** What lies in the bar on a desk and in the agenda on a phone. */
async function acts(one, id) {
  if (phone && !(await agendaOf(one).isVisible())) {
    await key(one, "a");
    await isAt(one, "plenum.screen-agenda");
  }
  await go(one, id);
}

async function closesAgenda(one) {
  if (!(await agendaOf(one).isVisible())) return;
  await key(one, "Escape");
  await agendaOf(one).waitFor({ state: "hidden" });
  await sees(one);
}

/** To a tab: into the tabs with Tab, along them with the arrow. */
async function toTab(one, part) {
  const wanted = one.t(`plenum.screen-tab-${part}`);
  const selected = one.page.locator("[role=tab][aria-selected=true]");
  const tabs = one.page.locator("[role=tab]:visible");
  await tabUntil(one, () => one.page.evaluate(() => document.activeElement?.role === "tab"), "the tabs");
  for (let count = await tabs.count(); count > 0; count -= 1) {
    if ((await selected.innerText()).trim().startsWith(wanted)) return sees(one);
    await key(one, "ArrowRight");
    await sees(one);
  }
  throw new Error(`the arrows do not reach the tab "${wanted}"`);
}

async function tabUntil(one, arrived, what) {
  for (let count = 0; count < 60; count += 1) {
    await sees(one);
    if (await arrived()) return;
    await key(one, "Tab");
  }
  throw new Error(`Tab does not reach ${what}`);
}

await story("a plenum by keys", () => [browser], async () => {
  browser = await openBrowser();
  const kind = { language, viewport: phone ? PHONE : DESKTOP };
  const mara = await Assembled.come(browser, "Mara", kind);
  const juno = await Assembled.come(browser, "Juno", kind);

  const link = await step("a plenum is started and entered", () => starts(mara));
  await step("the call becomes an assembly", () => assembles(mara));
  await step("it begins; a guest is let in", () => begins(mara, juno, link));
  await step("a hand, the list, the next speaker", () => speaks(mara, juno));
  await step("the agenda opens, takes an item and closes", () => adds(mara));
  await step("the next item", async () => {
    await acts(mara, "plenum.screen-next-item");
    await mara.page.locator(".plenum-title", { hasText: /Umzug|move/ }).waitFor();
    await isAt(mara, "plenum.screen-next-item");
    await closesAgenda(mara);
  });
  await step("the minutes: text, tools, text; letters stay letters", () => writes(mara, juno));
  await step("the chat beside it", () => chats(juno, mara));
  await step("the plenum ends, both leave", () => ends(mara, juno));
  await step("who left opens the minutes", async () => {
    await go(mara, "plenum.open-minutes");
    await mara.page.waitForURL(/\/pads\//);
    await mara.page.locator("allmende-pad .ProseMirror", { hasText: LETTERS }).waitFor();
    await tabTo(mara, "pads.editor-text");
  });
  for (const one of [mara, juno]) one.threwNothing();
});

async function starts(mara) {
  await mara.page.goto(url);
  await tabTo(mara, "desk.room-name");
  await mara.page.keyboard.type("Garten");
  await go(mara, "desk.start-plenum");
  await mara.page.waitForURL(/started/, { timeout: 90_000 });
  const link = await mara.field("desk.link-to-share").inputValue();
  await go(mara, "desk.enter-now");
  await mara.field("meet.your-name").waitFor();
  await tabTo(mara, "meet.your-name");
  await mara.page.keyboard.type("Mara");
  await key(mara, "Enter");
  await mara.isInside();
  return link;
}

async function assembles(mara) {
  await go(mara, "meet.more");
  await mara.dialog().waitFor();
  await go(mara, "plenum.screen-open");
  await isAt(mara, "plenum.screen-field-title");
  await tabTo(mara, "plenum.screen-agenda");
  await mara.page.keyboard.type(words.items[0]);
  await key(mara, "Enter");
  await mara.page.keyboard.type(words.items[1]);
  await go(mara, "plenum.screen-open");
  await mara.isAssembled();
  await mara.dialog().waitFor({ state: "detached" });
  await isAt(mara, "meet.more");
}

async function begins(mara, juno, link) {
  await acts(mara, "plenum.screen-start");
  await isAt(mara, "plenum.screen-first-item");
  await key(mara, "Enter");
  await isAt(mara, "plenum.screen-next-item");
  await closesAgenda(mara);
  await juno.page.goto(link);
  await juno.field("meet.your-name").waitFor();
  await tabTo(juno, "meet.your-name");
  await juno.page.keyboard.type("Juno");
  await go(juno, "meet.join-with-microphone");
  await juno.heading("meet.waiting-heading").waitFor();
  await mara.button("meet.admit-name", { name: "Juno" }).or(mara.control("meet.people")).first().waitFor();
  const before = (await focused(mara.page)).name;
  await key(mara, "r");
  await go(mara, "meet.admit-name", { name: "Juno" });
  await juno.isInside();
  await juno.isAssembled();
  await hears(juno.page, 1);
  await sees(mara);
  await key(mara, "r");
  await mara.page.locator(".meet-roster").waitFor({ state: "hidden" });
  assert.notEqual(await sees(mara), "", `the focus was on "${before}" and is nowhere`);
}

async function speaks(mara, juno) {
  const raised = (on) =>
    until(`the hand is ${on}`, async () => (await juno.control(...(on ? ["meet.hand-lower", { n: 1 }] : ["meet.hand-raise"])).count()) === 1);
  await key(juno, "h");
  await raised(true);
  await key(juno, "h");
  await raised(false);
  await key(juno, "h");
  await raised(true);
  await key(mara, "l");
  await isAt(mara, "plenum.screen-hands");
  await mara.page.locator(".plenum-hand .plenum-name", { hasText: "Juno" }).waitFor();
  await go(mara, "plenum.screen-next-speaker");
  await key(juno, "l");
  await juno.page.locator(".plenum-mine", { hasText: juno.t("plenum.screen-you-floor") }).waitFor();
  await isAt(mara, "plenum.screen-next-speaker");
  await go(juno, "plenum.screen-end-turn");
  await juno.page.locator(".plenum-floor").waitFor({ state: "hidden" });
  assert.notEqual(await sees(juno), "", "the button is gone and the focus with it");
}

async function adds(mara) {
  await tabTo(mara, "meet.more");
  await key(mara, "a");
  await isAt(mara, "plenum.screen-agenda");
  await key(mara, "a");
  await agendaOf(mara).waitFor({ state: "hidden" });
  await isAt(mara, "meet.more");
  await key(mara, "a");
  await tabTo(mara, "plenum.screen-new-item");
  await mara.page.keyboard.type(words.more);
  await key(mara, "Enter");
  await until("three items", async () => (await items(mara).count()) === 3);
  await isAt(mara, "plenum.screen-new-item");
  assert.equal(await mara.field("plenum.screen-new-item").inputValue(), "");
  await tabTo(mara, "plenum.screen-change-item", { title: words.more }, "Shift+Tab");
  await key(mara, "Enter");
  const [earlier, later] = ["earlier", "later"].map((id) => `${mara.t(`plenum.screen-${id}`)}: ${words.more}`);
  await reach(mara, earlier);
  await key(mara, "Enter");
  await until("it stands second", async () => (await items(mara).allInnerTexts())[1] === words.more);
  await isOn(mara, earlier);
  await reach(mara, later);
  await key(mara, "Enter");
  await until("it stands last again", async () => (await items(mara).allInnerTexts())[2] === words.more);
  await isOn(mara, later);
  await closesAgenda(mara);
  await isAt(mara, "meet.more");
}

async function writes(mara, juno) {
  await toTab(mara, "minutes");
  await mara.minutes().locator("h2", { hasText: words.items[1].slice(0, 5) }).waitFor();
  await tabTo(mara, "pads.editor-text");
  await key(mara, "Control+End");
  await sees(mara);
  await key(mara, "Enter");
  await mara.page.keyboard.type(`${LETTERS}: `);
  await key(mara, "Escape");
  await sees(mara);
  await until("the focus is in the tools", () =>
    mara.page.evaluate(() => document.activeElement?.closest("[role=toolbar]") !== null),
  );
  await key(mara, "Home");
  await arrowTo(mara, "pads.editor-bold");
  await key(mara, "Enter");
  await isAt(mara, "pads.editor-text");
  await mara.page.keyboard.type(words.bold);
  await mara.minutes().locator("strong", { hasText: words.bold }).waitFor();
  await key(mara, "Escape");
  await isAt(mara, "pads.editor-bold");
  await key(mara, "Escape");
  await isAt(mara, "pads.editor-text");
  await key(mara, "Control+b");
  await mara.page.keyboard.type(" ahm");
  await mara.minutes().getByText(`${LETTERS}: ${words.bold} ahm`).waitFor();
  await mara.page.locator("allmende-pad", { hasText: mara.t("pads.editor-saved") }).waitFor();
  await pressedNothing(mara);
  await toTab(juno, "minutes");
  await juno.minutes().getByText(`${LETTERS}: ${words.bold} ahm`).waitFor();
}

async function arrowTo(one, id) {
  const wanted = one.t(id);
  for (let count = 0; count < 40; count += 1) {
    if ((await sees(one)) === wanted) return;
    await key(one, "ArrowRight");
  }
  throw new Error(`the arrows do not reach "${wanted}"`);
}

/** What somebody typed was text: no microphone, hand, agenda, people or window came of it. */
async function pressedNothing(one) {
  assert.equal(await one.control("meet.mute").count(), 1, "the microphone");
  assert.equal(await one.control("meet.hand-raise").count(), 1, "the hand");
  assert.equal(await agendaOf(one).isVisible(), false, "the agenda");
  assert.equal(await one.dialog().count(), 0, "a window");
  assert.equal(await one.page.locator(".meet-roster").isVisible(), false, "the people");
  assert.equal(await one.minutes().isVisible(), true, "the minutes");
}

async function chats(juno, mara) {
  await toTab(juno, "chat");
  await tabTo(juno, "chat.message");
  await juno.page.keyboard.type(LETTERS);
  await key(juno, "Enter");
  await juno.line(LETTERS).waitFor();
  await isAt(juno, "chat.message");
  assert.equal(await juno.control("meet.mute").count(), 1, "the microphone");
  assert.equal(await agendaOf(juno).isVisible(), false, "the agenda");
  await tabTo(mara, "meet.more");
  await key(mara, "c");
  await mara.line(LETTERS).waitFor();
  assert.match(await sees(mara), new RegExp(`^${mara.t("plenum.screen-tab-chat")}`));
}

async function ends(mara, juno) {
  await go(mara, "meet.more");
  await mara.dialog().waitFor();
  await go(mara, "plenum.screen-end");
  await isAt(mara, "plenum.screen-end-really");
  await key(mara, "Escape");
  await isAt(mara, "meet.more");
  await key(mara, "Enter");
  await go(mara, "plenum.screen-end");
  await go(mara, "plenum.screen-end-really");
  for (const one of [mara, juno]) {
    await one.isPlainCall();
    assert.notEqual(await sees(one), "", `${one.name}: the screen went and the focus with it`);
  }
  for (const one of [juno, mara]) {
    await go(one, "meet.leave");
    await one.heading("plenum.over-title").waitFor();
  }
}
