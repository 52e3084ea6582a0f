import assert from "node:assert/strict";
import test from "node:test";
import { useTexts } from "../meet/texts";
import { Texts } from "../kit/texts";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import { loudnessOf } from "./kept";
import type { PersonHere, RosterFacts } from "./live";
import { type Heard, People } from "./people";

const [voice, meet] = [textsOf("voice"), textsOf("meet")];
useTexts(Object.assign(new Texts({}, "en"), {
  text: (id: string, values = {}) => (id.startsWith("voice.") ? voice : meet).text(id, values),
}));

function person(identity: string, more: Partial<PersonHere> = {}): PersonHere {
  return { identity, name: identity, role: "member", client: "browser", known: `known ${identity}`, suppressed: false, muted: false, records: false, ...more };
}

function facts(more: Partial<RosterFacts> = {}): RosterFacts {
  const people = [person("ada", { role: "facilitator", client: "mumble" }), person("mel", { client: "web" })];
  return { people, hands: [], floor: null, moderated: false, facilitates: false, waiting: [], ...more };
}

const heard = (talking: string[] = [], whispers: string[] = []): Heard => ({ talking: new Set(talking), whispers: new Set(whispers) });

function shown(): { people: People; asked: string[]; text: (selector: string) => string[]; document: Document } {
  const document = page("<main></main>");
  const values = new Map<string, string>();
  const storage = { getItem: (key: string) => values.get(key) ?? null, setItem: (key: string, value: string) => void values.set(key, value) };
  Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });
  const asked: string[] = [];
  const people = new People({ act: (act, target = "") => void asked.push(`${act} ${target}`), loudness: () => void asked.push("loudness") });
  document.body.append(people.node);
  const text = (selector: string): string[] => [...people.node.querySelectorAll(selector)].filter((one) => !one.closest("[hidden]")).map((one) => one.textContent ?? "");
  return { people, asked, text, document };
}

test("who is here is shown with role, kind of client and place in the list, who talks in words too", () => {
  const { people, text } = shown();
  people.update(facts({ hands: ["ada"] }), "mel", heard(["ada"]));
  assert.deepEqual(text(".voice-name"), ["ada", "mel (you)"]);
  assert.deepEqual(text(".voice-about"), ["Facilitator · Mumble · hand raised, place 1 · talks", "Member · Sound only"]);
  assert.equal(people.node.querySelectorAll("[data-talks]").length, 1);
  people.update(facts({ people: [person("mel", { suppressed: true })] }), "mel", heard());
  assert.deepEqual(text(".voice-about"), ["Member · Call in the browser · waits for the floor"]);
});

test("one sets how loud others are, and silences them for oneself, but not oneself", () => {
  const { people, asked, document } = shown();
  people.update(facts(), "mel", heard());
  const sliders = people.node.querySelectorAll<HTMLInputElement>("input[type=range]");
  assert.equal(sliders.length, 1);
  const [slider] = sliders;
  assert.ok(slider);
  slider.value = "150";
  slider.dispatchEvent(event(document, "input"));
  assert.deepEqual(loudnessOf("known ada"), { volume: 1.5, silent: false });
  const silent = people.node.querySelector<HTMLInputElement>("input[type=checkbox]");
  assert.ok(silent);
  silent.click();
  assert.equal(loudnessOf("known ada").silent, true);
  assert.ok(asked.every((one) => one === "loudness"));
});

test("only facilitators see who waits and call the next one", () => {
  const { people, asked, text } = shown();
  people.update(facts({ hands: ["mel"], floor: "ada" }), "mel", heard());
  assert.deepEqual(text("button .word").filter((one) => !one.startsWith("Volume")), []);
  assert.deepEqual(text(".voice-floor"), ["ada has the floor"]);
  people.update(facts({ hands: ["mel"], floor: "ada", facilitates: true, waiting: [{ key: "g1", name: "Zug" }] }), "ada", heard());
  for (const button of people.node.querySelectorAll<HTMLButtonElement>("section:not([hidden]) > .cluster button:not([hidden]), li.cluster button")) button.click();
  assert.deepEqual(asked, ["admit g1", "refuse g1", "next ", "end-floor ", "moderate "]);
});

test("facilitators give the floor, mute, let speak again and put out; nobody else is offered that", () => {
  const everybody = [person("ada", { role: "facilitator" }), person("mel", { muted: true }), person("bo")];
  const another = shown();
  another.people.update(facts({ people: everybody }), "bo", heard());
  assert.equal(another.people.node.querySelectorAll("[aria-controls^=voice-order]:not([hidden])").length, 0);
  const { people, asked, text } = shown();
  people.update(facts({ people: everybody, facilitates: true, hands: ["mel"], floor: "bo", moderated: true }), "ada", heard());
  const unfolds = [...people.node.querySelectorAll<HTMLButtonElement>("[aria-controls^=voice-order]:not([hidden])")];
  assert.equal(unfolds.length, 3);
  for (const one of unfolds) one.click();
  for (const one of people.node.querySelectorAll<HTMLButtonElement>(".voice-order:not([hidden]) button:not([hidden])")) one.click();
  assert.deepEqual(asked.splice(0), [
    "give-floor ada", "give-floor mel", "lower mel", "unmute mel", "remove mel", "mute bo", "remove bo",
  ]);
  assert.deepEqual(text(".voice-about"), ["Facilitator · Call in the browser", "Member · Call in the browser · hand raised, place 1 · muted by a facilitator", "Member · Call in the browser"]);
  const rule = text(".voice-people p");
  assert.ok(rule.includes("Moderated: whoever has the floor speaks."), String(rule));
  for (const one of people.node.querySelectorAll<HTMLButtonElement>("section > .cluster [aria-pressed=true], section > .cluster button:last-child")) one.click();
  assert.deepEqual(asked, ["open ", "unmute-all "]);
  people.update(facts({ people: everybody }), "ada", heard());
  assert.equal(people.node.querySelectorAll(".voice-order:not([hidden])").length, 0);
});

test("a whisper is marked as one", () => {
  const { people, text } = shown();
  people.update(facts(), "mel", heard([], ["ada"]));
  assert.deepEqual(text(".voice-about")[0], "Facilitator · Mumble · talks to you and few others only");
  assert.equal(people.node.querySelectorAll("[data-talks][data-whispers]").length, 1);
  people.update(facts(), "mel", heard());
  assert.equal(people.node.querySelectorAll("[data-talks]").length, 0);
});
