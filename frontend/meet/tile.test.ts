import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import { page } from "../tests/page";
import type { Client, Person } from "./people";
import { useTexts } from "./texts";
import { Tile } from "./tile";

useTexts(textsOf("meet"));

function tile(client: Client, more: Partial<Person> = {}): HTMLElement {
  page("");
  const person = { identity: "mara", name: "Mara", client, microphone: true, hand: 0, quality: "unknown", ...more };
  const participant = { getTrackPublication: () => undefined };
  const made = new Tile("mara", "person", () => undefined);
  made.update({ ...person, participant } as unknown as Person);
  return made.node;
}

test("a tile says what its person came with, where that shows no video", () => {
  const shown = (client: Client): string => {
    const mark = tile(client).querySelector<HTMLElement>(".meet-tile-client");
    return mark?.hidden ? "" : (mark?.textContent ?? "");
  };
  assert.deepEqual(["browser", "mumble", "web"].map((client) => shown(client as Client)), ["", "Mumble", "No video"]);
  assert.equal(tile("mumble").querySelector(".meet-tile-client")?.getAttribute("title"), "Mumble, no video");
});

test("the tile of who speaks lights up, whatever they came with", () => {
  assert.equal(tile("mumble", { speaking: true }).hasAttribute("data-speaking"), true);
  assert.equal(tile("mumble", { speaking: false }).hasAttribute("data-speaking"), false);
});
