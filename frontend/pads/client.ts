/** A live pad without a user interface: connects, merges, and knows what is saved.
 *
 * Each connection is a session of its own with a new Yjs clientID. The document outlives them, so
 * that what was written without a connection merges; it is replaced by a fresh one only where the
 * server could not take it: another generation, another author, no right to write any more.
 */

import { Refused, type Pad, type Session } from "./api";
import { Copy } from "./copy";
import { Events } from "./events";
import { Line, type MakeSocket } from "./line";
import { People } from "./people";
import { type Timers, realTimers } from "./saving";
import { missingIn, vanishedIn } from "./vanished";
import { type Capability, type Control, fromBase64 } from "./wire";
import { applyUpdate, type Transaction } from "yjs";

export type Status = "loading" | "saved" | "saving" | "offline" | "readonly" | "full" | "ended";

export interface PadEvents {
  /** There is a document to show, for the first time or in place of the last one. */
  document: [];
  status: [Status];
  people: [];
  /** Who wrote what is known better now. */
  authors: [];
  /** What one may do has changed. */
  access: [];
  /** Texts that went away while there was no connection. */
  vanished: [string[]];
  /** A sentence of the server. */
  said: [id: string, text: string];
  expiry: [string | null];
}

export interface Surroundings {
  makeSocket: MakeSocket;
  /** The address for a path of this server, with ws or wss. */
  socketUrl: (path: string) => string;
  timers: Timers;
  newClient: () => number;
  /** A number in [0, 1), so that not everybody comes back at the same moment. */
  chance: () => number;
}

const PAUSES_MS = [400, 1000, 2000, 4000, 8000, 15_000, 30_000];
const STEADY_MS = 10_000;
const LOCK_SETTLES_MS = 3000;
const SLOWED_MS = 5000;
const STUCK_MS = 20_000;

/** What the server cannot take: it goes on with its own text, ours is offered to copy. */
const OURS_IS_REFUSED = new Set([4400, 4409, 4413]);

export class PadClient extends Events<PadEvents> {
  readonly people = new People();
  session: Session | null = null;
  /** Why there is no way on, as the id of a text. */
  endedBy = "";
  endsAt: string | null = null;
  copy: Copy | null = null;
  private shown: Status = "loading";
  private line: Line | null = null;
  private full = false;
  private renew = false;
  private loaded = false;
  private failures = 0;
  private stopped = false;
  private opening = false;
  private again: unknown = null;
  private steady: unknown = null;
  private lockCheck: unknown = null;
  private stuck: unknown = null;
  private progress = 0;
  private forbidden = 0;
  private readonly around: Surroundings;

  constructor(
    private readonly pad: Pad,
    around: Partial<Surroundings> = {},
  ) {
    super();
    this.around = { ...browser, ...around };
  }

  get capability(): Capability {
    return this.session?.capability ?? "read";
  }

  get locked(): boolean {
    return this.session?.locked ?? false;
  }

  get writes(): boolean {
    return this.capability !== "read";
  }

  get status(): Status {
    return this.shown;
  }

  /** The server says that it could not store for a while. */
  get delayed(): boolean {
    return this.copy?.saving.delayed ?? false;
  }

  start(): void {
    void this.open();
  }

  stop(): void {
    this.stopped = true;
    this.clearTimers();
    this.line?.close();
    this.copy?.destroy();
  }

  /** Try at once, for a network that came back. */
  reconnect(): void {
    if (this.stopped || this.endedBy || this.line || this.opening) return;
    if (this.again !== null) this.around.timers.clear(this.again);
    this.again = null;
    void this.open();
  }

  /** The network went away. */
  disconnect(): void {
    this.line?.close();
  }

  /** Says where one's caret is: positions as Yjs keeps them, or null. */
  showCaret(cursor: unknown): void {
    const awareness = this.copy?.awareness;
    if (!awareness || !this.writes) return;
    awareness.setLocalState({ cursor });
    this.line?.showCaret();
  }

