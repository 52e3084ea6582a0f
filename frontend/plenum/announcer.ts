/** Says things to those who hear the page: politely, and not more than one in a while. */

import { say } from "../kit/dom";

const GAP_MS = 3000;

export interface Timers {
  now(): number;
  after(ms: number, act: () => void): void;
}

const REAL: Timers = {
  now: () => Date.now(),
  after: (ms, act) => void window.setTimeout(act, ms),
};

export class Announcer {
  private spokeMs = Number.NEGATIVE_INFINITY;
  private next = "";

  constructor(
    private readonly region: HTMLElement,
    private readonly timers: Timers = REAL,
  ) {}

  /** Of several sentences within the gap only the newest is said: it is the one that holds. */
  announce(sentence: string): void {
    if (!sentence) return;
    const waits = this.next !== "";
    this.next = sentence;
    if (waits) return;
    const wait = this.spokeMs + GAP_MS - this.timers.now();
    if (wait <= 0) this.speak();
    else this.timers.after(wait, () => this.speak());
  }

  private speak(): void {
    this.spokeMs = this.timers.now();
    say(this.region, this.next);
    this.next = "";
  }
}
