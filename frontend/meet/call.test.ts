import assert from "node:assert/strict";
import test from "node:test";
import { page } from "../tests/page";
import { Call, type Participant, type Track } from "./call";
import { Slots, VOICE } from "./slots";
import { Loudspeakers } from "./sound";

function participant(identity: string, more: object = {}): Participant {
  return { identity, isMicrophoneEnabled: true, isSpeaking: false, audioTrackPublications: new Map(), ...more } as unknown as Participant;
}

/** A call without a connection: only what it reads from the room. */
function calling(...others: Participant[]): Call {
  const call = Object.create(Call.prototype) as Call;
  const remoteParticipants = new Map(others.map((one) => [one.identity, one]));
  return Object.assign(call, { room: { localParticipant: participant("me"), remoteParticipants }, slots: new Slots() });
}

const at = (second: number): object => ({ joinedAt: new Date(1000 * second) });

test("who only carries the voices of others is heard, and is nobody", () => {
  const call = calling(participant("late", at(9)), participant(VOICE, at(2)), participant("early", at(1)));
  assert.deepEqual(call.people.map((one) => one.identity), ["me", "early", "late"]);
  assert.deepEqual(call.heard.map((one) => one.identity), ["late", VOICE, "early"]);
});

test("whoever is in a slot speaks, unless their microphone is off", () => {
  const mara = participant("mara");
  const call = calling(mara);
  assert.equal(call.speaks(mara), false);
  call.slots.all({ "slot-1": "mara" });
  assert.equal(call.speaks(mara), true);
  assert.equal(call.speaks(participant("mara", { isMicrophoneEnabled: false })), false);
  assert.equal(call.speaks(participant("juno", { isSpeaking: true })), true);
});

test("the tracks in which people take turns are played like all others", () => {
  const document = page("<main></main>");
  const track = { attach: () => document.createElement("audio"), detach: (one: Element) => [one] } as unknown as Track;
  const publication = { audioTrack: track, isSubscribed: true };
  const call = calling(participant(VOICE, { audioTrackPublications: new Map([["slot-1", publication]]) }));
  const loudspeakers = new Loudspeakers();
  loudspeakers.update(call);
  loudspeakers.update(call);
  assert.equal(loudspeakers.node.querySelectorAll("audio").length, 1);
  loudspeakers.update(calling());
  assert.equal(loudspeakers.node.querySelectorAll("audio").length, 0);
});
