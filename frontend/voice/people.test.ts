import assert from "node:assert/strict";
import test from "node:test";
import { useTexts } from "../meet/texts";
import { Texts } from "../kit/texts";
import { textsOf } from "../tests/catalogue";
import { event, page } from "../tests/page";
import { loudnessOf } from "./kept";
import type { PersonHere, RosterFacts } from "./live";
import { People } from "./people";

const [voice, meet] = [textsOf("voice"), textsOf("meet")];
useTexts(Object.assign(new Texts({}, "en"), {
  text: (id: string, values = {}) => (id.startsWith("voice.") ? voice : meet).text(id, values),
}));

function person(identity: string, more: Partial<PersonHere> = {}): PersonHere {
  return { identity, name: identity, role: "member", client: "browser", known: `known ${identity}`, suppressed: false, ...more };
}

function facts(more: Partial<RosterFacts> = {}): RosterFacts {
  const people = [person("ada", { role: "facilitator", client: "mumble" }), person("mel", { client: "web" })];
  return { people, hands: [], floor: null, moderated: false, facilitates: false, waiting: [], ...more };
}

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
  people.update(facts({ hands: ["ada"] }), "mel", new Set(["ada"]));
  assert.deepEqual(text(".voice-name"), ["ada", "mel (you)"]);
  assert.deepEqual(text(".voice-about"), ["Facilitator · Mumble · hand raised, place 1 · talks", "Member · Sound only"]);
  assert.equal(people.node.querySelectorAll("[data-talks]").length, 1);
  people.update(facts({ people: [person("mel", { suppressed: true })] }), "mel", new Set());
  assert.deepEqual(text(".voice-about"), ["Member · Call in the browser · waits for the floor"]);
});

test("one sets how loud others are, and silences them for oneself, but not oneself", () => {
  const { people, asked, document } = shown();
  people.update(facts(), "mel", new Set());
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
  people.update(facts({ hands: ["mel"], floor: "ada" }), "mel", new Set());
  assert.deepEqual(text("button .word").filter((one) => !one.startsWith("Volume")), []);
  assert.deepEqual(text(".voice-floor"), ["ada has the floor"]);
  people.update(facts({ hands: ["mel"], floor: "ada", facilitates: true, waiting: [{ key: "g1", name: "Zug" }] }), "ada", new Set());
  for (const button of people.node.querySelectorAll<HTMLButtonElement>("section:not([hidden]) .cluster button:not([hidden])")) button.click();
  assert.deepEqual(asked, ["admit g1", "refuse g1", "next ", "end-floor "]);
});
