/** Whether everything this person wrote lies on the disk of the server.
 *
 * The server sends the state vector of what it stored. What was written is covered by it; a mere
 * deletion has no number of its own. It counts as stored one second after the next `saved`, or
 * with the one after that.
 */

import * as Y from "yjs";

const SETTLES_MS = 1000;

export interface Timers {
  set(callback: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

export const realTimers: Timers = {
  set: (callback, ms) => globalThis.setTimeout(callback, ms),
  clear: (timer) => globalThis.clearTimeout(timer as number),
};

export class Saving {
  /** The server says that it could not store for a while. */
  delayed = false;
  /** Grows whenever the server stored more of what is one's own. */
  progress = 0;
  private readonly own = new Set<number>();
  private stored = new Map<number, number>();
  private deletions: "none" | "sent" | "heard" = "none";
  private settling: unknown = null;

  constructor(
    private readonly doc: Y.Doc,
    private readonly changed: () => void,
    private readonly timers: Timers = realTimers,
  ) {}

  /** From now on what `client` writes is one's own. */
  writesAs(client: number): void {
    this.own.add(client);
  }

  /** Whether the server may not have what `client` wrote at `clock`. */
  readonly isUnsaved = (client: number, clock: number): boolean =>
    this.own.has(client) && clock >= (this.stored.get(client) ?? 0);

  get pending(): boolean {
    if (this.deletions !== "none") return true;
    for (const client of this.own) {
      if (Y.getState(this.doc.store, client) > (this.stored.get(client) ?? 0)) return true;
    }
    return false;
  }

  /** A change of one's own; `deletes` if it took something away and added nothing. */
  wrote(deletes: boolean): void {
    if (deletes) {
      this.calm();
      this.deletions = "sent";
    }
    this.changed();
  }

  /** The server stored everything up to `vector`. */
  saved(vector: Uint8Array): void {
    this.remember(vector);
    this.delayed = false;
    if (this.deletions === "heard") this.settled();
    else if (this.deletions === "sent") this.settle();
    this.changed();
  }

  /** The server has everything up to `vector` in its memory and stores it at once. */
  holds(vector: Uint8Array): void {
    const held = Y.decodeStateVector(vector);
    const complete = [...this.own].every((client) => (held.get(client) ?? 0) >= Y.getState(this.doc.store, client));
    if (!complete) return;
    this.calm();
    this.settling = this.timers.set(() => {
      this.remember(vector);
      this.settled();
      this.changed();
    }, SETTLES_MS);
  }

  unsaved(): void {
    this.calm();
    if (this.deletions === "heard") this.deletions = "sent";
    this.delayed = true;
    this.changed();
  }

  /** The connection is gone: what is on its way may be lost. */
  lost(): void {
    this.calm();
    if (this.deletions === "heard") this.deletions = "sent";
  }

  private remember(vector: Uint8Array): void {
    for (const [client, clock] of Y.decodeStateVector(vector)) {
      if (this.own.has(client) && clock > (this.stored.get(client) ?? 0)) this.progress += 1;
      this.stored.set(client, Math.max(clock, this.stored.get(client) ?? 0));
    }
  }

  private settle(): void {
    this.deletions = "heard";
    this.progress += 1;
    this.calm();
    this.settling = this.timers.set(() => {
      this.settled();
      this.changed();
    }, SETTLES_MS);
  }

  private settled(): void {
    this.calm();
    this.deletions = "none";
  }

  private calm(): void {
    if (this.settling !== null) this.timers.clear(this.settling);
    this.settling = null;
  }
}
