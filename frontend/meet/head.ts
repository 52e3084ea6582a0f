/** The head of the call: its name, what holds in it, one's own connection, the honest label. */

import { el, icon, say, set, setIcon } from "./dom";
import { type Person, qualityOf } from "./people";
import { t } from "./texts";

export class Head {
  readonly node: HTMLElement;
  private readonly badges = el("span", { class: "meet-states" });
  private readonly quality = el("span", { class: "meet-quality", hidden: true }, icon("signal-high"));
  private readonly qualityWord = el("span");

  constructor(title: string, label: string) {
    this.quality.append(this.qualityWord);
    const honest = el("p", { class: "honest" }, icon("lock"), el("span", {}, label));
    const heading = el("h1", {}, el("bdi", {}, title));
    this.node = el("header", { class: "meet-top" }, heading, this.badges, this.quality, honest);
  }

  /** Shows what holds for everybody and for oneself. */
  update(words: string[]): void {
    const known = [...this.badges.children].map((child) => child.textContent);
    if (known.join() === words.join()) return;
    this.badges.replaceChildren(...words.map((word) => el("span", { class: "badge" }, word)));
  }

  /** Shows the quality of one's own connection; returns whether it is poor. */
  connection(mine: Person | undefined): boolean {
    const quality = mine ? qualityOf(mine.quality) : null;
    this.quality.hidden = quality === null;
    if (!quality) return false;
    setIcon(this.quality, quality.icon);
    say(this.qualityWord, quality.word);
    set(this.quality, "title", t("meet.my-connection"));
    return quality.icon === "signal-low";
  }
}
