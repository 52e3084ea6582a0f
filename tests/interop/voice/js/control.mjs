// npm's @tf2pickup-org/mumble-client against a server: channels, moves, permissions, refusals.
//   node tests/interop/voice/js/control.mjs PORT TOKEN
// Prints a line for each proof and ends with 0 if all hold.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const found = createRequire(`${process.cwd()}/build/mumble-client/package.json`).resolve.paths("x")[0];
const { Client, ConnectionRejectedError } = await import(pathToFileURL(`${found}/@tf2pickup-org/mumble-client/dist/index.js`));
const [port, token] = [Number(process.argv[2]), process.argv[3]];
const WITHIN_MS = 20_000;

// connect() makes the promise that a Reject fails, then awaits three writes, and only then looks
// at that promise. A refusal that is quicker than the writes is therefore "unhandled", and may
// also end the writes. It is one nevertheless, and counted as one; anything else unhandled ends us.
let refuse;
const refusal = new Promise((resolve) => (refuse = resolve));
process.on("unhandledRejection", (reason) => {
  if (!(reason instanceof ConnectionRejectedError)) throw reason;
  refuse(reason);
});

const come = async (username, password) => {
  const client = new Client({ host: "127.0.0.1", port, username, password, rejectUnauthorized: false });
  client.on("error", () => {});
  await client.connect();
  return client;
};
const late = (sentence) =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`not within ${WITHIN_MS} ms: ${sentence}`)), WITHIN_MS).unref());
const ok = (sentence) => process.stdout.write(`ok ${sentence}\n`);
const refused = async (sentence, tried) => {
  await assert.rejects(tried, (reason) => !(reason.name ?? "").includes("CommandTimedOut"), sentence);
  ok(sentence);
};

const anna = await come("anna", token);
ok(`logged in as ${anna.self.name}, ${anna.welcomeText ? "welcomed" : "not welcomed"}`);
assert.ok(anna.welcomeText);
const room = anna.self.channel;
assert.notEqual(room.id, 0, "in the room of the token");
const rights = await room.getPermissions();
assert.ok(rights.canSpeak ?? rights.speak ?? true);
ok("permissions of the room are answered");

await anna.self.setSelfMute(true);
assert.equal(anna.self.selfMute, true);
await anna.self.setSelfMute(false);
ok("muted and unmuted oneself");
await anna.self.setSelfDeaf(true);
assert.equal(anna.self.selfMute, true, "who is deaf is mute");
await anna.self.setSelfDeaf(false);
ok("deafened and undeafened oneself");

await anna.self.moveToChannel(0);
assert.equal(anna.self.channelId, 0);
await anna.self.moveToChannel(room.id);
assert.equal(anna.self.channelId, room.id);
ok("moved home and back");

await refused("a name is not changed", () => anna.self.rename("boss"));
await refused("a guest makes no channel at home", () => anna.channels.root.createSubChannel("Secret"));
await refused("a room is not removed", () => room.remove());
await refused("rights are not read by a guest", () => room.fetchAcl());

const sentence = "a wrong password is refused, by the message for it";
await assert.rejects(Promise.race([come("mallory", "certainly-not-a-token"), late(sentence)]), (reason) => {
  if (reason instanceof ConnectionRejectedError) refuse(reason);
  return true;
});
assert.match((await Promise.race([refusal, late(sentence)])).message, /passwor/i);
ok(sentence);

const gone = new Promise((done) => anna.on("disconnect", done));
const again = await come("anna", token);
await Promise.race([gone, late("the old connection is told to go")]);
assert.ok(again.self.name.startsWith("anna"));
ok("a new login with the same credential replaces the old one");

again.disconnect();
process.exit(0);
