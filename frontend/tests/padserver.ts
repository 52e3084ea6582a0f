/** A small live server for tests: y-protocols as y-websocket speaks them, and our control messages. */

import { createDecoder, readVarUint, readVarUint8Array } from "lib0/decoding";
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import { WebSocket, WebSocketServer } from "ws";
import * as Y from "yjs";
import type { Pad, Session } from "../pads/api";
import { Refused } from "../pads/api";
import type { Socket } from "../pads/line";
import type { Capability, Control } from "../pads/wire";

type Write = (encoder: ReturnType<typeof createEncoder>) => void;

interface Guest {
  socket: WebSocket;
  session: Session;
  client: number;
}

export class PadServer {
  doc = new Y.Doc();
  kind: "rich" | "text" = "text";
  generation = 0;
  capability: Capability = "edit";
  locked = false;
  /** Whether edits are told to be on disk. */
  stores = true;
  down = false;
  gone = false;
  author = "1";
  readonly offered: string[][] = [];
  readonly calls: string[] = [];
  readonly guests = new Set<Guest>();
  private readonly server: WebSocketServer;
  private readonly tickets = new Map<string, { session: Session; client: number }>();
  private readonly authors: Record<string, string> = {};
  private number = 0;

  private constructor() {
    this.server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
    this.server.on("connection", (socket, request) => this.connected(socket, request.headers));
    this.follow();
  }

  static async open(): Promise<PadServer> {
    const server = new PadServer();
    await new Promise<void>((done) => server.server.on("listening", done));
    return server;
  }

  /** The pad as one author sees it. */
  pad(author?: string): Pad {
    return {
      session: (client) => this.session(author ?? this.author, client),
      state: async () => {
        this.calls.push("state");
        return Y.encodeStateAsUpdate(this.doc);
      },
      call: async () => undefined,
    };
  }

  readonly makeSocket = (url: string, protocols: string[]): Socket => new WebSocket(url, protocols) as unknown as Socket;

  readonly socketUrl = (path: string): string => `ws://127.0.0.1:${this.server.address().port}${path}`;

  tell(control: Control): void {
    for (const guest of this.guests) this.control(guest.socket, control);
  }

  saveNow(): void {
    const sv = Buffer.from(Y.encodeStateVector(this.doc)).toString("base64");
    this.tell({ t: "saved", sv });
  }

  cut(code?: number): void {
    for (const { socket } of this.guests) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
    this.guests.clear();
  }

  /** A document with another identity takes the place of this one. */
  swap(): void {
    this.doc = new Y.Doc();
    this.generation += 1;
    this.follow();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private async session(author: string, client: number): Promise<Session> {
    this.calls.push("session");
    if (this.down) throw new Refused(0, "");
    if (this.gone) throw new Refused(404, "pads.not-found");
    const ticket = `t${(this.number += 1)}`;
    const session: Session = {
      ticket,
      url: "/p/ws/live",
      capability: this.capability,
      author: { id: author, name: `name ${author}`, colour: Number(author) },
      guid: `pad-${this.generation}`,
      kind: this.kind,
      language: "",
      locked: this.locked,
      ends_at: null,
      room: null,
      limits: { text_bytes: 1_000_000, message_bytes: 512_000, updates_per_s: 20 },
    };
    this.tickets.set(ticket, { session, client });
    this.authors[String(client)] = author;
    return session;
  }

  private connected(socket: WebSocket, headers: Record<string, string>): void {
    const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
    this.offered.push(offered);
    const ticket = offered.find((one) => one.startsWith("ticket."))?.slice(7) ?? "";
    const known = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (!known) return socket.close(4401);
    const guest = { socket, ...known };
    this.guests.add(guest);
    socket.on("message", (data) => this.received(guest, new Uint8Array(data)));
    socket.on("close", () => this.guests.delete(guest));
    const { author, capability, locked } = known.session;
    const present = [...this.guests].map((one) => one.session.author.id);
    const people = Object.fromEntries([...this.guests].map((one) => [String(one.session.author.id), one.session.author]));
    this.control(socket, { t: "hello", session: this.number, author: author.id, capability, locked, clients: this.authors, people, present });
    this.tell({ t: "authors", clients: this.authors, people });
    this.tell({ t: "present", people: present });
    this.sync(socket, (encoder) => writeSyncStep1(encoder, this.doc));
  }

  private received(guest: Guest, data: Uint8Array): void {
    const decoder = createDecoder(data);
    const type = readVarUint(decoder);
    if (type === 1) {
      const states = readVarUint8Array(decoder);
      for (const other of this.guests) if (other !== guest) this.send(other.socket, 1, (encoder) => writeVarUint8Array(encoder, states));
      return;
    }
    const answer = createEncoder();
    writeVarUint(answer, 0);
    const writes = guest.session.capability !== "read" && !this.locked;
    const step1 = data[1] === 0;
    if (!writes && !step1) return;
    readSyncMessage(decoder, answer, this.doc, guest);
    if (step1) guest.socket.send(toUint8Array(answer));
    else if (this.stores) this.saveNow();
  }

  private follow(): void {
    this.doc.on("update", (change: Uint8Array, origin: unknown) => {
      for (const guest of this.guests) if (guest !== origin) this.sync(guest.socket, (encoder) => writeUpdate(encoder, change));
    });
  }

  private control(socket: WebSocket, control: Control): void {
    this.send(socket, 64, (encoder) => writeVarString(encoder, JSON.stringify(control)));
  }

  private sync(socket: WebSocket, write: Write): void {
    this.send(socket, 0, write);
  }

  private send(socket: WebSocket, type: number, write: Write): void {
    const encoder = createEncoder();
    writeVarUint(encoder, type);
    write(encoder);
    socket.send(toUint8Array(encoder));
  }
}

/** Waits until `so` is true, at most two seconds. */
export async function until(so: () => boolean, what = ""): Promise<void> {
  const end = Date.now() + 2000;
  while (!so()) {
    if (Date.now() > end) throw new Error(`it did not happen: ${what || String(so)}`);
    await new Promise((done) => setTimeout(done, 4));
  }
}
