import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { page } from "../tests/page";
import type { Participant } from "./call";
import type { Person } from "./people";
import { Roster } from "./roster";
import { useTexts } from "./texts";

useTexts(textsOf("meet"));

function person(identity: string, more: Partial<Person> = {}): Person {
  return {
    identity,
    name: identity,
    me: false,
    role: "member",
    client: "browser",
    microphone: true,
    camera: false,
    sharing: false,
    speaking: false,
    hand: 0,
    floor: false,
    muted: false, records: false,
    spotlight: false,
    quality: "unknown" as Person["quality"],
    participant: {} as Participant,
    ...more,
  };
}

function list(): { roster: Roster; asked: string[]; rows: () => string[]; shown: (selector: string) => string } {
  page("<main></main>");
  const asked: string[] = [];
  const heard = (name: string) => (one?: unknown): void => void asked.push(`${name} ${JSON.stringify(one ?? null)}`);
  const names = ["callNext", "call", "lower", "floorEnd", "admit", "refuse", "admitAll", "invite"] as const;
  const actions = Object.fromEntries(names.map((name) => [name, heard(name)])) as unknown as ConstructorParameters<typeof Roster>[0];
  const roster = new Roster({ ...actions, open: (one) => void asked.push(`open ${one.identity}`) });
  const texts = (selector: string): string[] =>
    [...roster.node.querySelectorAll<HTMLElement>(selector)].filter((one) => !one.closest("[hidden]")).map((one) => one.textContent ?? "");
  return { roster, asked, rows: () => [...roster.node.querySelectorAll("section:last-child .meet-row-words")].map(words), shown: (selector) => texts(selector).join() };
}

function words(row: Element): string {
  const parts = [...row.children].filter((one) => !(one as HTMLElement).hidden);
  return parts.map((one) => one.textContent).join("|");
}

const MARA = person("mara", { client: "mumble", hand: 1 });

test("who came with another program stands in the roster with it, in words", () => {
  const { roster, rows, shown } = list();
  roster.update([person("ana", { me: true }), MARA, person("jo", { client: "web", role: "guest" })], false);
  assert.deepEqual(rows(), ["ana (you)|Member", "mara|Member|Mumble, no video", "jo|Guest|Sound only"]);
  assert.equal(shown(".meet-blind"), "2 people see no video");
  roster.update([person("ana", { me: true })], false);
  assert.equal(shown(".meet-blind"), "");
});

test("their hands are in the list, and facilitators give them the floor or lower the hand", () => {
  const { roster, asked } = list();
  roster.update([person("ana", { me: true, role: "facilitator" }), MARA], true);
  const hand = roster.node.querySelector(".meet-hands ol li");
  assert.match(hand?.textContent ?? "", /mara/);
  for (const button of hand?.querySelectorAll("button") ?? []) button.click();
  assert.deepEqual(asked, ['call "mara"', 'lower "mara"']);
});

test("who speaks is shown as an icon and said in words", () => {
  const { roster, shown } = list();
  roster.update([{ ...MARA, speaking: true }], false);
  assert.equal(shown("section:last-child .only-heard"), "speaking");
  roster.update([{ ...MARA, microphone: false }], false);
  assert.equal(shown("section:last-child .only-heard"), "microphone is off");
});
