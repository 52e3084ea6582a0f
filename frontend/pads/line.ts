/** One connection with one ticket: greeting, messages, a look now and then whether it lives. */

import type { Copy } from "./copy";
import type { Timers } from "./saving";
import { Sender } from "./sender";
import { type Control, presence, receive, step1, SUBPROTOCOL, ticketProtocol } from "./wire";

const QUIET_MS = 30_000;
const ANSWER_MS = 10_000;

export interface Socket {
  binaryType: string;
  readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array): void;
  close(code?: number): void;
}

export type MakeSocket = (url: string, protocols: string[]) => Socket;

export interface LineListener {
  control(control: Control): void;
  /** The document of the server is here. */
  synced(): void;
  closed(code: number): void;
}

const OPEN = 1;

export class Line {
  synced = false;
  private readonly socket: Socket;
  private readonly sender: Sender;
  /** The server has said what it has; before that, edits would leave a gap. */
  private greeted = false;
  private watch: unknown = null;
  private over = false;

  constructor(
    private readonly copy: Copy,
    private readonly origin: unknown,
    private readonly listener: LineListener,
    private readonly timers: Timers,
    connect: { make: MakeSocket; url: string; ticket: string; writes: () => boolean },
  ) {
    this.writes = connect.writes;
    this.sender = new Sender((data) => this.send(data), timers);
    this.socket = connect.make(connect.url, [SUBPROTOCOL, ticketProtocol(connect.ticket)]);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.send(step1(copy.doc));
    this.socket.onmessage = ({ data }) => this.received(new Uint8Array(data as ArrayBuffer));
    this.socket.onclose = ({ code }) => this.finish(code);
    this.socket.onerror = () => undefined;
    this.listen();
  }

  private readonly writes: () => boolean;

  edit(change: Uint8Array): void {
    if (this.greeted && this.writes()) this.sender.edit(change);
  }

  /** A reader was not greeted; one who may write now has nothing that could leave a gap. */
  allow(): void {
    this.greeted = true;
  }

  showCaret(): void {
    const { awareness, doc } = this.copy;
    if (!this.greeted || !this.writes()) return;
    this.sender.presence(() => presence(awareness, [doc.clientID]));
  }

  close(): void {
    this.finish(1000);
    this.socket.close();
  }

  private received(data: Uint8Array): void {
    if (this.over) return;
    this.listen();
    const { doc, awareness } = this.copy;
    const message = receive(data, doc, awareness, this.origin);
    if (message.kind === "control") this.listener.control(message.control);
    else if (message.kind === "step1") this.greet(message.answer, message.vector);
    else if (message.kind === "step2" && !this.synced) {
      this.synced = true;
      this.listener.synced();
    }
  }

  private greet(answer: Uint8Array, vector: Uint8Array): void {
    this.sender.stop();
    this.greeted = true;
    if (!this.writes()) return;
    this.send(answer);
    this.copy.saving.holds(vector);
    if (this.copy.awareness.getLocalState() !== null) this.showCaret();
  }

  private send(data: Uint8Array): void {
    if (!this.over && this.socket.readyState === OPEN) this.socket.send(data);
  }

  /** A network that went away says nothing: after a silence one asks, and then waits no longer. */
  private listen(): void {
    this.stopWatching();
    this.watch = this.timers.set(() => {
      this.send(step1(this.copy.doc));
      this.watch = this.timers.set(() => {
        this.finish(1006);
        this.socket.close();
      }, ANSWER_MS);
    }, QUIET_MS);
  }

  private stopWatching(): void {
    if (this.watch !== null) this.timers.clear(this.watch);
    this.watch = null;
  }

  private finish(code: number): void {
    if (this.over) return;
    this.over = true;
    this.stopWatching();
    this.sender.stop();
    this.listener.closed(code);
  }
}
