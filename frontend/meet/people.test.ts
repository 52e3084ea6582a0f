import assert from "node:assert/strict";
import test from "node:test";
import { textsOf } from "../tests/catalogue";
import type { CallState } from "./api";
import type { Call, Participant } from "./call";
import { clientWord, hue, initials, people, type Person, withoutVideo } from "./people";
import { useTexts } from "./texts";

useTexts(textsOf("meet"));

const NOTHING: CallState = {
  hands: [],
  floor: null,
  locked: false,
  moderated: false,
  spotlight: null,
  acting: null,
  people: 3,
  cameras_fit: 3,
};

function someone(identity: string, attributes: Record<string, string> = {}): Participant {
  const more = { name: identity, isMicrophoneEnabled: true, isCameraEnabled: false, connectionQuality: "unknown" };
  return { identity, attributes, getTrackPublication: () => undefined, ...more } as unknown as Participant;
}

function seen(state: Partial<CallState> = {}, speaks = ""): Person[] {
  const me = someone("me", { "allmende.role": "member" });
  const mara = someone("mara", { "allmende.client": "mumble", "allmende.role": "member" });
  const others = [mara, someone("web", { "allmende.client": "web" }), someone("odd", { "allmende.client": "gramophone" })];
  const call = { me, people: [me, ...others], speaks: (one: Participant) => one.identity === speaks } as unknown as Call;
  return people(call, { ...NOTHING, ...state });
}

test("two letters stand for a face, whatever the script", () => {
  assert.equal(initials("Eule Nachtwache"), "EN");
  assert.equal(initials("jo"), "J");
  assert.equal(initials("Ayşe de la Cruz"), "AC");
  assert.equal(initials("  "), "");
});

test("a person keeps the same of six colours", () => {
  assert.equal(hue("abcd"), hue("abcd"));
  assert.match(hue("somebody"), /^[0-5]$/);
});

test("what somebody came with is known; a word that is not, counts as a browser", () => {
  assert.deepEqual(seen().map((one) => one.client), ["browser", "mumble", "web", "browser"]);
  assert.deepEqual(withoutVideo(seen()).map((one) => one.identity), ["mara", "web"]);
  assert.deepEqual(seen().map((one) => clientWord(one.client)), ["", "Mumble, no video", "Sound only", ""]);
});

test("with another program one raises hands, has the floor and speaks like all others", () => {
  const [, mara] = seen({ hands: ["me", "mara"], spotlight: "mara" }, "mara");
  assert.deepEqual([mara?.hand, mara?.floor, mara?.spotlight, mara?.speaking], [2, false, true, true]);
  assert.equal(seen({ floor: "mara" })[1]?.floor, true);
});
