// Every page, in both languages, themes and widths: axe, CSP, console, width.
// node tests/browser/pages.mjs '{"url", "whole", "cookies": {who: [...]}, "pages": [{path, who, status, lands, press}]}'
// A page is opened in each language and width. With "whole" the theme changes while it is open, so that
// all 8 views are looked at; else each pair of language, theme and width is, in 4 views.
import { axe, COLOURS } from "./axe.mjs";
import { THEMES, WIDTHS } from "./chromium.mjs";
import { openBrowser, Person, step, story } from "./people.mjs";

const { url, whole, cookies, pages, room, guests, facilitators } = JSON.parse(process.argv[2]);
const complaints = [];
const AT_ONCE = 2;
let browser;

/** Looks at what is shown now, in the themes of its kind; in the second at its colours. */
async function look(one, where) {
  for (const [n, colorScheme] of themesOf(one.kind).entries()) {
    await one.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const violations = await axe(one.page, n ? { only: COLOURS } : {});
    for (const violation of violations) complaints.push(`${where} ${colorScheme}: ${violation}`);
  }
  const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
  const broken = await one.page.evaluate(() => [...document.images].filter((img) => !img.naturalWidth).map((img) => img.src));
  for (const image of broken) complaints.push(`${where}: ${image} is not shown`);
  for (const said of one.said.splice(0)) complaints.push(`${where}: console: ${said}`);
}

const viewports = WIDTHS.map((width) => ({ width, height: width < 600 ? 740 : 860 }));
const kinds = ["de", "en"].flatMap((language) => viewports.map((viewport) => ({ language, viewport })));
const [narrow] = viewports;
/** Light where the first language meets the first width, and the second the second. */
function themesOf({ language, viewport }) {
  if (whole) return THEMES;
  return [THEMES[Number((language === "de") !== (viewport.width === narrow.width))]];
}
const wordOf = ({ language, viewport }) => `${language} ${viewport.width}`;

const comes = async (who, kind) => Object.assign(await Person.come(browser, who, kind), { kind });

/** Opens a page and, if it says so, presses its button. */
async function opens(one, { path, status, lands, press }, where) {
  const answer = await one.page.goto(url + path);
  if (answer.status() !== status) complaints.push(`${where}: ${answer.status()}, not ${status}`);
  const there = new URL(one.page.url()).pathname;
  if (there !== (lands || path.replace(/\?.*/, ""))) complaints.push(`${where}: leads to ${there}`);
  // The browser itself writes a line for a page that is answered with 404.
  if (status >= 400) one.said.splice(0);
  if (press) {
    const answered = one.page.waitForResponse((response) => response.request().isNavigationRequest());
    await one.button(press).first().click();
    await answered;
    await one.page.waitForLoadState();
  }
  if (status === 200 && path.includes("/call")) await one.page.locator(".meet-prejoin").waitFor();
  if (status === 200 && /\/voice(\?|$)/.test(path)) await one.page.locator(".voice-before").waitFor();
  if (await one.page.locator(".pad-page allmende-pad").count()) await one.page.locator(".editor-paper").waitFor();
}

/** Visits what the route table names, each by who may see it. */
async function visit(kind) {
  for (const who of new Set(pages.map((page) => page.who))) {
    const one = await comes(who, kind);
    await one.context.addCookies(cookies[who] ?? []);
    for (const page of pages.filter((page) => page.who === who)) {
      const path = page.path.replace(/[\w-]{22,}/g, "…");
      const where = `${wordOf(kind)} ${path} of ${who}${page.press && ` after ${page.press}`}`;
      await opens(one, page, where);
      await look(one, where);
    }
    await one.close();
  }
}

