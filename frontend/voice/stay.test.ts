import assert from "node:assert/strict";
import test, { mock, type TestContext } from "node:test";
import { FakeContext, FakePeer, FakeSocket, FakeStream, withoutBrowser } from "../tests/sound";
import type { RosterFacts } from "./live";
import { Stay } from "./stay";

interface Request {
  method: string;
  path: string;
  body: Record<string, unknown>;
}

interface Scene {
  stay: Stay;
  stream: FakeStream;
  told: unknown[];
  asked: Request[];
  /** What the server answers from now on. */
  answers: { status: number; body: object };
  peer(): FakePeer;
  socket(): FakeSocket;
  pass(ms: number): Promise<void>;
}

const INSIDE = { sdp: "a=fingerprint:sha-256 AA\r\n", identity: "mel-1", name: "Mel", speak: true };

/** Lets everything happen that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
}

function scene(t: TestContext): Scene {
  withoutBrowser();
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const told: unknown[] = [];
  const asked: Request[] = [];
  const answers = { status: 201, body: INSIDE as object };
  globalThis.fetch = ((path: string, request: RequestInit) => {
    const body = typeof request.body === "string" ? (JSON.parse(request.body) as Record<string, unknown>) : {};
    asked.push({ method: request.method ?? "GET", path, body });
    return Promise.resolve(new Response(JSON.stringify(answers.body), { status: answers.status }));
  }) as typeof fetch;
  const stay = new Stay({ room: 7, slots: 2, name: "Mel", link: null }, new FakeContext() as unknown as AudioContext, {
    change: () => undefined,
    text: (line) => void told.push(line.text),
    said: () => void told.push("said"),
    fresh: () => void told.push("fresh"),
    notice: (sentence) => void told.push(sentence),
    microphoneGone: () => void told.push("microphone gone"),
    refused: (reason) => void told.push(["refused", (reason as { id?: string }).id]),
    over: (why) => void told.push(why),
  });
  const last = <T>(all: T[]): T => {
    const one = all.at(-1);
    assert.ok(one);
    return one;
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    mock.timers.tick(ms);
    // An answer of fetch is read in turns of the loop, not of promises alone.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((next) => setImmediate(next));
    await settle();
  };
  return { stay, stream: new FakeStream(), told, asked, answers, peer: () => last(FakePeer.all), socket: () => last(FakeSocket.all), pass };
}

/** Comes in with a microphone, connected by both ways. */
async function come(t: TestContext): Promise<Scene> {
  const found = scene(t);
  await found.stay.start(found.stream as unknown as MediaStream);
  found.peer().turns("connected");
  found.socket().opens();
  await found.pass(0);
  return found;
}

const roster = (more: Partial<RosterFacts> = {}): RosterFacts => ({ people: [], hands: [], floor: null, moderated: false, facilitates: false, waiting: [], ...more });
const offers = ({ asked }: Scene): Request[] => asked.filter(({ method }) => method === "POST");

test("who comes in offers, is connected by both ways, and is heard only while talking", async (t) => {
  const { stay, asked, stream, peer, socket } = await come(t);
  assert.equal(stay.connection, "on");
  assert.deepEqual(asked.map(({ path }) => path), ["/api/v1/rooms/7/voice"]);
  assert.deepEqual(asked[0]?.body, { sdp: "offer 0.1", name: "Mel", link: null, again: null, listens: false });
  assert.match(socket().url, /^wss:.*\/voice\/live\?me=mel-1$/);
  assert.equal(stream.tracks[0]?.enabled, false);
  assert.equal(peer().encodings[0]?.active, false);
  stay.talk();
  assert.deepEqual([stream.tracks[0]?.enabled, peer().encodings[0]?.active], [true, true]);
});

test("who waits at the door asks again, and leaves the door when going", async (t) => {
  const found = scene(t);
  found.answers.body = { state: "waiting", key: "g1" };
  await found.stay.start(null);
  assert.equal(found.stay.connection, "waiting");
  assert.equal(found.asked[0]?.body["listens"], true);
  found.answers.body = INSIDE;
  await found.pass(20_000);
  assert.equal(offers(found).length, 2);
  assert.equal(offers(found)[1]?.body["again"], null);
  assert.equal(found.stay.me, "mel-1");
  found.stay.leave();
  assert.deepEqual(found.told.at(-1), "left");
  assert.deepEqual(found.asked.at(-1)?.method, "DELETE");
});

test("after a cut the same connection goes on, as who one was", async (t) => {
  const found = await come(t);
  found.peer().turns("failed");
  assert.equal(found.stay.connection, "cut");
  await found.pass(1);
  assert.equal(FakePeer.all.length, 1);
  assert.deepEqual(found.peer().offers, [false, true]);
  assert.equal(offers(found).at(-1)?.body["again"], "mel-1");
  found.peer().turns("connected");
  assert.equal(found.stay.connection, "on");
});

