// A plenum in fast motion, from the page of the group to the minutes in one's hand:
// node plenum.mjs '{"url", "invite", "language": "de|en", "size": "desktop|phone", "golden": FILE}'
// Somebody of the group facilitates, a member and two guests come; two of them write the minutes.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { axe } from "./axe.mjs";
import { Assembled } from "./assembled.mjs";
import { DESKTOP, PHONE, openBrowser, step, story } from "./people.mjs";
import { hears } from "./stats.mjs";

const { url, invite, language, size, golden } = JSON.parse(process.argv[2]);
const PASSWORD = "drei rote kirschen im schnee";
const WORDS = {
  de: {
    group: "Garten",
    agenda: "1. Runde (5 min, Info)\n2. Umzug (20 min, Diskussion)\n3. Pause (5 min, Pause)\n4. Kasse (10 min, Entscheidung)",
    said: ["Mara: Die Tomaten stehen gut.", "Juno: Wir ziehen im März um.", "Mara: Der Kaffee ist gut."],
    headings: ["1. Runde", "2. Umzug", "Pause"],
    line: "Wer bringt Kuchen mit?",
  },
  en: {
    group: "Garden",
    agenda: "1. Round (5 min, info)\n2. The move (20 min, discussion)\n3. Break (5 min, break)\n4. Money (10 min, decision)",
    said: ["Mara: The tomatoes do well.", "Juno: We move in March.", "Mara: The coffee is good."],
    headings: ["1. Round", "2. The move", "Break"],
    line: "Who brings a cake?",
  },
};
const words = WORDS[language];
const viewport = size === "phone" ? PHONE : DESKTOP;
const kind = { language, viewport, hasTouch: size === "phone" };
const complaints = [];
let browser;

/** Looks at what is shown with axe; says where. */
async function look(one, where) {
  for (const violation of await axe(one.page)) complaints.push(`${where}: ${violation}`);
  const wide = await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) complaints.push(`${where}: ${wide} px wider than its window`);
}

await story("plenum", () => [browser], async () => {
  browser = await openBrowser();
  const [mara, lea] = [await Assembled.come(browser, "mara", kind), await Assembled.come(browser, "lea", kind)];
  const [juno, kim] = [await Assembled.come(browser, "Juno", kind), await Assembled.come(browser, "Kim", kind)];

  const room = await step("a group with a room, and a member", () => gather(mara, lea));
  await step("a plenum is opened from the page of the group", async () => {
    await mara.toPlenum(room);
    await look(mara, "before a plenum");
    await mara.page.getByRole("textbox", { name: mara.t("plenum.agenda") }).fill(words.agenda);
    await mara.press("plenum.hold-now");
    await mara.page.locator("#agenda li").nth(3).waitFor();
    await mara.button("meet.join-with-microphone").waitFor();
    await look(mara, "a plenum is open");
    await mara.press("meet.join-with-microphone");
    await mara.isInside();
    await mara.isAssembled();
  });
  await step("a member comes from the group, two guests by the link", async () => {
    await lea.toPlenum(room);
    await lea.press("meet.join-muted");
    await lea.isInside();
    const link = await mara.guestLink();
    for (const guest of [juno, kim]) {
      await guest.knocks(link);
      await mara.lets(guest.name);
      await guest.isInside();
      await guest.isAssembled();
    }
    await hears(kim.page, 2);
  });
  for (const one of [mara, juno]) await look(one, `${one.name} inside`);

  await agenda([mara, lea, juno, kim]);
  await step("the chat goes beside it", async () => {
    await kim.sees("chat");
    await kim.field("chat.message").fill(words.line);
    await kim.button("chat.send").click();
    await lea.sees("chat");
    await lea.line(words.line).waitFor();
    await look(lea, "chat");
  });
  const minutes = await end([mara, lea, juno, kim]);
  await step("the minutes are what was written", () => compare(minutes));
  for (const one of [mara, lea, juno, kim]) one.threwNothing();
  assert.deepEqual(complaints, []);
});

async function gather(mara, lea) {
  await mara.signsUp(invite, PASSWORD);
  await mara.open(`${url}/groups`);
  await mara.type("desk.group-name", words.group);
  await mara.press("desk.make-group");
  await mara.page.waitForURL(/\/g\//);
  const group = mara.page.url();
  await mara.press("desk.make-invite");
  await lea.signsUp(await mara.field("desk.link-to-share").inputValue(), PASSWORD);
  return group;
}

/** Four items one after the other, with hands, and minutes by two. */
async function agenda([mara, lea, juno, kim]) {
  await step("it begins; hands are called in their order", async () => {
    await mara.acts("plenum.screen-start");
    await mara.acts("plenum.screen-first-item");
    await kim.control("meet.hand-raise").click();
    await mara.waitsFor("Kim");
    await juno.control("meet.hand-raise").click();
    await mara.waitsFor("Kim", "Juno");
    await kim.says("plenum.screen-you-next");
    await juno.says("plenum.screen-place-2");
    await look(mara, "the list");
    await mara.callsNext();
    await kim.says("plenum.screen-you-floor");
    await kim.control("meet.floor-end").click();
    await mara.callsNext();
    await juno.says("plenum.screen-you-floor");
    await juno.control("meet.floor-end").click();
    await mara.waitsFor();
  });
  const writers = [mara, juno, mara];
  for (const [place, text] of words.said.entries()) {
    await step(`item ${place + 1} is talked about and written down`, async () => {
      const writer = writers[place];
      await writer.writesMinutes(words.headings[place], text);
      for (const other of [mara, lea, juno].filter((one) => one !== writer)) await other.readsMinutes(text);
      if (place === 0) await look(writer, "minutes");
      await mara.acts("plenum.screen-next-item");
    });
  }
  await step("the agenda is a list that can be changed", async () => {
    await mara.opensAgenda();
    await look(mara, "agenda");
    await mara.page.keyboard.press("Escape");
    await mara.acts("plenum.screen-end-item");
    await mara.page.getByText(mara.t("plenum.screen-all-done")).first().waitFor();
  });
}

async function end([mara, lea, juno, kim]) {
  await step("the plenum ends, the call goes on, everybody leaves", async () => {
    await mara.chooses("plenum.screen-end");
    await mara.button("plenum.screen-end-really").click();
    for (const one of [mara, lea, juno, kim]) await one.isPlainCall();
    await hears(juno.page, 2);
    await kim.control("meet.leave").click();
    await kim.heading("plenum.over-title").waitFor();
    await kim.page.getByRole("link", { name: kim.t("plenum.come-back") }).waitFor();
    await look(kim, "after leaving");
  });
  return step("who left takes the minutes along", async () => {
    const link = kim.page.getByRole("link", { name: kim.t("plenum.export-md") });
    const saving = kim.page.waitForEvent("download");
    await link.click();
    return readFile(await (await saving).path(), "utf8");
  });
}

/** Days and times differ from run to run, the rest does not. */
async function compare(minutes) {
  const date = language === "de" ? /\d{1,2}\.\d{1,2}\.\d{4}/g : /\d{1,2} [A-Z][a-z]+ \d{4}/g;
  const told = minutes.replace(date, "DAY").replace(/\d{2}:\d{2}/g, "TIME").replace(/(nach|after) \d+ min/g, "$1 0 min");
  if (process.env.ALLMENDE_GOLDEN) await writeFile(golden, told);
  assert.equal(told, await readFile(golden, "utf8"));
}
