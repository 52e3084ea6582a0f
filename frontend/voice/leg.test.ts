import assert from "node:assert/strict";
import test from "node:test";
import { FakeContext, FakePeer, FakeStream, withoutBrowser } from "../tests/sound";
import { BITRATE_BPS, VoiceLeg } from "./leg";

interface Scene {
  leg: VoiceLeg;
  peer: FakePeer;
  context: FakeContext;
  told: unknown[];
}

function scene(slots = 3): Scene {
  withoutBrowser();
  const context = new FakeContext();
  const told: unknown[] = [];
  const leg = new VoiceLeg(slots, context as unknown as AudioContext, {
    connection: (on) => void told.push(on ? "connected" : "cut"),
    sound: (allowed) => void told.push(allowed ? "sound" : "no sound"),
    microphone: () => void told.push("microphone gone"),
  });
  const [peer] = FakePeer.all;
  assert.ok(peer);
  return { leg, peer, context, told: told.splice(0) && told };
}

const stream = (): { it: MediaStream; fake: FakeStream } => {
  const fake = new FakeStream();
  return { it: fake as unknown as MediaStream, fake };
};

test("it offers one section that sends and one for each slot, and the same anew after a cut", async () => {
  const { leg, peer } = scene();
  assert.deepEqual(peer.directions, ["sendonly", "recvonly", "recvonly", "recvonly"]);
  await leg.offer();
  await leg.offer(true);
  assert.deepEqual(peer.offers, [false, true]);
  assert.equal(peer.directions.length, 4);
});

test("a microphone is shut until it is opened, and sends little, or nothing at all", async () => {
  const { leg, peer } = scene();
  const { it, fake } = stream();
  const [track] = fake.tracks;
  await leg.take(it);
  assert.equal(track?.enabled, false);
  assert.equal(peer.sends, track);
  leg.open(true);
  assert.equal(track?.enabled, true);
  await leg.answered("a=fingerprint:sha-256 AA\r\n");
  assert.deepEqual(peer.encodings, [{ active: true, maxBitrate: BITRATE_BPS }]);
  leg.send(false);
  assert.equal(peer.encodings[0]?.active, false);
});

test("another microphone takes the place of the first, which is let go; so is the last one at the end", async () => {
  const { leg } = scene();
  const [first, second] = [stream(), stream()];
  await leg.take(first.it);
  await leg.take(second.it);
  assert.deepEqual([first, second].map(({ fake }) => fake.tracks[0]?.stopped), [true, false]);
  leg.close();
  leg.close();
  assert.equal(second.fake.tracks[0]?.stopped, true);
});

test("a microphone that is handed on is not let go", async () => {
  const { leg } = scene();
  const { it, fake } = stream();
  await leg.take(it);
  assert.equal(leg.giveUp(), it);
  leg.close();
  assert.equal(fake.tracks[0]?.stopped, false);
  assert.equal(leg.hasMicrophone, false);
});

test("a microphone that is pulled out is told, but not one that was replaced", async () => {
  const { leg, told } = scene();
  const [first, second] = [stream(), stream()];
  await leg.take(first.it);
  await leg.take(second.it);
  first.fake.tracks[0]?.tell("ended");
  assert.deepEqual(told, []);
  second.fake.tracks[0]?.tell("ended");
  assert.deepEqual(told, ["microphone gone"]);
  assert.equal(leg.hasMicrophone, false);
});

test("it tells when packets go both ways and when they do not", () => {
  const { peer, told } = scene();
  for (const state of ["connecting", "connected", "disconnected", "failed", "closed"]) peer.turns(state);
  assert.deepEqual(told, ["connected", "cut", "cut"]);
});

test("it tells when the browser plays nothing, until it is closed", () => {
  const { leg, context, told } = scene();
  context.state = "suspended";
  context.tell("statechange");
  void context.resume();
  leg.close();
  context.tell("statechange");
  assert.deepEqual(told, ["no sound", "sound"]);
});

test("an answer of another server process does not fit to this connection", async () => {
  const { leg } = scene();
  const answer = (key: string): string => `v=0\r\na=fingerprint:sha-256 ${key}\r\na=mid:0\r\n`;
  assert.ok(leg.goesOnWith(answer("AA")));
  await leg.answered(answer("AA"));
  assert.ok(leg.goesOnWith(answer("AA")));
  assert.ok(!leg.goesOnWith(answer("BB")));
});
