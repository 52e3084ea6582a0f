// One person in the call, one on the light page: they hear each other, and what is held back is.
//   node tests/browser/voice.mjs '{"url": "http://..."}'
import assert from "node:assert/strict";
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

const loud = (person) => person.page.evaluate(() => void (globalThis.volume.gain.value = 0.5));
const hears = (person, ms = 1500) => person.page.evaluate(listen, ms);
const stateOf = (person) => person.page.locator(".voice-state").getAttribute("data-state");
const isNear = (found, hertz) => Math.abs(found - hertz) < hertz * NEAR;

/** Waits until a tone of this pitch comes in. */
const hearsTone = (person, hertz) =>
  until(`${person.name} hears ${hertz} Hz`, async () => isNear((await hears(person, 600)).hertz, hertz), 20_000);
const hearsNothing = (person) => until(`${person.name} hears nothing`, async () => (await hears(person, 600)).loud === 0);

await story("voice", () => [browser], async () => {
  browser = await openBrowser();
  const mara = await come("Mara", MARA_HERTZ);
  const juno = await come("Juno", JUNO_HERTZ, { viewport: PHONE, hasTouch: true });
  const talk = juno.page.locator(".voice-talk");
  await step("Juno comes to the light page by a link and waits at the door", async () => {
    const links = await mara.startsPlenum(url);
    await mara.enters(links.facilitators);
    const page = new URL(links.guests);
    page.pathname = page.pathname.replace(/^(\/r\/[^/]+).*/, "$1/voice");
    await juno.open(page.href);
    await juno.type("meet.your-name", "Juno");
    await juno.press("voice.join-talking");
    await until("Juno waits", async () => (await stateOf(juno)) === "waiting");
  });
  await step("Mara lets Juno in", async () => {
    await mara.admits("Juno");
    const began = Date.now();
    await until("Juno is in", async () => (await stateOf(juno)) === "not-heard");
    process.stdout.write(`FIGURE from the door into the room: ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
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
  await step("Juno leaves, and Mara sees it at once", async () => {
    await juno.press("voice.leave");
    await juno.reads("voice.left");
    await mara.shows("meet.people");
    await until("Juno is gone", async () => (await mara.page.locator(".meet-roster .meet-client").filter({ visible: true }).count()) === 0);
    for (const one of [mara, juno]) one.threwNothing();
  });
});
