/** When one's own sound passes: it opens at once, and closes a moment after the button is let go. */

export interface Microphone {
  /** Lets sound into the connection, or silence. */
  open(on: boolean): void;
  /** Sends packets at all: silence costs nothing either. */
  send(on: boolean): void;
}

export const TAIL_MS = 150;
export const PACKETS_END_MS = 2000;

export class Gate {
  private closing: ReturnType<typeof setTimeout> | undefined;
  private ending: ReturnType<typeof setTimeout> | undefined;
  private on = false;

  constructor(private readonly microphone: Microphone) {}

  get isOpen(): boolean {
    return this.on;
  }

  talk(): void {
    this.stopTimers();
    this.on = true;
    this.microphone.send(true);
    this.microphone.open(true);
  }

  rest(): void {
    if (!this.on) return;
    this.on = false;
    this.stopTimers();
    this.closing = setTimeout(() => this.microphone.open(false), TAIL_MS);
    this.ending = setTimeout(() => this.microphone.send(false), PACKETS_END_MS);
  }

  private stopTimers(): void {
    clearTimeout(this.closing);
    clearTimeout(this.ending);
  }
}