  private async open(): Promise<void> {
    this.again = null;
    this.opening = true;
    try {
      const client = this.around.newClient();
      // The first time both are asked for at once: a page is awaited by somebody.
      const early = this.copy ? null : this.pad.state().catch(refusal);
      const session = await this.pad.session(client);
      const state = this.copy && !this.mustRenew(session) ? null : await (early ?? this.pad.state());
      if (state instanceof Refused) throw state;
      if (!this.stopped) this.adopt(session, client, state);
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      this.refused(reason);
    } finally {
      this.opening = false;
    }
  }

  private refused(reason: Refused): void {
    if (this.stopped) return;
    const hopeless = reason.status >= 400 && reason.status < 500 && ![408, 425, 429].includes(reason.status);
    if (hopeless) this.end("pads.editor-gone");
    else this.later(reason.status === 429 ? SLOWED_MS : 0);
  }

  /** Whether the server could not merge what is here with what it has. */
  private mustRenew(session: Session): boolean {
    const { copy } = this;
    if (!copy || this.renew) return true;
    const other = copy.guid !== session.guid || copy.kind !== session.kind;
    const mayNot = copy.author !== String(session.author.id) || session.capability === "read";
    return other || (mayNot && copy.saving.pending);
  }

  private adopt(session: Session, client: number, state: Uint8Array | null): void {
    this.session = session;
    this.endsAt = session.ends_at;
    this.people.begin(session.author.id);
    this.people.learn({ [client]: session.author.id }, { [String(session.author.id)]: session.author });
    if (state) this.replace(session, state);
    const copy = this.copy;
    if (!copy) return;
    copy.writeAs(client);
    this.connect(copy, session);
    this.emit("access");
    this.update();
  }

  private replace(session: Session, state: Uint8Array): void {
    const old = this.copy;
    const { timers } = this.around;
    const copy = new Copy(session.guid, session.kind, String(session.author.id), () => this.update(), timers);
    if (state.length) applyUpdate(copy.doc, state, this);
    copy.doc.on("update", this.changed);
    const rescued = old ? missingIn(old.unsaved(), copy.doc, copy.kind) : [];
    this.copy = copy;
    this.renew = this.full = false;
    this.loaded = true;
    this.emit("document");
    old?.destroy();
    if (rescued.length) this.emit("vanished", rescued);
  }

  private connect(copy: Copy, session: Session): void {
    const before = copy.unsaved();
    const { makeSocket, socketUrl, timers } = this.around;
    const line: Line = new Line(
      copy,
      this,
      {
        control: (control) => this.heard(control),
        synced: () => {
          const texts = vanishedIn(before, copy.doc, copy.kind);
          if (texts.length) this.emit("vanished", texts);
          this.steady = timers.set(() => (this.failures = this.forbidden = 0), STEADY_MS);
          this.update();
        },
        closed: (code) => this.closed(line, code),
      },
      timers,
      { make: makeSocket, url: socketUrl(session.url), ticket: session.ticket, writes: () => this.writes },
    );
    this.line = line;
  }

  private readonly changed = (change: Uint8Array, origin: unknown, _doc: unknown, at: Transaction): void => {
    const { copy } = this;
    if (origin === this || !copy || at.doc !== copy.doc || !this.writes) return;
    const { clientID } = copy.doc;
    const added = (at.afterState.get(clientID) ?? 0) > (at.beforeState.get(clientID) ?? 0);
    copy.saving.wrote(!added && at.deleteSet.clients.size > 0);
    this.line?.edit(change);
  };

  private closed(line: Line, code: number): void {
    if (this.line !== line) return;
    this.line = null;
    if (this.steady !== null) this.around.timers.clear(this.steady);
    this.copy?.forgetOthers();
    this.people.present = [];
    this.emit("people");
    if (this.stopped) return;
    if (code === 4404) return this.end("pads.editor-gone");
    if (code === 4403 && ++this.forbidden > 1) return this.end("pads.editor-no-right");
    if (OURS_IS_REFUSED.has(code)) this.renew = true;
    if (code === 4413) this.emit("said", "pads.editor-too-large", "");
    this.later(code === 4429 ? SLOWED_MS : 0);
  }

