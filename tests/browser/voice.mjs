// One person in the call, one on the light page: they hear each other, and what is held back is.
//   node tests/browser/voice.mjs '{"url": "http://..."}'
import assert from "node:assert/strict";
import { axe } from "./axe.mjs";
import { openBrowser, Person, PHONE, step, story } from "./people.mjs";
import { until } from "./stats.mjs";
import { listen, remember, whistle } from "./tones.mjs";

const { url } = JSON.parse(process.argv[2]);
const MARA_HERTZ = 660;
const JUNO_HERTZ = 440;
const NEAR = 0.02;
let browser;

/** Runs in the page before its scripts: counts what is sent, and breaks a connection. */
function meddle() {
  const peers = [];
  const Peer = globalThis.RTCPeerConnection;
  if (!Peer) return;
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(...rest) {
      super(...rest);
      peers.push(this);
    }
  };
  globalThis.packetsSent = async () => {
    const stats = await Promise.all(peers.filter((one) => one.connectionState !== "closed").map((one) => one.getStats()));
    const sent = stats.flatMap((one) => [...one.values()]).filter(({ type }) => type === "outbound-rtp");
    return sent.reduce((sum, { packetsSent }) => sum + packetsSent, 0);
  };
  /** What the open connections carried since they began: bytes of all datagrams, both ways. */
  globalThis.carried = async () => {
    const stats = await Promise.all(peers.filter((one) => one.connectionState === "connected").map((one) => one.getStats()));
    const ways = stats.flatMap((one) => [...one.values()]).filter(({ type }) => type === "transport");
    const sum = (name) => ways.reduce((all, one) => all + one[name], 0);
    return { up: sum("bytesSent"), down: sum("bytesReceived"), packetsUp: sum("packetsSent"), packetsDown: sum("packetsReceived") };
  };
  // The page learns that its connection is gone; coming back by ICE is then real.
  globalThis.cut = () => {
    const peer = peers.at(-1);
    Object.defineProperty(peer, "connectionState", { value: "failed", configurable: true });
    peer.dispatchEvent(new Event("connectionstatechange"));
    delete peer.connectionState;
  };
}

async function come(name, hertz, more) {
  const person = await Person.come(browser, name, more);
  await person.context.addInitScript(remember);
  await person.context.addInitScript(whistle, hertz);
  await person.context.addInitScript(meddle);
  return person;
}

