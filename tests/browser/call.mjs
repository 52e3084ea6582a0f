// A plenum from start to end: node tests/browser/call.mjs '{"url": "http://127.0.0.1:PORT"}'
// One facilitates at a desk, two guests come by the link, the second of them with a phone.
import assert from "node:assert/strict";
import { openBrowser, Person, PHONE, step, story } from "./people.mjs";
import { hears, sees, silent, until, watched } from "./stats.mjs";

const { url } = JSON.parse(process.argv[2]);
const MOST_ACTIONS = 3;
const LINK_TO_HEARING_S = 20;
let browser;

await story("call", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await Person.come(browser, "Mara");
  const juno = await Person.come(browser, "Juno");
  const kim = await Person.come(browser, "Kim", { viewport: PHONE, hasTouch: true, language: "en" });

  const links = await step("a plenum is started without an account", () => mara.startsPlenum(url, "Plenum"));
  await step("the facilitator enters", () => mara.enters(links.facilitators));

  await step("the echo test brings one's own voice back", async () => {
    const early = await Person.come(browser, "Early");
    await early.open(links.guests);
    await early.page.locator(".meet-prejoin-preview summary").click();
    await early.button("meet.echo-test").click();
    await early.reads("meet.echo-heard");
    await early.close();
  });

  await step("a guest comes from the link to hearing in three actions", async () => {
    const began = Date.now();
    await juno.knocks(links.guests);
    await mara.control("meet.people").getByText(mara.t("meet.waiting-short", { n: 1 })).waitFor();
    await juno.heading("meet.waiting-heading").waitFor();
    await until("a knock is heard", async () => (await watched(mara.page)).tones >= 2);
    await mara.admits("Juno");
    await juno.isInside();
    await hears(juno.page, 1);
    const seconds = (Date.now() - began) / 1000;
    process.stdout.write(`FIGURE link to hearing: ${juno.actions} actions, ${seconds.toFixed(1)} s with the door\n`);
    assert.ok(juno.actions <= MOST_ACTIONS, `${juno.actions} actions`);
    assert.ok(seconds + juno.actions <= LINK_TO_HEARING_S, `${seconds} s and a second an action`);
  });

  await step("a guest on a phone comes too", async () => {
    const began = Date.now();
    await kim.knocks(links.guests);
    await mara.admits("Kim");
    await kim.isInside();
    await hears(kim.page, 2);
    process.stdout.write(`FIGURE link to hearing on a phone: ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
    assert.ok(kim.actions <= MOST_ACTIONS, `${kim.actions} actions`);
  });

  await step("all see and hear all", async () => {
    for (const one of [mara, juno, kim]) await one.turnsCameraOn();
    for (const one of [mara, juno, kim]) {
      await hears(one.page, 2);
      await sees(one.page, 2);
    }
  });

  await chat(mara, juno, kim);
  await hands(mara, juno, kim);
  await muting(mara, juno, kim);
  await moderated(mara, juno, kim);
  await sharing(mara, juno, kim);
  await choices(mara, juno, kim);
  await doors(mara, juno, kim, links);
  for (const one of [mara, juno, kim]) one.threwNothing();
});

async function chat(mara, juno, kim) {
  await step("chat goes both ways, with a badge, and facilitators delete", async () => {
    await mara.shows(null);
    await juno.writes("Hallo zusammen");
    await mara.control("meet.chat").getByText("1", { exact: true }).waitFor();
    await mara.shows("meet.chat");
    await mara.line("Hallo zusammen").waitFor();
    await mara.control("meet.chat").getByText("1", { exact: true }).waitFor({ state: "hidden" });
    await mara.writes("Willkommen");
    await juno.line("Willkommen").waitFor();
    await kim.writes("From a phone: https://example.org/");
    await mara.line("From a phone").getByRole("link").waitFor();
    assert.equal(await juno.button("chat.retract-of", { author: "Mara" }).count(), 0);
    await mara.button("chat.retract-of", { author: "Juno" }).click();
    for (const one of [mara, juno, kim]) await one.line("Hallo zusammen").waitFor({ state: "detached" });
  });
}

async function hands(mara, juno, kim) {
  await step("hands are in the order in which they went up", async () => {
    await juno.shows(null);
    await kim.shows(null);
    await kim.control("meet.hand-raise").click();
    await mara.waitsForHands("Kim");
    await juno.control("meet.hand-raise").click();
    for (const one of [mara, juno]) await one.waitsForHands("Kim", "Juno");
    await mara.button("meet.call-next").click();
    await kim.control("meet.floor-end").waitFor();
    await mara.waitsForHands("Juno");
    await kim.control("meet.floor-end").click();
    await juno.shows(null);
    await juno.control("meet.hand-lower", { n: 1 }).click();
    await mara.waitsForHands();
  });
}

async function muting(mara, juno, kim) {
  await step("facilitators mute; who was muted may speak again", async () => {
    await mara.about("Juno", "meet.mute-person");
    await juno.reads("meet.muted-by", { name: "Mara" });
    await juno.control("meet.unmute").waitFor();
    await mara.chooses("meet.mute-all");
    await kim.control("meet.unmute").waitFor();
    await juno.control("meet.unmute").click();
    await kim.control("meet.unmute").click();
    for (const one of [mara, juno, kim]) await one.control("meet.mute").waitFor();
    await hears(mara.page, 2);
  });
}

async function moderated(mara, juno, kim) {
  await step("moderated: only who has the floor is heard", async () => {
    await mara.chooses("meet.moderated");
    for (const one of [juno, kim]) await one.control("meet.hand-to-speak").first().waitFor();
    await silent(mara.page, "audio", "nobody but the facilitator speaks");
    await juno.control("meet.hand-to-speak").first().click();
    await mara.waitsForHands("Juno");
    await mara.button("meet.call-next").click();
    await juno.reads("meet.you-have-floor");
    await juno.control("meet.unmute").click();
    await hears(mara.page, 1);
    await mara.chooses("meet.moderated");
    await mara.shows("meet.people");
    await mara.button("meet.floor-end").click();
    await kim.control("meet.unmute").click();
    await hears(mara.page, 2);
  });
}

async function sharing(mara, juno, kim) {
  await step("a screen is shared, large for everybody, and taken back", async () => {
    assert.ok(await juno.control("meet.share").isDisabled(), "guests share where the room allows it");
    await mara.shows(null);
    await mara.control("meet.share").click();
    await mara.control("meet.share-stop").waitFor();
    for (const one of [juno, kim]) {
      await one.page.locator(".meet-tile-share[data-main][data-video]").waitFor();
      await until("a sharp picture", async () => {
        const { streams } = await watched(one.page);
        return streams.some((it) => it.kind === "video" && it.width >= 640 && it.frames > 0);
      });
    }
    await mara.control("meet.share-stop").click();
    for (const one of [juno, kim]) await one.page.locator(".meet-tile-share").waitFor({ state: "detached" });
  });
}

async function choices(mara, juno, kim) {
  await step("a name is changed without leaving", async () => {
    await kim.chooses("meet.change-name");
    await kim.field("meet.your-name").fill("Kim K.");
    await kim.press("meet.keep-name");
    for (const one of [mara, juno, kim]) await one.tile("Kim K.").waitFor();
    kim.name = "Kim K.";
  });
  await step("low bandwidth: no pictures come, sound goes on, and back", async () => {
    await kim.chooses("meet.low-bandwidth");
    await kim.reads("meet.low-on");
    await silent(kim.page, "video", "no pictures come");
    await hears(kim.page, 2);
    await hears(juno.page, 2);
    await kim.chooses("meet.low-bandwidth");
    await sees(kim.page, 1);
    await hears(juno.page, 2);
  });
}

async function doors(mara, juno, kim, links) {
  await step("leave and come back without waiting again", async () => {
    await juno.shows(null);
    await juno.control("meet.leave").click();
    await juno.heading("meet.left-title").waitFor();
    await mara.tile("Juno").waitFor({ state: "detached" });
    await juno.page.getByRole("link", { name: juno.t("meet.come-back") }).click();
    assert.equal(await juno.field("meet.your-name").inputValue(), "Juno");
    await juno.press("meet.join-with-microphone");
    await juno.isInside();
    await hears(juno.page, 2);
    await hears(mara.page, 2);
  });
  await step("locked: nobody new comes in", async () => {
    await mara.chooses("meet.lock");
    await juno.reads("meet.is-locked");
    const late = await Person.come(mara.context.browser(), "Late");
    await late.knocks(links.guests);
    await late.reads("identity.room-locked");
    await late.close();
    await mara.chooses("meet.lock");
    await juno.page.getByText(juno.t("meet.is-locked")).waitFor({ state: "detached" });
  });
  await step("who was removed stays outside", async () => {
    await mara.about("Kim K.", "meet.remove");
    await kim.heading("meet.left-removed").waitFor();
    await mara.tile("Kim K.").waitFor({ state: "detached" });
    await kim.knocks(links.guests);
    await kim.reads("identity.removed");
    assert.equal(await kim.control("meet.leave").count(), 0);
  });
  await step("the call ends for everybody, with their sentence", async () => {
    await mara.chooses("meet.end");
    await mara.button("meet.end-really").click();
    for (const one of [mara, juno]) await one.heading("meet.left-ended").waitFor();
  });
}
