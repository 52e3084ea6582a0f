/** The list of who wants to speak: one's own place, the floor, and who waits. */

import { button, el, icon, say, set } from "../kit/dom";
import { keepFocus } from "./focus";
import { type CallNow, type Place, placeOf, sentenceId, type Somebody } from "./place";
import { t } from "./texts";

/** An action of the call, by its path below `call/`. */
export type CallAct = (path: string, body?: object) => void;

const NOBODY: CallNow = { joined: false, identity: "", role: "", facilitates: false, people: [], order: [], floor: null };

export class Hands {
  readonly node: HTMLElement;
  readonly heading = el("h2", { class: "plenum-heading", id: "plenum-list-heading", tabindex: "-1" });
  private readonly mine = el("p", { class: "plenum-mine" });
  private readonly floor = el("div", { class: "plenum-floor", hidden: true });
  private readonly floorName = el("bdi", { class: "plenum-floor-name" });
  private readonly end: HTMLButtonElement;
  private readonly list = el("ol", { class: "plenum-hands" });
  private readonly empty = el("p", { class: "plenum-empty" });
  private readonly next: HTMLButtonElement;
  private readonly rows = new Map<string, HandRow>();
  private call = NOBODY;

  constructor(private readonly act: CallAct) {
    this.end = button("x", t("plenum.screen-end-turn"), () => act("floor-end"), "button-small button-quiet");
    this.next = button("arrow-right", t("plenum.screen-next-speaker"), () => this.callNext(), "plenum-next");
    const words = el("p", { class: "plenum-floor-words" }, t("plenum.screen-has-floor"), this.floorName);
    this.floor.append(icon("mic-vocal"), words, this.end);
    say(this.heading, t("plenum.screen-hands"));
    say(this.empty, t("plenum.screen-nobody-waits"));
    const scroller = el("div", { class: "plenum-scroller", tabindex: "0", role: "group", "aria-labelledby": this.heading.id }, this.floor, this.list, this.empty);
    this.node = el("section", { class: "plenum-list", id: "plenum-list" });
    this.node.append(this.heading, this.mine, scroller, this.next);
    this.update(NOBODY);
  }

  /** Shows the list and returns the sentence about oneself. */
  update(call: CallNow): string {
    this.call = call;
    const place = placeOf(call);
    const sentence = t(sentenceId(place), { n: place.number });
    say(this.mine, sentence);
    set(this.mine, "data-mine", place.mine);
    keepFocus(this.node, () => this.heading, () => {
      this.showFloor(place);
      this.showWaiting(place.waiting);
      this.empty.hidden = place.waiting.length > 0;
      this.next.hidden = !call.facilitates;
    });
    // Not `disabled`: whoever pressed it last would lose the focus.
    set(this.next, "aria-disabled", String(place.waiting.length === 0));
    return sentence;
  }

  private callNext(): void {
    if (this.call.order.length) this.act("call-next");
  }

  private showFloor(place: Place): void {
    const { speaks } = place;
    this.floor.hidden = !speaks;
    say(this.floorName, speaks ? nameOf(speaks) : "");
    this.end.hidden = !(speaks && (this.call.facilitates || speaks.me));
  }

  private showWaiting(waiting: Somebody[]): void {
    const here = new Set(waiting.map((one) => one.identity));
    for (const [identity, row] of this.rows) {
      if (here.has(identity)) continue;
      const focused = row.node.contains(document.activeElement);
      row.node.remove();
      this.rows.delete(identity);
      if (focused) this.heading.focus();
    }
    waiting.forEach((one, place) => {
      const row = this.rows.get(one.identity) ?? new HandRow(this.act);
      this.rows.set(one.identity, row);
      row.update(one, place + 1, this.call.facilitates);
      if (this.list.children[place] === row.node) return;
      const focused = row.node.contains(document.activeElement) ? document.activeElement : null;
      this.list.insertBefore(row.node, this.list.children[place] ?? null);
      if (focused instanceof HTMLElement) focused.focus();
    });
  }
}

class HandRow {
  readonly node: HTMLElement;
  private readonly number = el("span", { class: "plenum-number" });
  private readonly name = el("bdi", { class: "plenum-name" });
  private readonly blind = el("span", { class: "plenum-blind", hidden: true }, icon("headphones"));
  private readonly give: HTMLButtonElement;
  private readonly lower: HTMLButtonElement;
  private identity = "";

  constructor(act: CallAct) {
    const identity = (): object => ({ identity: this.identity });
    this.give = button("mic-vocal", "", () => act("call", identity()), "button-quiet icon-only");
    this.lower = button("x", "", () => act("lower", identity()), "button-quiet icon-only");
    this.node = el("li", { class: "plenum-hand" }, this.number, this.name, this.blind, this.give, this.lower);
    this.blind.append(el("span", { class: "only-heard" }, t("plenum.screen-without-video")));
    set(this.blind, "title", t("plenum.screen-without-video"));
  }

  update(one: Somebody, place: number, facilitates: boolean): void {
    this.identity = one.identity;
    say(this.number, String(place));
    say(this.name, nameOf(one));
    set(this.node, "data-me", one.me);
    this.blind.hidden = one.client === "browser";
    this.give.hidden = this.lower.hidden = !facilitates;
    const { name } = one;
    say(this.give.lastElementChild ?? this.give, t("plenum.screen-give-floor", { name }));
    say(this.lower.lastElementChild ?? this.lower, t("plenum.screen-lower", { name }));
    set(this.give, "title", t("plenum.screen-give-floor", { name }));
    set(this.lower, "title", t("plenum.screen-lower", { name }));
  }
}

const nameOf = (one: Somebody): string => (one.me ? t("plenum.screen-name-you", { name: one.name }) : one.name);