  private later(atLeast_ms: number): void {
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)] ?? 0;
    this.failures += 1;
    const wait = Math.max(atLeast_ms, pause * (0.5 + this.around.chance()));
    this.again = this.around.timers.set(() => void this.open(), wait);
    this.update();
  }

  private end(id: string): void {
    this.endedBy = id;
    this.clearTimers();
    this.update();
  }

  private heard(control: Control): void {
    const { copy, people } = this;
    if (control.t === "hello") {
      people.begin(control.author);
      people.learn(control.clients, control.people);
      people.present = control.present.map(String);
      this.access(control.capability, control.locked);
      this.emit("authors");
      this.emit("people");
    } else if (control.t === "authors") {
      people.learn(control.clients, control.people);
      this.emit("authors");
      this.emit("people");
    } else if (control.t === "present") {
      people.present = control.people.map(String);
      this.emit("people");
    } else if (control.t === "saved") copy?.saving.saved(fromBase64(control.sv));
    else if (control.t === "unsaved") copy?.saving.unsaved();
    else if (control.t === "locked") this.access(control.capability, control.locked);
    else if (control.t === "expiry") this.expires(control.ends_at);
    else if (control.t === "error") this.mishap(control.id, control.text);
    else if (control.t === "slow") this.emit("said", "pads.editor-slow", "");
  }

  private mishap(id: string, text: string): void {
    if (id.includes("full")) this.full = true;
    this.emit("said", id, text);
    this.update();
  }

  private expires(at: string | null): void {
    this.endsAt = at;
    this.emit("expiry", at);
  }

  private access(capability: Capability, locked: boolean): void {
    if (!this.session) return;
    const same = this.session.capability === capability && this.session.locked === locked;
    this.session = { ...this.session, capability, locked };
    if (!same && this.writes) this.line?.allow();
    if (!same) this.emit("access");
    this.update();
    if (this.writes || !this.copy?.saving.pending) return;
    // What came too late for the lock is not in the pad: show what is.
    this.lockCheck = this.around.timers.set(() => {
      if (this.writes || !this.copy?.saving.pending) return;
      this.renew = true;
      this.line?.close();
    }, LOCK_SETTLES_MS);
  }

  private update(): void {
    if (this.full && !this.copy?.saving.pending) this.full = false;
    const next = this.now();
    this.watchFor(next === "saving" && !this.delayed);
    if (next === this.shown && next !== "saving") return;
    this.shown = next;
    this.emit("status", next);
  }

  /** An edit that was dropped on the way is not asked for again: greet the server anew. */
  private watchFor(waiting: boolean): void {
    const { timers } = this.around;
    const progress = this.copy?.saving.progress ?? 0;
    const moves = progress !== this.progress;
    this.progress = progress;
    if (this.stuck !== null && (!waiting || moves)) {
      timers.clear(this.stuck);
      this.stuck = null;
    }
    if (waiting && this.stuck === null) {
      this.stuck = timers.set(() => {
        this.stuck = null;
        this.line?.close();
      }, STUCK_MS);
    }
  }

  private now(): Status {
    if (this.endedBy) return "ended";
    if (!this.loaded) return this.failures > 1 ? "offline" : "loading";
    if (!this.line?.synced) return this.failures > 0 || !this.line ? "offline" : "loading";
    if (!this.writes) return "readonly";
    if (this.full) return "full";
    return this.copy?.saving.pending ? "saving" : "saved";
  }

  private clearTimers(): void {
    for (const timer of [this.again, this.steady, this.lockCheck, this.stuck]) if (timer !== null) this.around.timers.clear(timer);
    this.again = this.steady = this.lockCheck = this.stuck = null;
  }
}

function refusal(reason: unknown): Refused {
  if (reason instanceof Refused) return reason;
  throw reason;
}

const browser: Surroundings = {
  makeSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as ReturnType<MakeSocket>,
  socketUrl: (path) => {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return url.href;
  },
  timers: realTimers,
  newClient: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 1,
  chance: Math.random,
};
