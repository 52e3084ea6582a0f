/** Who is here: a short row of faces that opens to a list, and says politely who came. */

import type { Texts } from "../kit/texts";
import { colourOf, type People } from "../pads/people";
import { el, icon, say } from "../kit/dom";
import { initials } from "./initials";

const FACES = 4;
const QUIET_MS = 10_000;

export interface PresenceOptions {
  people: People;
  texts: Texts;
  nameOf: (author: string) => string;
  follow: (author: string | null) => void;
  announce: (sentence: string) => void;
  later?: (callback: () => void, ms: number) => unknown;
}

export class Presence {
  readonly node: HTMLDetailsElement;
  private readonly faces = el("span", { class: "editor-faces", "aria-hidden": "true" });
  private readonly count = el("span", { class: "editor-count" });
  private readonly list = el("ul", { class: "menu-sheet editor-people" });
  private followed: string | null = null;
  private known: Set<string> | null = null;
  private came: string[] = [];
  private quiet = false;

  constructor(private readonly options: PresenceOptions) {
    const summary = el("summary", {}, this.faces, this.count);
    this.node = el("details", { class: "menu editor-presence" }, summary, this.list);
  }

  get following(): string | null {
    return this.followed;
  }

  /** Follow nobody any more. */
  letGo(): void {
    if (this.followed === null) return;
    this.followed = null;
    this.show();
  }

  show(): void {
    const { people, texts } = this.options;
    const here = people.here;
    if (this.followed !== null && !here.includes(this.followed)) this.followed = null;
    this.node.hidden = here.length === 0;
    const more = here.length > FACES ? [el("span", { class: "editor-face editor-face-more" }, `+${String(here.length - FACES)}`)] : [];
    this.faces.replaceChildren(...here.slice(0, FACES).map((author) => this.face(author)), ...more);
    say(this.count, texts.text("pads.editor-people", { n: here.length }));
    this.showList(here);
    this.hear(here);
  }

  private showList(here: readonly string[]): void {
    const focused = this.list.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset["author"]
      : undefined;
    this.list.replaceChildren(...here.map((author) => this.row(author)));
    if (focused !== undefined) this.list.querySelector<HTMLElement>(`[data-author="${CSS.escape(focused)}"]`)?.focus();
  }

  private face(author: string): HTMLElement {
    const { people, nameOf } = this.options;
    return el("span", { class: `editor-face author-${String(colourOf(people.person(author)))}` }, initials(nameOf(author)));
  }

  private row(author: string): HTMLElement {
    const { people, texts, nameOf } = this.options;
    const name = el("bdi", { class: "editor-name" }, nameOf(author));
    if (author === people.me) {
      const me = el("span", { class: "quiet small" }, texts.text("pads.editor-me"));
      return el("li", { class: "editor-person" }, this.face(author), name, me);
    }
    const on = this.followed === author;
    const label = texts.text("pads.editor-follow-person", { name: nameOf(author) });
    const follow = el(
      "button",
      { type: "button", class: "editor-tool", "aria-pressed": String(on), "aria-label": label, title: label, "data-author": author },
      icon("locate-fixed"),
    );
    follow.addEventListener("click", () => {
      this.followed = on ? null : author;
      this.options.follow(this.followed);
      this.show();
    });
    return el("li", { class: "editor-person" }, this.face(author), name, follow);
  }

  /** New people are told of at most once in ten seconds, together. */
  private hear(here: readonly string[]): void {
    const { people } = this.options;
    const others = here.filter((author) => author !== people.me);
    const { known } = this;
    this.known = new Set(others);
    if (!known) return;
    this.came = [...this.came, ...others.filter((author) => !known.has(author))].filter((author) => others.includes(author));
    this.announce();
  }

  private announce(): void {
    const { texts, nameOf, announce, later = setTimeout } = this.options;
    const [first, ...more] = this.came;
    if (first === undefined || this.quiet) return;
    this.came = [];
    announce(
      more.length
        ? texts.text("pads.editor-people-came", { n: more.length + 1 })
        : texts.text("pads.editor-person-came", { name: nameOf(first) }),
    );
    this.quiet = true;
    later(() => {
      this.quiet = false;
      this.announce();
    }, QUIET_MS);
  }
}
