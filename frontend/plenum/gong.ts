/** A gong when the planned time of an item is used up: once, and only if somebody saw it coming. */

import type { Item } from "./api";

export class Gong {
  private item: number | null = null;
  private before = false;

  constructor(private readonly strike: () => void) {}

  /** Call it with each tick. */
  tick(item: Item | undefined, part: number, on: boolean): void {
    if (item?.id !== this.item) {
      this.item = item?.id ?? null;
      this.before = item !== undefined && part < 1;
      return;
    }
    if (this.before && part >= 1 && on) this.strike();
    this.before = part < 1;
  }
}

/** A bowl that is struck: a low tone with two others in it that fade sooner. */
export function strike(): void {
  const context = new AudioContext();
  const start = context.currentTime;
  for (const [hertz, loud, lengthS] of [[196, 0.16, 3.2], [392.4, 0.07, 2.2], [588.9, 0.035, 1.2]] as const) {
    const gain = context.createGain();
    gain.gain.setValueAtTime(loud, start);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + lengthS);
    gain.connect(context.destination);
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(start);
    tone.stop(start + lengthS);
  }
  setTimeout(() => void context.close(), 3500);
}
