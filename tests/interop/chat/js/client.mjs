// npm's @xmpp/client against a server: both ways in, messages, presence, a wire that is cut.
//   NODE_EXTRA_CA_CERTS=AUTHORITY node tests/interop/chat/js/client.mjs PLAIN DIRECT SOCKET NAME APP_PASSWORD NAME APP_PASSWORD
// Prints a line for each proof and ends with 0 if all hold.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const found = createRequire(`${process.cwd()}/build/xmpp-client/package.json`).resolve.paths("x")[0];
const { client, xml } = await import(pathToFileURL(`${found}/@xmpp/client/index.js`));
const [plain, direct, socket, first, firstPassword, second, secondPassword] = process.argv.slice(2);
const WITHIN_MS = 20_000;

const ok = (sentence) => process.stdout.write(`ok ${sentence}\n`);
const late = (sentence) =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`not within ${WITHIN_MS} ms: ${sentence}`)), WITHIN_MS).unref());

const person = (service, username, password) => {
  const one = client({ service, domain: "localhost", username, password });
  one.heard = [];
  one.waiting = [];
  one.on("error", () => {});
  one.on("stanza", (stanza) => {
    one.heard.push(stanza);
    one.waiting = one.waiting.filter((look) => !look(stanza));
  });
  return one;
};

// Resolves with the first stanza that fits, one that came already or one that comes.
const hears = (one, sentence, fits) => {
  const known = one.heard.find(fits);
  const coming = new Promise((resolve) => one.waiting.push((stanza) => fits(stanza) && (resolve(stanza), true)));
  return known ? Promise.resolve(known) : Promise.race([coming, late(sentence)]);
};
const says = (text) => (stanza) => stanza.is("message") && stanza.getChildText("body") === text;
const presence = (type) => (stanza) => stanza.is("presence") && stanza.attrs.type === type;
const chat = (to, text, id) => xml("message", { to, type: "chat", id }, xml("body", {}, text));

const anna = person(`xmpp://127.0.0.1:${plain}`, first, firstPassword);
const ben = person(`xmpps://localhost:${direct}`, second, secondPassword);
const [annaJid, benJid] = await Promise.race([Promise.all([anna.start(), ben.start()]), late("both are in")]);
assert.equal(annaJid.bare().toString(), `${first}@localhost`);
assert.equal(benJid.bare().toString(), `${second}@localhost`);
assert.ok(anna.isSecure() && ben.isSecure());
ok("one signs in by STARTTLS, one by direct TLS");
await Promise.all([anna.send(xml("presence")), ben.send(xml("presence"))]);

await anna.send(xml("presence", { to: `${second}@localhost`, type: "subscribe" }));
await hears(ben, "ben is asked", presence("subscribe"));
await ben.send(xml("presence", { to: `${first}@localhost`, type: "subscribed" }));
await hears(anna, "anna may see ben", presence("subscribed"));
await hears(anna, "anna sees ben", (stanza) => presence(undefined)(stanza) && stanza.attrs.from === benJid.toString());
ok("who asks for presence and is let gets it");

await anna.send(chat(benJid.bare().toString(), "first", "m1"));
const got = await hears(ben, "the first message", says("first"));
assert.equal(got.attrs.from, annaJid.toString());
assert.ok(got.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id);
ok("a message arrives, with the id of its archive");

assert.ok(ben.streamManagement.enabled && ben.streamManagement.id);
const resumed = new Promise((resolve) => ben.streamManagement.once("resumed", resolve));
ben.socket.socket.destroy();
for (const number of [1, 2, 3]) await anna.send(chat(benJid.bare().toString(), `cut ${number}`, `c${number}`));
await Promise.race([resumed, late("resumed")]);
await hears(ben, "what was said meanwhile", says("cut 3"));
const cut = ben.heard.map((stanza) => stanza.getChildText("body")).filter((text) => text?.startsWith("cut"));
assert.deepEqual(cut, ["cut 1", "cut 2", "cut 3"]);
assert.equal(ben.jid.toString(), benJid.toString());
ok("a cut wire is resumed, nothing is lost, doubled or out of order");

await ben.send(chat(annaJid.bare().toString(), "back", "m2"));
await hears(anna, "an answer", says("back"));
ok("what was resumed goes on both ways");

const page = person(socket, first, firstPassword);
const pageJid = await Promise.race([page.start(), late("in by WebSocket")]);
assert.equal(pageJid.bare().toString(), `${first}@localhost`);
await page.send(chat(benJid.bare().toString(), "framed", "m3"));
await hears(ben, "what was framed", says("framed"));
ok("one signs in and writes by WebSocket");

const nobody = person(`xmpp://127.0.0.1:${plain}`, first, `${firstPassword}x`);
nobody.reconnect.stop();
await assert.rejects(Promise.race([nobody.start(), late("refused")]), { name: "SASLError", condition: "not-authorized" });
ok("a wrong password is refused, by the condition for it");

for (const one of [nobody, anna, ben, page]) one.reconnect.stop();
await Promise.all([anna.stop(), ben.stop(), nobody.stop(), page.stop()]);