/** Axe has nothing to say, and nothing is wider than its window. */
async function looksGood(one, where) {
  assert.deepEqual(await axe(one.page), [], where);
  assert.ok((await one.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, where);
  if (process.env.ALLMENDE_PICTURES) {
    await one.page.screenshot({ path: `${process.env.ALLMENDE_PICTURES}/voice-${where}.png`, fullPage: true });
  }
}

/** Kilobits a second that a page sends and receives, for a while. */
async function rates(person, ms = 3000) {
  const look = () => person.page.evaluate(async () => ({ at: performance.now(), ...(await globalThis.carried()) }));
  const before = await look();
  await new Promise((next) => setTimeout(next, ms));
  const after = await look();
  const kbps = (name) => ((after[name] - before[name]) * 8) / (after.at - before.at);
  return { up: kbps("up"), down: kbps("down") };
}

/** The light page of a room that a link leads to. */
function bySound(link) {
  const page = new URL(link);
  page.pathname = page.pathname.replace(/^(\/r\/[^/]+).*/, "$1/voice");
  return page.href;
}

const loud = (person) => person.page.evaluate(() => void (globalThis.volume.gain.value = 0.5));
const hears = (person, ms = 1500) => person.page.evaluate(listen, ms);
const stateOf = (person) => person.page.locator(".voice-state").getAttribute("data-state");
const say = (line) => process.stdout.write(`FIGURE ${line}\n`);
const isNear = (found, hertz) => Math.abs(found - hertz) < hertz * NEAR;

/** Waits until a tone of this pitch comes in. */
const hearsTone = (person, hertz) =>
  until(`${person.name} hears ${hertz} Hz`, async () => isNear((await hears(person, 600)).hertz, hertz), 20_000);
const hearsNothing = (person) => until(`${person.name} hears nothing`, async () => (await hears(person, 600)).loud === 0);

await story("voice", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await come("Mara", MARA_HERTZ);
  const juno = await come("Juno", JUNO_HERTZ, { viewport: PHONE, hasTouch: true });
  const kim = await come("Kim", JUNO_HERTZ);
  const talk = juno.page.locator(".voice-talk");
  await step("Juno comes to the light page by a link and waits at the door", async () => {
    const links = await mara.startsPlenum(url);
    await mara.enters(links.facilitators);
    kim.link = bySound(links.facilitators);
    await juno.open(bySound(links.guests));
    await juno.type("meet.your-name", "Juno");
  });
  await step("before that Juno hears an echo by the same path", async () => {
    await juno.page.locator("summary", { hasText: juno.t("voice.check-microphone") }).click();
    await until("a microphone", () => juno.page.evaluate(() => Boolean(globalThis.volume)));
    await juno.page.evaluate(() => delete globalThis.volume);
    await juno.press("meet.echo-test");
    await until("another microphone", () => juno.page.evaluate(() => Boolean(globalThis.volume)));
    await loud(juno);
    await juno.reads("meet.echo-heard");
    await hearsTone(juno, JUNO_HERTZ);
    await looksGood(juno, "echo");
    await juno.press("voice.echo-end");
  });
  await step("Juno knocks", async () => {
    await juno.press("voice.join-talking");
    await until("Juno waits", async () => (await stateOf(juno)) === "waiting");
  });
  await step("Mara lets Juno in", async () => {
    await mara.admits("Juno");
    const began = Date.now();
    await until("Juno is in", async () => (await stateOf(juno)) === "not-heard");
    say(`from the door into the room: ${((Date.now() - began) / 1000).toFixed(1)} s`);
    await mara.page.locator(".meet-roster .meet-client", { hasText: mara.t("meet.client-web") }).waitFor();
  });
  await step("Juno hears Mara", async () => {
    await loud(mara);
    await loud(juno);
    await hearsTone(juno, MARA_HERTZ);
    await juno.page.locator(".voice-row[data-talks]", { hasText: "Mara" }).waitFor();
  });
  await step("nobody hears Juno until the button is held, and nobody after it", async () => {
    assert.equal((await hears(mara)).loud, 0);
    await talk.focus();
    await juno.page.keyboard.down(" ");
    await hearsTone(mara, JUNO_HERTZ);
    assert.equal(await stateOf(juno), "heard");
    await juno.page.keyboard.up(" ");
    assert.equal(await stateOf(juno), "not-heard");
    await hearsNothing(mara);
  });
  await step("after the button is let go nothing is sent any more", async () => {
    const sent = () => juno.page.evaluate(() => globalThis.packetsSent());
    await until("packets end", async () => {
      const before = await sent();
      await new Promise((next) => setTimeout(next, 500));
      return (await sent()) === before;
    });
  });
  await step("with an open microphone Mara hears Juno all the time", async () => {
    await juno.page.getByLabel(juno.t("voice.way-open")).check();
    await hearsTone(mara, JUNO_HERTZ);
  });
  await step("one who talks and hears one talker needs little of the network", async () => {
    const { up, down } = await rates(juno);
    say(`light page: ${up.toFixed(0)} kbit/s up, ${down.toFixed(0)} kbit/s down`);
    assert.ok(up > 8 && up <= 40, `${up} kbit/s up`);
  });
  await step("Juno raises a hand, and both can write", async () => {
    await juno.press("voice.raise-hand");
    await mara.waitsForHands("Juno");
    await juno.page.getByLabel(juno.t("voice.message")).fill("Hallo aus dem Zug");
    await juno.press("voice.send");
    await mara.shows("meet.chat");
    await mara.line("Hallo aus dem Zug").waitFor();
    await mara.writes("Hallo Juno");
    await juno.page.locator(".voice-lines", { hasText: "Hallo Juno" }).waitFor();
  });
  await step("what is refused stays in the field", async () => {
    const field = juno.page.getByLabel(juno.t("voice.message"));
    await until("it is free again", async () => (await field.inputValue()) === "");
    const long = "x".repeat(4500);
    await field.fill(long);
    await juno.press("voice.send");
    await juno.page.locator(".voice-own .voice-said").filter({ hasText: /./ }).waitFor();
    assert.equal((await field.inputValue()).length, long.length);
    await field.fill("");
    await looksGood(juno, "refused");
  });
  await step("in a moderated room Juno is held back, whatever the page does", async () => {
    await mara.chooses("meet.moderated");
    await until("Juno is held back", async () => (await stateOf(juno)) === "held-back");
    await hearsNothing(mara);
    await mara.chooses("meet.moderated");
    await until("Juno may talk", async () => ["heard", "not-heard"].includes(await stateOf(juno)));
  });
  await step("the live connection breaks, and Juno is back by the same leg", async () => {
    await juno.page.evaluate(() => globalThis.cut());
    await hearsTone(juno, MARA_HERTZ);
    assert.equal(await juno.page.locator(".voice-row", { hasText: "Juno" }).count(), 1);
  });
  await step("a facilitator shuts the microphone, and Juno opens it again", async () => {
    await mara.about("Juno", "meet.mute-person");
    await until("Juno is muted", async () => (await stateOf(juno)) === "muted");
    await hearsNothing(mara);
    await talk.click();
    await hearsTone(mara, JUNO_HERTZ);
  });
  await step("or a facilitator lets it open again, which opens nothing by itself", async () => {
    await mara.about("Juno", "meet.mute-person");
    await until("Juno is muted", async () => (await stateOf(juno)) === "muted");
    await mara.about("Juno", "meet.unmute-person");
    await until("Juno may talk", async () => (await stateOf(juno)) === "not-heard");
    await hearsNothing(mara);
  });
  await step("who facilitates by sound alone keeps order: floor, microphones, and who is put out", async () => {
    await kim.open(kim.link);
    await kim.type("meet.your-name", "Kim");
    await kim.press("voice.join-listening");
    await kim.button("meet.more-about", { name: "Juno" }).click();
    await kim.press("meet.moderated");
    await until("Juno is held back", async () => (await stateOf(juno)) === "held-back");
    await kim.press("meet.give-floor");
    await until("Juno has the floor", async () => (await stateOf(juno)) === "not-heard");
    await looksGood(kim, "facilitating");
    await looksGood(juno, "moderated");
    await kim.press("meet.mute-person");
    await until("Juno is muted", async () => (await stateOf(juno)) === "muted");
    await kim.press("meet.unmute-person");
    await until("Juno may talk", async () => (await stateOf(juno)) === "not-heard");
    await kim.press("meet.remove");
    await juno.reads("voice.over-removed");
    await looksGood(juno, "removed");
  });
  await step("Kim leaves, and Mara sees it at once", async () => {
    await kim.press("voice.leave");
    await kim.reads("voice.left");
    await mara.shows("meet.people");
    await until("both are gone", async () => (await mara.page.locator(".meet-roster .meet-client").filter({ visible: true }).count()) === 0);
    for (const one of [mara, juno, kim]) one.threwNothing();
  });
});
