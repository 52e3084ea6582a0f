// Without JavaScript: an assembly by forms, reading along at it, and a pad.
// node plain.mjs '{"url", "invite", "language": "de|en", "size": "desktop|phone"}'
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { axe } from "./axe.mjs";
import { Assembled } from "./assembled.mjs";
import { DESKTOP, PHONE, openBrowser, step, story } from "./people.mjs";
import { until } from "./stats.mjs";

const { url, invite, language, size } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const WORDS = {
  de: {
    group: "Garten",
    agenda: "1. Runde (5 min, Info)\n2. Umzug (20 min, Diskussion)\n3. Pause (5 min, Pause)",
    titles: ["Runde", "Umzug", "Pause"],
    added: "Wer bringt Kuchen mit?",
    pad: "Plan <b>für</b> März\n\nZweiter Absatz & Schluss",
  },
  en: {
    group: "Garden",
    agenda: "1. Round (5 min, info)\n2. The move (20 min, discussion)\n3. Break (5 min, break)",
    titles: ["Round", "The move", "Break"],
    added: "Who brings a cake?",
    pad: "Plan <b>for</b> March\n\nSecond paragraph & end",
  },
};
const words = WORDS[language];
const viewport = size === "phone" ? PHONE : DESKTOP;
const complaints = [];
let browser;
let copies;

/** Axe is a script itself: it looks at a copy of what the page without scripts shows. */
async function look(one, where) {
  const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
  for (const said of one.said.splice(0)) complaints.push(`${where}: console: ${said}`);
  if (process.env.ALLMENDE_PICTURES) {
    const path = `${process.env.ALLMENDE_PICTURES}/plain ${where} ${language} ${size}.png`.replaceAll(" ", "-");
    await one.page.screenshot({ path, fullPage: true });
  }
  const body = (await one.page.content())
    .replace(/<script[^]*?<\/script>|<meta http-equiv="refresh"[^>]*>/g, "")
    .replace(/(<\/?)noscript/g, "$1div");
  const page = await copies.newPage();
  await page.route(one.page.url().split("#")[0], (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }));
  await page.goto(one.page.url());
  for (const violation of await axe(page)) complaints.push(`${where}: ${violation}`);
  await page.close();
}

/** Waits for a sentence that may stand in a `<noscript>`, where no locator looks. */
const says = (one, id, values) =>
  until(one.t(id, values), async () => (await one.page.evaluate(() => document.body.innerText)).includes(one.t(id, values)));

/** Presses a button that sends a form, and waits for the page it leads to. */
async function sends(one, button) {
  await Promise.all([one.page.waitForEvent("load"), button.click()]);
}

await story("without scripts", () => [browser], async () => {
  browser = await openBrowser();
  const kind = { language, viewport };
  copies = await browser.newContext({ locale: language, viewport, reducedMotion: "reduce" });
  const bare = { ...kind, javaScriptEnabled: false };
  const mara = await Assembled.come(browser, "mara", bare);
  const juno = await Assembled.come(browser, "Juno", bare);
  const lea = await Assembled.come(browser, "lea", kind);

  const room = await step("a group, a room, and a link for guests", () => gather(mara, lea));
  await step("an assembly is opened by a form", () => opens(mara, room.plenum));
  await step("a guest waits, is let in and reads along", () => waits(juno, lea, room));
  await step("it starts and goes on by forms; the guest sees it", () => goesOn(mara, juno));
  await step("a hand is up", () => hand(mara, juno, lea));
  await step("the agenda is edited by forms", () => edits(mara));
  await step("a pad is read, written to and taken along", () => pad(mara, juno, lea));
  await step("the assembly ends by a form", async () => {
    await sends(mara, mara.button("plenum.close"));
    await mara.reads("plenum.closed");
    await look(mara, "closed");
    await juno.page.goto(juno.page.url());
    await juno.reads("plenum.closed");
    await look(juno, "guest closed");
  });
  assert.deepEqual(complaints, []);
});

async function gather(mara, lea) {
  await mara.open(invite);
  await mara.type("desk.account-name", mara.name);
  await mara.type("desk.password", PASSWORD);
  await sends(mara, mara.button("desk.make-account"));
  await mara.page.locator(".kit-code").waitFor();
  await mara.open(`${url}/groups`);
  await mara.type("desk.group-name", words.group);
  await sends(mara, mara.button("desk.make-group"));
  await look(mara, "group");
  const plenum = await mara.page.getByRole("link", { name: mara.t("desk.plenum-in", { name: "" }).trim() }).first().getAttribute("href");
  await sends(mara, mara.button("desk.make-invite"));
  await lea.signsUp(await mara.field("desk.link-to-share").inputValue(), PASSWORD);
  await mara.open(`${new URL(plenum, url).href.replace(/\/plenum.*/, "")}/settings`);
  await sends(mara, mara.button("desk.make-link"));
  const link = await mara.field("desk.link-to-share").inputValue();
  return { plenum: new URL(plenum, url).href, link };
}

async function opens(mara, plenum) {
  await mara.open(plenum);
  await says(mara, "plenum.without-script");
  await look(mara, "before");
  await mara.page.getByRole("textbox", { name: mara.t("plenum.agenda") }).fill(words.agenda);
  await sends(mara, mara.button("plenum.hold-now"));
  await mara.page.locator("#agenda li").nth(2).waitFor();
  await look(mara, "opened");
}

