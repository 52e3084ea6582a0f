// People of our server and of another one, with npm's @xmpp/client: what goes both ways.
//   NODE_EXTRA_CA_CERTS=AUTHORITIES node tests/interop/chat/js/federation.mjs MODE '{"own": {..}, "peer": {..}}'
// MODE: "talk", or "refused" where the other server shows a certificate that nobody believes.
// Each side: domain, service, name, password; register: whether the account is made first.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import net from "node:net";
import { pathToFileURL } from "node:url";

const found = createRequire(`${process.cwd()}/build/xmpp-client/package.json`).resolve.paths("x")[0];
const { client, xml } = await import(pathToFileURL(`${found}/@xmpp/client/index.js`));
const [mode, given] = process.argv.slice(2);
const { own, peer } = JSON.parse(given);
const WITHIN_MS = 40_000;

const ok = (sentence) => process.stdout.write(`ok ${sentence}\n`);
const late = (sentence) =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`not within ${WITHIN_MS} ms: ${sentence}`)), WITHIN_MS).unref());

const register = ({ domain, service, name, password }) =>
  new Promise((resolve, reject) => {
    const [, host, port] = /\/\/(.*):(\d+)/.exec(service);
    const socket = net.connect(Number(port), host);
    const query = `<query xmlns='jabber:iq:register'><username>${name}</username><password>${password}</password></query>`;
    let heard = "";
    let asked = false;
    socket.on("error", reject);
    socket.on("connect", () =>
      socket.write(`<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='${domain}'>`),
    );
    socket.on("data", (data) => {
      heard += data;
      if (!asked && heard.includes("</stream:features>")) {
        asked = true;
        socket.write(`<iq type='set' id='r1'>${query}</iq>`);
      }
      if (/<iq[^>]*type=['"]result/.test(heard)) socket.end(), resolve();
      else if (/<iq[^>]*type=['"]error/.test(heard)) socket.end(), reject(new Error(heard));
    });
  });

const person = async (side) => {
  if (side.register) await register(side);
  const one = client({ service: side.service, domain: side.domain, username: side.name, password: side.password });
  one.heard = [];
  one.waiting = [];
  one.on("error", (problem) => process.stderr.write(`${side.name}: ${problem}\n`));
  one.on("stanza", (stanza) => {
    if (process.env.TRACE) process.stderr.write(`${side.name} < ${stanza}\n`);
    one.heard.push(stanza);
    one.waiting = one.waiting.filter((look) => !look(stanza));
  });
  one.full = (await Promise.race([one.start(), late(`${side.name} is in`)])).toString();
  one.bare = one.full.split("/")[0];
  await one.iqCaller.request(xml("iq", { type: "get" }, xml("query", "jabber:iq:roster")));
  await one.send(xml("presence"));
  return one;
};

// Resolves with the first stanza that fits, one that came already or one that comes.
const hears = (one, sentence, fits) => {
  const known = one.heard.find(fits);
  const coming = new Promise((resolve) => one.waiting.push((stanza) => fits(stanza) && (resolve(stanza), true)));
  return known ? Promise.resolve(known) : Promise.race([coming, late(`${one.bare}: ${sentence}`)]);
};
const says = (text, type) => (stanza) =>
  stanza.is("message") && stanza.getChildText("body") === text && (!type || stanza.attrs.type === type);
const presence = (from, type) => (stanza) =>
  stanza.is("presence") && stanza.attrs.type === type && (stanza.attrs.from ?? "").startsWith(from);
const chat = (to, text, type = "chat") => xml("message", { to, type, id: `m-${text}` }, xml("body", {}, text));

const anna = await person(own);
const zoe = await person(peer);

const messages = async () => {
  await anna.send(chat(zoe.bare, "hello"));
  const got = await hears(zoe, "a message", says("hello"));
  assert.equal(got.attrs.from, anna.full);
  await zoe.send(chat(anna.bare, "answer"));
  assert.equal((await hears(anna, "an answer", says("answer"))).attrs.from, zoe.full);
  ok("messages go both ways");
};

const seeing = async () => {
  for (const [one, other] of [[anna, zoe], [zoe, anna]]) {
    await one.send(xml("presence", { to: other.bare, type: "subscribe" }));
    await hears(other, "a question", presence(one.bare, "subscribe"));
    await other.send(xml("presence", { to: one.bare, type: "subscribed" }));
    await hears(one, "a yes", presence(other.bare, "subscribed"));
    await hears(one, "who is here", presence(other.full, undefined));
  }
  for (const [one, other] of [[anna, zoe], [zoe, anna]]) {
    await one.send(xml("presence", { type: "unavailable" }));
    await hears(other, "who is gone", presence(one.full, "unavailable"));
    other.heard = other.heard.filter((stanza) => !presence(one.full, undefined)(stanza));
    await one.send(xml("presence"));
    await hears(other, "who is here again", presence(one.full, undefined));
  }
  ok("presence goes both ways, once it is allowed");
};

const join = (room, nick) => xml("presence", { to: `${room}/${nick}` }, xml("x", "http://jabber.org/protocol/muc"));
const room = async (address, first, second, name) => {
  await first.send(join(address, "first"));
  await hears(first, "the own presence", presence(`${address}/first`, undefined));
  const owner = xml("query", "http://jabber.org/protocol/muc#owner", xml("x", { xmlns: "jabber:x:data", type: "submit" }));
  await first.iqCaller.request(xml("iq", { type: "set", to: address }, owner));
  await second.send(join(address, "second"));
  await hears(second, "who is in the room", presence(`${address}/first`, undefined));
  await hears(first, "who came", presence(`${address}/second`, undefined));
  for (const one of [first, second]) {
    const text = `${name} of ${one === first ? "first" : "second"}`;
    await one.send(chat(address, text, "groupchat"));
    for (const ear of [first, second]) await hears(ear, text, says(text, "groupchat"));
  }
  await second.send(xml("presence", { to: `${address}/second`, type: "unavailable" }));
  await hears(first, "who left", presence(`${address}/second`, "unavailable"));
  await first.send(xml("presence", { to: `${address}/first`, type: "unavailable" }));
};

const upload = async () => {
  const data = "minutes of the meeting\n";
  const wanted = { xmlns: "urn:xmpp:http:upload:0", filename: "minutes.txt", size: data.length, "content-type": "text/plain" };
  const answer = await anna.iqCaller.request(
    xml("iq", { type: "get", to: `files.${own.domain}` }, xml("request", wanted)),
  );
  const slot = answer.getChild("slot", "urn:xmpp:http:upload:0");
  const put = await fetch(slot.getChild("put").attrs.url, { method: "PUT", body: data, headers: { "content-type": "text/plain" } });
  assert.equal(put.status, 201);
  const url = slot.getChild("get").attrs.url;
  await anna.send(xml("message", { to: zoe.bare, type: "chat" }, xml("body", {}, url), xml("x", "jabber:x:oob", xml("url", {}, url))));
  const got = await hears(zoe, "where the file is", says(url));
  const file = await fetch(got.getChild("x", "jabber:x:oob").getChildText("url"));
  assert.equal(await file.text(), data);
  ok("a file goes over");
};

const questions = async () => {
  for (const [one, domain] of [[anna, peer.domain], [zoe, own.domain]]) {
    const answer = await one.iqCaller.request(
      xml("iq", { type: "get", to: domain }, xml("query", "http://jabber.org/protocol/disco#info")),
    );
    assert.equal(answer.attrs.from, domain);
    assert.ok(answer.getChild("query").getChildren("feature").length > 5);
  }
  await assert.rejects(
    zoe.iqCaller.request(xml("iq", { type: "get", to: `nobody@${own.domain}` }, xml("query", "http://jabber.org/protocol/disco#info"))),
  );
  ok("questions are answered both ways, and an account that is not there stays hidden");
};

const refused = async () => {
  for (const [one, other] of [[anna, zoe], [zoe, anna]]) {
    await one.send(chat(other.bare, `from ${one.bare}`));
    await hears(one, "a refusal", (stanza) => stanza.is("message") && stanza.attrs.type === "error" && stanza.attrs.from === other.bare);
    assert.ok(!other.heard.some(says(`from ${one.bare}`)));
  }
  ok("nothing goes over where a certificate is not believed");
};

if (mode === "talk") {
  await messages();
  await questions();
  await seeing();
  await room(`hall@rooms.${peer.domain}`, zoe, anna, "theirs");
  ok("a room of theirs with one of ours");
  await room(`hall@rooms.${own.domain}`, anna, zoe, "ours");
  ok("a room of ours with one of theirs");
  await upload();
} else await refused();
await Promise.all([anna.stop(), zoe.stop()]);
process.exit(0);