test("an answer of another server process is taken by another connection, with the same microphone", async (t) => {
  const found = await come(t);
  found.answers.body = { ...INSIDE, sdp: "a=fingerprint:sha-256 BB\r\n" };
  found.peer().turns("failed");
  await found.pass(1);
  assert.equal(FakePeer.all.length, 2);
  assert.equal(found.peer().sends, found.stream.tracks[0]);
  assert.equal(found.stream.tracks[0]?.stopped, false);
  found.peer().turns("connected");
  assert.equal(found.stay.connection, "on");
});

test("a server that is away is asked again until it is back", async (t) => {
  const found = await come(t);
  found.answers.status = 503;
  found.peer().turns("failed");
  for (let second = 0; second < 4; second += 1) await found.pass(1000);
  assert.ok(offers(found).length >= 4);
  found.answers.status = 201;
  await found.pass(1000);
  found.peer().turns("connected");
  assert.deepEqual([found.stay.connection, found.told.filter((one) => Array.isArray(one))], ["on", []]);
});

test("the server asks for another offer while one is on its way: the newer one counts", async (t) => {
  const found = await come(t);
  found.peer().turns("failed");
  mock.timers.tick(1);
  found.socket().hears("offer");
  await found.pass(1);
  await found.pass(1);
  assert.equal(FakePeer.all.length, 2);
  assert.equal(FakePeer.all[0]?.connectionState, "closed");
  found.peer().turns("connected");
  assert.equal(found.stay.connection, "on");
  assert.deepEqual(found.told.filter((one) => Array.isArray(one)), []);
});

test("what the server refuses for good ends the stay with the reason", async (t) => {
  const found = await come(t);
  Object.assign(found.answers, { status: 403, body: { error: "identity.removed" } });
  found.peer().turns("failed");
  await found.pass(1);
  assert.deepEqual(found.told.at(-1), ["refused", "identity.removed"]);
});

test("a live connection that breaks is made anew; one that the server does not know begins all anew", async (t) => {
  const found = await come(t);
  found.socket().breaks();
  await found.pass(1000);
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(offers(found).length, 1);
  found.socket().breaks(4000);
  await found.pass(1);
  assert.equal(FakePeer.all.length, 2);
  assert.equal(offers(found).length, 2);
});

test("who is muted by a facilitator is heard again by talking, or is let speak again and stays shut", async (t) => {
  const { stay, socket, stream, pass } = await come(t);
  stay.talk();
  socket().hears("muted", { on: true });
  await pass(200);
  assert.deepEqual([stay.muted, stream.tracks[0]?.enabled], [true, false]);
  stay.talk();
  assert.deepEqual(socket().asked, [{ do: "mute", on: false }]);
  assert.equal(stay.muted, false);
  socket().hears("muted", { on: true });
  socket().hears("muted", { on: false });
  await pass(200);
  assert.deepEqual([stay.muted, stream.tracks[0]?.enabled], [false, false]);
});

test("who is held back does not talk, whatever they press", async (t) => {
  const { stay, socket } = await come(t);
  stay.talk();
  socket().hears("rights", { speak: false });
  assert.equal(stay.gate.isOpen, false);
  stay.talk();
  assert.equal(stay.gate.isOpen, false);
});

test("slots say who is heard, whispers who talks to a few", async (t) => {
  const { stay, socket } = await come(t);
  socket().hears("roster", roster({ hands: ["mel-1"] }));
  socket().hears("slot", { slot: 1, identity: "ada", aimed: false });
  socket().hears("slot", { slot: 2, identity: "zoe", aimed: true });
  socket().hears("talking", { identity: "ada", on: true });
  assert.deepEqual([[...stay.whispers], [...stay.talking], stay.handIsUp], [["zoe"], ["ada"], true]);
  socket().hears("slot", { slot: 2, identity: "", aimed: false });
  socket().hears("talking", { identity: "ada", on: false });
  assert.deepEqual([[...stay.whispers], [...stay.talking]], [[], []]);
});

test("what is asked without a connection is not done, and says so", async (t) => {
  const { stay, socket, told } = await come(t);
  assert.equal(stay.ask({ do: "say", text: "hallo" }), true);
  socket().hears("said");
  socket().hears("refused", { do: "say", text: "Too fast." });
  assert.deepEqual(told.slice(-2), ["said", "Too fast."]);
  socket().breaks();
  assert.equal(stay.ask({ do: "say", text: "hallo" }), false);
});

test("a microphone that is gone ends one's talking and is told", async (t) => {
  const { stay, stream, told } = await come(t);
  stay.talk();
  stream.tracks[0]?.tell("ended");
  assert.deepEqual([stay.gate.isOpen, stay.hasMicrophone, told.at(-1)], [false, false, "microphone gone"]);
});

test("who is put out is told why, and nothing goes on", async (t) => {
  const found = await come(t);
  found.socket().hears("over", { why: "removed" });
  await found.pass(30_000);
  assert.equal(found.told.at(-1), "removed");
  assert.equal(offers(found).length, 1);
  assert.equal(found.peer().connectionState, "closed");
  assert.equal(found.stream.tracks[0]?.stopped, true);
});