/** Lea has scripts and lets guests in; without a script nobody hears who knocks. */
async function waits(juno, lea, { plenum, link }) {
  await lea.open(plenum);
  await lea.press("meet.join-muted");
  await lea.isInside();
  await juno.open(link);
  await look(juno, "guest call page");
  await juno.page.locator("main noscript a[href*=plenum]").click();
  await juno.reads("plenum.see-when-inside");
  assert.equal(await juno.page.locator("#agenda").count(), 0, "who is not let in sees no agenda");
  await look(juno, "guest door");
  await juno.type("plenum.your-name", "Juno");
  await sends(juno, juno.button("plenum.read-along"));
  await says(juno, "plenum.you-wait", { name: "Juno" });
  await look(juno, "guest waits");
  await lea.shows("meet.people");
  await lea.button("meet.admit-name", { name: "Juno" }).click();
  await lea.shows(null);
  // The page asks again by itself.
  await juno.page.locator("#agenda li").nth(2).waitFor();
  await juno.page.locator("#hands").waitFor();
  await juno.page.locator("#minutes").waitFor();
  await look(juno, "guest inside");
}

async function goesOn(mara, juno) {
  await sends(mara, mara.button("plenum.start"));
  await sends(mara, mara.button("plenum.next-item"));
  await running(mara, words.titles[0]);
  await look(mara, "running");
  await sends(mara, mara.button("plenum.next-item"));
  await running(mara, words.titles[1]);
  await again(juno);
  await running(juno, words.titles[1]);
  await juno.page.locator("#minutes :is(h3, h4, h5)", { hasText: words.titles[1] }).waitFor();
  for (const id of ["plenum.next-item", "plenum.close", "plenum.edit-agenda"]) {
    assert.equal(await juno.button(id).count(), 0, `a guest has no button ${id}`);
  }
  await sends(mara, mara.button("plenum.pause"));
  await sends(mara, mara.button("plenum.resume"));
  await running(mara, words.titles[1]);
}

/** What the page does by itself every ten seconds; it is waited for once, at the guest's door. */
async function again(one) {
  assert.match(await one.page.content(), /<meta http-equiv="refresh" content="10">/);
  await one.page.reload();
}

async function running(one, title) {
  await one.page.locator("#agenda li[aria-current=step]", { hasText: title }).waitFor();
}

async function hand(mara, juno, lea) {
  await lea.control("meet.hand-raise").click();
  await lea.control("meet.hand-raise").waitFor({ state: "hidden" });
  for (const one of [mara, juno]) {
    await again(one);
    await one.page.locator("#hands", { hasText: "lea" }).waitFor();
  }
  await look(juno, "guest sees a hand");
}

async function edits(mara) {
  const plenum = mara.page.url();
  await mara.page.getByRole("link", { name: mara.t("plenum.edit-agenda") }).click();
  await mara.page.getByLabel(mara.t("plenum.item-title")).last().fill(words.added);
  await look(mara, "edit");
  await sends(mara, mara.button("plenum.add"));
  await mara.page.locator("#agenda li", { hasText: words.added }).waitFor();
  await mara.page.getByLabel(mara.t("plenum.item-title")).last().fill(" ");
  await sends(mara, mara.button("plenum.add"));
  await mara.reads("plenum.no-title");
  // The browser itself writes a line for a page that is answered with 400.
  mara.said.splice(0);
  await look(mara, "edit refused");
  await mara.open(plenum);
}

async function pad(mara, juno, lea) {
  await mara.page.getByRole("link", { name: mara.t("plenum.open-minutes") }).click();
  await mara.page.locator(".pad-text h2", { hasText: words.titles[1] }).waitFor();
  await look(mara, "pad");
  await mara.type("pads.append", words.pad);
  await sends(mara, mara.button("pads.append-send"));
  const [first, second] = words.pad.split("\n\n");
  for (const text of [first, second]) await mara.page.locator(".pad-text p", { hasText: text }).waitFor();
  await look(mara, "pad appended");
  await lea.readsMinutes(second);
  await takesAlong(mara, second);
  const path = mara.page.url();
  await mara.page.getByRole("link", { name: mara.t("pads.view-follow") }).click();
  await mara.page.waitForURL(/view=follow/);
  await mara.page.locator(".pad-text p", { hasText: second }).waitFor();
  await look(mara, "pad follows");
  await juno.page.getByRole("link", { name: juno.t("plenum.open-minutes") }).click();
  await juno.page.locator(".pad-text p", { hasText: second }).waitFor();
  await look(juno, "guest pad");
  await juno.page.goBack();
  await mara.open(path.replace(/\/pads\/.*/, "/plenum"));
}

async function takesAlong(mara, text) {
  await mara.page.getByText(mara.t("pads.files"), { exact: true }).click();
  for (const form of ["md", "html", "txt", "json"]) {
    const saving = mara.page.waitForEvent("download");
    await mara.page.getByRole("link", { name: mara.t(`pads.export-${form}`), exact: true }).click();
    const told = await readFile(await (await saving).path(), "utf8");
    const wanted = form === "html" ? text.replace("&", "&amp;") : text;
    assert.ok(told.replace("\\&", "&").includes(wanted), `${form}: ${told.slice(-400)}`);
    if (form === "html") assert.doesNotMatch(told, /<b>|<script/);
  }
}
