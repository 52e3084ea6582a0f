/** The words that say whether the text is safe: an icon, a word, the same for eye and ear. */

import type { Texts } from "../kit/texts";
import type { Status } from "../pads/client";
import { el, icon, say, setIcon } from "../kit/dom";

const ICONS: Readonly<Record<Status, string>> = {
  loading: "loader",
  saved: "check",
  saving: "ellipsis",
  offline: "cloud-off",
  readonly: "eye",
  full: "octagon-alert",
  ended: "octagon-alert",
};

/** Between keystrokes it would flicker and be read aloud all the time. */
const SETTLES_MS = 700;

export class StatusLine {
  readonly node: HTMLElement;
  private readonly sign: SVGSVGElement;
  private readonly word = el("span", { class: "editor-status-word" });
  private readonly heard = el("span", { class: "only-heard", role: "status" });
  private waiting: ReturnType<typeof setTimeout> | null = null;
  private settled: Status = "loading";

  constructor(private readonly texts: Texts) {
    this.sign = icon(ICONS.loading);
    this.node = el("p", { class: "editor-status" }, this.sign, this.word, this.heard);
  }

  show(status: Status, delayed: boolean): void {
    this.node.dataset["state"] = status;
    setIcon(this.sign, ICONS[status]);
    say(this.word, this.sentence(status, delayed));
    if (this.waiting !== null) clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.settle(status), SETTLES_MS);
  }

  stop(): void {
    if (this.waiting !== null) clearTimeout(this.waiting);
  }

  private sentence(status: Status, delayed: boolean): string {
    if (status === "saving" && delayed) return this.texts.text("pads.editor-not-saved");
    return this.texts.text(`pads.editor-${status}`);
  }

  /** Only a change that lasts is said aloud; typing goes from saved to saved in silence. */
  private settle(status: Status): void {
    this.waiting = null;
    const calm = status === "saving" || (status === "saved" && ["loading", "saved"].includes(this.settled));
    if (status !== "saving") this.settled = status;
    if (!calm) say(this.heard, this.texts.text(`pads.editor-${status}`));
  }
}
