/** Single keys for what one does often; off while somebody types, and off by choice. */

export interface Keys {
  microphone(): void;
  camera(): void;
  hand(): void;
  share(): void;
  view(): void;
  chat(): void;
  roster(): void;
  help(): void;
  /** Space is held down, or let go (late, so that the last syllable is heard). */
  talk(on: boolean): void;
  /** A letter that means nothing to the call: perhaps it does to the page around. */
  other(key: string): void;
}

const LATE_MS = 150;

export class Shortcuts {
  on = true;
  private held = false;
  private late: number | undefined;

  constructor(private readonly keys: Keys) {
    document.addEventListener("keydown", this.down);
    document.addEventListener("keyup", this.up);
    window.addEventListener("blur", this.release);
  }

  close(): void {
    document.removeEventListener("keydown", this.down);
    document.removeEventListener("keyup", this.up);
    window.removeEventListener("blur", this.release);
    window.clearTimeout(this.late);
  }

  private readonly down = (event: KeyboardEvent): void => {
    if (!this.on || event.ctrlKey || event.metaKey || event.altKey || types(event)) return;
    if (event.code === "Space") {
      if (presses(event.target)) return;
      event.preventDefault();
      this.hold(event.repeat);
      return;
    }
    if (event.repeat || document.querySelector("dialog[open]")) return;
    const step = this.stepOf(event.key);
    if (!step) {
      if (/^[a-z]$/i.test(event.key)) this.keys.other(event.key.toLowerCase());
      return;
    }
    event.preventDefault();
    step();
  };

  private readonly up = (event: KeyboardEvent): void => {
    if (event.code === "Space") this.release();
  };

  private readonly release = (): void => {
    if (!this.held) return;
    this.held = false;
    this.late = window.setTimeout(() => this.keys.talk(false), LATE_MS);
  };

  private hold(again: boolean): void {
    if (again || this.held) return;
    this.held = true;
    window.clearTimeout(this.late);
    this.keys.talk(true);
  }

  private stepOf(key: string): (() => void) | undefined {
    const keys = this.keys;
    switch (key.toLowerCase()) {
      case "m":
        return () => keys.microphone();
      case "v":
        return () => keys.camera();
      case "h":
        return () => keys.hand();
      case "s":
        return () => keys.share();
      case "g":
        return () => keys.view();
      case "c":
        return () => keys.chat();
      case "r":
        return () => keys.roster();
      case "?":
        return () => keys.help();
      default:
        return undefined;
    }
  }
}

/** Does somebody type? An editor may lie in a shadow tree, of which only the path tells. */
function types(event: Event): boolean {
  const target = event.composedPath()[0] ?? event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("input, textarea, select")) return true;
  return target.closest("[contenteditable=''], [contenteditable='true'], [role='textbox']") !== null;
}

/** Space presses a button that has the focus from the keyboard; elsewhere it is push to talk. */
function presses(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("button:focus-visible, a, summary");
}
