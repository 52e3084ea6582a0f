import assert from "node:assert/strict";
import test from "node:test";
import { PadServer, until } from "../tests/padserver";
import { PadClient, type Status } from "./client";
import type { Timers } from "./saving";

/** Time passes fifty times as fast. */
const hasty: Timers = {
  set: (callback, ms) => setTimeout(callback, ms / 50),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

async function withServer(story: (server: PadServer, join: (author?: string) => PadClient) => Promise<void>): Promise<void> {
  const server = await PadServer.open();
  const clients: PadClient[] = [];
  const join = (author?: string): PadClient => {
    const { makeSocket, socketUrl } = server;
    const client = new PadClient(server.pad(author), { makeSocket, socketUrl, timers: hasty });
    clients.push(client);
    client.start();
    return client;
  };
  try {
    await story(server, join);
  } finally {
    for (const client of clients) client.stop();
    server.close();
  }
}

const textOf = (client: PadClient): string => client.copy?.doc.getText("body").toString() ?? "";
const write = (client: PadClient, at: number, words: string): void => client.copy?.doc.getText("body").insert(at, words);
const take = (client: PadClient, at: number, n: number): void => client.copy?.doc.getText("body").delete(at, n);
const is = (client: PadClient, status: Status): (() => boolean) => () => client.status === status;

test("two writers have the same text, and each knows that it is saved", () =>
  withServer(async (server, join) => {
    const [one, other] = [join("1"), join("2")];
    await until(is(one, "saved"));
    await until(is(other, "saved"));
    write(one, 0, "hello ");
    write(other, 0, "world ");
    await until(() => textOf(one).length === 12 && textOf(one) === textOf(other));
    await until(() => one.status === "saved" && other.status === "saved");
    assert.equal(server.doc.getText("body").toString(), textOf(one));
    assert.deepEqual(server.offered[0]?.[0], "allmende.pad.1");
  }));

test("what others wrote has an author, and a new clientID each time", () =>
  withServer(async (server, join) => {
    const [one, other] = [join("1"), join("2")];
    await until(is(one, "saved"));
    await until(is(other, "saved"));
    const before = other.copy?.doc.clientID ?? 0;
    await until(() => one.people.authorOf(before) === "2");
    assert.deepEqual(one.people.here, ["1", "2"]);
    assert.equal(one.people.person("2")?.name, "name 2");
    server.cut(1012);
    await until(is(other, "offline"));
    await until(is(other, "saved"));
    assert.notEqual(other.copy?.doc.clientID, before);
    assert.equal(other.copy?.awareness.clientID, other.copy?.doc.clientID);
  }));

test("nothing is called saved before the server stored it", () =>
  withServer(async (server, join) => {
    server.stores = false;
    const client = join();
    await until(is(client, "saved"));
    write(client, 0, "abc");
    await until(() => server.doc.getText("body").toString() === "abc");
    assert.equal(client.status, "saving");
    server.tell({ t: "unsaved" });
    await until(() => client.delayed);
    server.saveNow();
    await until(is(client, "saved"));
    assert.equal(client.delayed, false);
  }));

test("a deletion is saved a while after the server stored something", () =>
  withServer(async (server, join) => {
    server.doc.getText("body").insert(0, "abc");
    const client = join();
    await until(is(client, "saved"));
    take(client, 0, 1);
    assert.equal(client.status, "saving");
    await until(() => textOf(client) === server.doc.getText("body").toString());
    await until(is(client, "saved"));
  }));

test("what was written without a connection merges with what others wrote meanwhile", () =>
  withServer(async (server, join) => {
    server.doc.getText("body").insert(0, "first line\nsecond line");
    const client = join();
    await until(is(client, "saved"));
    server.down = true;
    server.cut();
    await until(is(client, "offline"));
    write(client, 0, "offline ");
    server.doc.getText("body").insert(21, "!");
    server.down = false;
    await until(is(client, "saved"));
    assert.equal(textOf(client), "offline first line\nsecond lin!e");
    assert.equal(server.doc.getText("body").toString(), textOf(client));
  }));

test("a paragraph that others took away while one wrote in it is offered to copy", () =>
  withServer(async (server, join) => {
    server.doc.getText("body").insert(0, "keep\ngo away\nkeep too");
    const client = join();
    await until(is(client, "saved"));
    const lost: string[][] = [];
    client.on("vanished", (texts) => lost.push(texts));
    server.down = true;
    server.cut();
    await until(is(client, "offline"));
    // A replaced line: everything in it is taken away, as when a paragraph is.
    client.copy?.doc.transact(() => {
      take(client, 5, 7);
      write(client, 5, "precious words");
    });
    server.swap();
    server.doc.getText("body").insert(0, "keep\nkeep too");
    server.down = false;
    await until(is(client, "saved"));
    assert.deepEqual(lost, [["precious words"]]);
    assert.equal(textOf(client), "keep\nkeep too");
  }));

test("a reader follows the text and writes nothing, whatever the editor tries", () =>
  withServer(async (server, join) => {
    server.capability = "read";
    server.doc.getText("body").insert(0, "to read");
    const reader = join("9");
    await until(is(reader, "readonly"));
    write(reader, 0, "not ");
    server.doc.getText("body").insert(7, " on");
    await until(() => textOf(reader).endsWith("to read on"));
    assert.equal(server.doc.getText("body").toString(), "to read on");
  }));

test("a lock ends writing; what came too late for it is offered to copy", () =>
  withServer(async (server, join) => {
    server.doc.getText("body").insert(0, "done\n");
    const client = join();
    await until(is(client, "saved"));
    const lost: string[][] = [];
    client.on("vanished", (texts) => lost.push(texts));
    server.locked = true;
    write(client, 5, "too late");
    server.capability = "read";
    server.tell({ t: "locked", locked: true, capability: "read" });
    await until(() => lost.length === 1);
    await until(is(client, "readonly"));
    assert.deepEqual(lost, [["too late"]]);
    assert.equal(textOf(client), "done\n");
    server.locked = false;
    server.capability = "edit";
    for (const guest of server.guests) guest.session.capability = "edit";
    server.tell({ t: "locked", locked: false, capability: "edit" });
    await until(is(client, "saved"));
    write(client, 0, "again ");
    await until(() => server.doc.getText("body").toString() === "again done\n");
  }));

test("a new generation is a new document", () =>
  withServer(async (server, join) => {
    server.doc.getText("body").insert(0, "old");
    const client = join();
    await until(is(client, "saved"));
    const before = client.copy?.doc;
    server.swap();
    server.doc.getText("body").insert(0, "new");
    server.cut(4409);
    await until(() => client.copy?.doc !== before && client.status === "saved");
    assert.equal(textOf(client), "new");
    assert.equal(server.doc.getText("body").toString(), "new");
  }));

test("a pad that is gone is not asked for again", () =>
  withServer(async (server, join) => {
    const client = join();
    await until(is(client, "saved"));
    server.cut(4404);
    await until(is(client, "ended"));
    const asked = server.calls.length;
    client.reconnect();
    assert.equal(server.calls.length, asked);
    assert.equal(client.endedBy, "pads.editor-gone");
    server.gone = true;
    const late = join();
    await until(is(late, "ended"));
  }));

test("a right that was taken away is asked for once more", () =>
  withServer(async (server, join) => {
    const client = join();
    await until(is(client, "saved"));
    server.capability = "read";
    server.cut(4403);
    await until(is(client, "readonly"));
    server.cut(4403);
    await until(is(client, "ended"));
    assert.equal(client.endedBy, "pads.editor-no-right");
  }));

test("a full pad says so until what is written fits again", () =>
  withServer(async (server, join) => {
    server.stores = false;
    const client = join();
    await until(is(client, "saved"));
    const said: string[] = [];
    client.on("said", (id) => said.push(id));
    write(client, 0, "too much");
    server.tell({ t: "error", id: "pads.full", text: "The pad is full." });
    await until(is(client, "full"));
    assert.deepEqual(said, ["pads.full"]);
    server.saveNow();
    await until(is(client, "saved"));
  }));

test("fast typing is gathered, so that the limit of edits is not met", () =>
  withServer(async (server, join) => {
    const client = join();
    await until(is(client, "saved"));
    let messages = 0;
    server.doc.on("update", () => (messages += 1));
    for (let letter = 0; letter < 40; letter += 1) {
      write(client, letter, "x");
      await new Promise((done) => setImmediate(done));
    }
    await until(() => server.doc.getText("body").length === 40);
    assert.ok(messages < 30, String(messages));
  }));

test("others see where the caret is, and no longer when the connection is gone", () =>
  withServer(async (server, join) => {
    const [one, other] = [join("1"), join("2")];
    await until(is(one, "saved"));
    await until(is(other, "saved"));
    one.showCaret({ anchor: 1, head: 2 });
    const seen = (): unknown => other.copy?.awareness.getStates().get(one.copy?.doc.clientID ?? 0);
    await until(() => seen() !== undefined);
    assert.deepEqual(seen(), { cursor: { anchor: 1, head: 2 } });
    server.down = true;
    server.cut();
    await until(is(other, "offline"));
    assert.equal(other.copy?.awareness.getStates().size ?? 0, 0);
  }));