/** The way into the call, its panels and its windows. */
async function inside(kind) {
  const word = wordOf(kind);
  const mara = await comes("Mara", kind);
  const juno = await comes("Juno", kind);
  await mara.page.goto(facilitators);
  await mara.page.locator(".meet-prejoin-preview summary").click();
  await mara.button("meet.preview-camera").click();
  await mara.button("meet.preview-camera-off").waitFor();
  await look(mara, `${word} prejoin with preview`);
  await mara.type("meet.your-name", mara.name);
  await mara.press("meet.join-with-microphone");
  await mara.isInside();
  await juno.knocks(guests);
  await juno.heading("meet.waiting-heading").waitFor();
  await look(juno, `${word} waiting`);
  await mara.shows("meet.people");
  await mara.button("meet.admit-name", { name: "Juno" }).waitFor();
  await look(mara, `${word} somebody waits`);
  await mara.button("meet.admit-name", { name: "Juno" }).click();
  await juno.isInside();
  await juno.control("meet.hand-raise").click();
  await mara.waitsForHands("Juno");
  await look(mara, `${word} people and hands`);
  await juno.writes(`${word}: https://example.org/`);
  await mara.shows("meet.chat");
  await mara.line(word).waitFor();
  await look(mara, `${word} chat`);
  await mara.shows(null);
  await look(mara, `${word} call`);
  await windows(mara, word);
  await bySound(mara, kind, word);
  await mara.chooses("meet.end");
  await look(mara, `${word} end?`);
  await mara.button("meet.end-really").click();
  await juno.heading("meet.left-ended").waitFor();
  // What livekit-client says when the server ends the call before the page does.
  juno.said = juno.said.filter((said) => !said.includes(" {room: "));
  await look(juno, `${word} ended`);
  await mara.close();
  await juno.close();
}

/** The light page beside the call: before, inside, with everything unfolded. */
async function bySound(mara, kind, word) {
  const kim = await comes("Kim", kind);
  const page = new URL(guests);
  page.pathname = page.pathname.replace(/^(\/r\/[^/]+).*/, "$1/voice");
  await kim.page.goto(page.href);
  await kim.type("meet.your-name", "Kim");
  await kim.press("voice.join-talking");
  await kim.reads("voice.state-waiting");
  await look(kim, `${word} sound: waiting`);
  await mara.admits("Kim");
  await kim.reads("voice.state-not-heard");
  await kim.press("voice.raise-hand");
  await kim.button("voice.volume-of", { name: "Juno" }).click();
  await kim.page.locator("summary", { hasText: kim.t("voice.settings") }).click();
  await look(kim, `${word} sound: inside`);
  await kim.press("voice.leave");
  await kim.reads("voice.left");
  await look(kim, `${word} sound: left`);
  await kim.close();
  await mara.shows(null);
}

async function windows(mara, word) {
  for (const id of ["meet.invite", "meet.react", "meet.devices", "meet.change-name", "meet.keys"]) {
    await mara.chooses(id);
    await mara.dialog().getByRole("heading", { name: mara.t(id) }).waitFor();
    await look(mara, `${word} window ${id}`);
    await mara.page.keyboard.press("Escape");
  }
  await mara.control("meet.more").click();
  await look(mara, `${word} window more`);
  await mara.page.keyboard.press("Escape");
  await mara.shows("meet.people");
  await mara.button("meet.more-about", { name: "Juno" }, { within: mara.page.locator(".meet-roster") }).click();
  await look(mara, `${word} window of a person`);
  await mara.page.keyboard.press("Escape");
}

await story("pages", () => [browser], async () => {
  browser = await openBrowser();
  for (let n = 0; n < kinds.length; n += AT_ONCE) {
    const some = kinds.slice(n, n + AT_ONCE);
    await Promise.all(some.map((kind) => step(`all pages: ${wordOf(kind)}`, () => visit(kind))));
  }
  for (const kind of kinds) {
    await step(`the call in room ${room}: ${wordOf(kind)}`, () => inside(kind));
  }
  const views = kinds.flatMap(themesOf).length;
  process.stdout.write(`FIGURE ${pages.length} pages in ${views} views, ${complaints.length} complaints\n`);
  if (complaints.length) throw new Error([...new Set(complaints)].join("\n"));
});
