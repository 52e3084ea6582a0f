// A stock client (yjs, y-websocket, ws) types marks, sign by sign, at the end of a paragraph.
// node writer.mjs '{"url": "ws://HOST/p/ws", "ticket", "client", "paragraph": n, "marks": [...],
//   "wanted": [...], "keys_per_s", "within_ms"}'
// Tells {"paragraphs": [...], "codes": [...]}: the text it has once it has all that is wanted.
import WebSocket from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { missing, party, pause, until } from "./turns.mjs";

const task = JSON.parse(process.argv[2]);
const doc = new Y.Doc();
doc.clientID = task.client;
const body = doc.getXmlFragment("body");
const provider = new WebsocketProvider(task.url, "live", doc, {
  WebSocketPolyfill: WebSocket,
  params: { ticket: task.ticket },
  disableBc: true,
  connect: false,
});
const codes = [];
provider.on("connection-close", (event) => {
  // A ticket is good for one connection.
  provider.shouldConnect = false;
  codes.push(event?.code ?? 0);
});

const paragraphs = () =>
  body.toArray().map((block) => block.toArray().map((text) => text.toJSON()).join(""));

async function begin() {
  provider.connect();
  await until("in sync", () => provider.synced, 15_000, () => `closed with ${codes}`);
  return act;
}

async function act() {
  const line = body.get(task.paragraph).get(0);
  for (const mark of task.marks) {
    // One sign too much, and it is taken away again, as people do.
    for (const sign of [...mark.slice(0, -1), "x", null, mark.at(-1), " "]) {
      if (sign === null) line.delete(line.length - 1, 1);
      else line.insert(line.length, sign);
      await pause(1000 / task.keys_per_s);
    }
  }
  await until("all marks", () => !missing(task.wanted, paragraphs()).length, task.within_ms, () =>
    JSON.stringify({ missing: missing(task.wanted, paragraphs()), codes }),
  );
  return { paragraphs: paragraphs(), codes };
}

await party(begin, () => provider.destroy());
