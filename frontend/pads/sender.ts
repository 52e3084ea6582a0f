/** Sends one's own edits: the first at once, then what gathers, at most ten times a second. */

import { mergeUpdates } from "yjs";
import type { Timers } from "./saving";
import { update } from "./wire";

const PAUSE_MS = 100;
const PRESENCE_PAUSE_MS = 250;

export class Sender {
  private waiting: Uint8Array[] = [];
  private pause: unknown = null;
  private presencePause: unknown = null;
  private presenceWaits: (() => Uint8Array) | null = null;

  constructor(
    private readonly send: (data: Uint8Array) => void,
    private readonly timers: Timers,
  ) {}

  edit(change: Uint8Array): void {
    this.waiting.push(change);
    if (this.pause === null) this.flush();
  }

  /** Only the newest caret counts. */
  presence(message: () => Uint8Array): void {
    if (this.presencePause !== null) {
      this.presenceWaits = message;
      return;
    }
    this.send(message());
    this.presencePause = this.timers.set(() => {
      this.presencePause = null;
      const next = this.presenceWaits;
      this.presenceWaits = null;
      if (next) this.presence(next);
    }, PRESENCE_PAUSE_MS);
  }

  /** Forgets what waits: the next greeting brings everything that is missing. */
  stop(): void {
    this.waiting = [];
    this.presenceWaits = null;
    for (const timer of [this.pause, this.presencePause]) if (timer !== null) this.timers.clear(timer);
    this.pause = this.presencePause = null;
  }

  private flush(): void {
    const [first, ...more] = this.waiting;
    if (!first) return;
    this.waiting = [];
    this.send(update(more.length ? mergeUpdates([first, ...more]) : first));
    this.pause = this.timers.set(() => {
      this.pause = null;
      this.flush();
    }, PAUSE_MS);
  }
}
