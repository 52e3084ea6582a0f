/** Notes above the text: what went wrong, when the pad ends, and text that would be lost. */

import type { Texts } from "../kit/texts";
import { el, icon } from "../kit/dom";

const GOES_MS = 12_000;

export class Notes {
  readonly node = el("div", { class: "editor-notes" });
  private readonly spoken = el("p", { class: "only-heard", role: "status" });
  private readonly shown = new Map<string, HTMLElement>();

  constructor(private readonly texts: Texts) {
    this.node.append(this.spoken);
  }

  /** Only heard. */
  announce(sentence: string): void {
    this.spoken.textContent = sentence;
  }

  /** Seen and heard for a while. */
  tell(sentence: string): void {
    const note = this.put(sentence, "info", el("p", {}, sentence));
    setTimeout(() => this.take(sentence, note), GOES_MS);
  }

  /** Stays until it is taken away. */
  keep(key: string, sentence: string, ...more: Node[]): void {
    this.put(key, "triangle-alert", el("p", {}, sentence), ...more);
  }

  take(key: string, only?: HTMLElement): void {
    const note = this.shown.get(key);
    if (!note || (only && note !== only)) return;
    note.remove();
    this.shown.delete(key);
  }

  /** Texts that are gone from the pad, to copy. */
  offer(pieces: readonly string[]): void {
    const key = `vanished ${String(this.shown.size)}`;
    const text = pieces.join("\n\n");
    const shown = el("textarea", { class: "input editor-vanished", readonly: true, rows: "3" });
    shown.setAttribute("aria-label", this.texts.text("pads.editor-vanished-text"));
    shown.value = text;
    const said = el("span", { class: "small", role: "status" });
    const copy = el("button", { type: "button", class: "button button-quiet" }, this.texts.text("pads.editor-copy"));
    copy.addEventListener("click", () => void this.copy(shown, said));
    this.keep(key, this.texts.text("pads.editor-vanished"), shown, el("p", { class: "cluster" }, copy, said));
  }

  private async copy(shown: HTMLTextAreaElement, said: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(shown.value);
      said.textContent = this.texts.text("pads.editor-copied");
    } catch {
      // The browser refuses the clipboard: mark the text, so that the keys for copying do.
      shown.focus();
      shown.select();
    }
  }

  private put(key: string, sign: string, ...content: Node[]): HTMLElement {
    this.shown.get(key)?.remove();
    const close = el("button", { type: "button", class: "editor-tool", "aria-label": this.texts.text("pads.editor-close-note") });
    close.append(icon("x"));
    const body = el("div", { class: "editor-note-body", role: "status" });
    const note = el("div", { class: "editor-note" }, icon(sign), body, close);
    close.addEventListener("click", () => this.take(key, note));
    this.shown.set(key, note);
    this.node.append(note);
    // A live region says what comes into it, not what it came with.
    queueMicrotask(() => body.append(...content));
    return note;
  }
}
