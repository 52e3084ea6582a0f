// npm's @tf2pickup-org/mumble-client against a server: channels, moves, permissions, refusals.
//   node tests/interop/voice/js/control.mjs PORT TOKEN
// Prints a line for each proof and ends with 0 if all hold.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const found = createRequire(`${process.cwd()}/build/mumble-client/package.json`).resolve.paths("x")[0];
const { Client } = await import(pathToFileURL(`${found}/@tf2pickup-org/mumble-client/dist/index.js`));
const [port, token] = [Number(process.argv[2]), process.argv[3]];

const come = async (username, password) => {
  const client = new Client({ host: "127.0.0.1", port, username, password, rejectUnauthorized: false });
  client.on("error", () => {});
  await client.connect();
  return client;
};
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

await assert.rejects(() => come("mallory", "certainly-not-a-token"), (reason) => {
  assert.match(reason.message, /passwor/i);
  return true;
});
ok("a wrong password is refused");

const gone = new Promise((done) => anna.on("disconnect", done));
const again = await come("anna", token);
await gone;
assert.ok(again.self.name.startsWith("anna"));
ok("a new login with the same credential replaces the old one");

again.disconnect();
process.exit(0);
