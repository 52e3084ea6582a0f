/** The whole agenda as a panel over the stage; facilitators change it here. */

import { button, el, icon, say, set } from "../kit/dom";
import type { Act, Assembly, Item, Snapshot } from "./api";
import { kindOf } from "./bar";
import { keepFocus } from "./focus";
import { AddForm, editItem } from "./forms";
import { remember, settings } from "./settings";
import { t } from "./texts";
import { agendaOf } from "./times";

export interface AgendaActions {
  act: Act;
  close(): void;
  /** The assembly is to end; asks before it does. */
  end(): void;
}

export class Agenda {
  readonly node: HTMLElement;
  readonly heading = el("h2", { class: "plenum-heading", tabindex: "-1" });
  /** Where the buttons of the bar stand when there is no room in it. */
  readonly actsPlace = el("div", { class: "plenum-acts-place" });
  private readonly list = el("ol", { class: "plenum-items" });
  private readonly empty = el("p", { class: "plenum-empty" });
  private readonly parked = el("section", { class: "plenum-parked" });
  private readonly parkedList = el("ul", { class: "plenum-items" });
  private readonly rows = new Map<number, Row>();
  private readonly add: AddForm;
  private readonly over: HTMLButtonElement;

  constructor(private readonly actions: AgendaActions) {
    say(this.heading, t("plenum.screen-agenda"));
    say(this.empty, t("plenum.screen-agenda-empty"));
    const shut = button("x", t("plenum.screen-close"), () => actions.close(), "button-quiet icon-only");
    const head = el("header", { class: "plenum-head" }, this.heading, shut);
    const parkedHeading = el("h3", { class: "plenum-heading" }, t("plenum.screen-parked"));
    this.parked.append(parkedHeading, this.parkedList);
    this.add = new AddForm(actions.act);
    this.over = button("flag", t("plenum.screen-end"), () => actions.end(), "button-small button-quiet");
    const foot = el("div", { class: "plenum-agenda-foot" }, this.add.node, gongSwitch(), this.over);
    this.node = el("section", { class: "plenum-agenda", id: "plenum-agenda", hidden: true });
    set(this.node, "aria-label", t("plenum.screen-agenda"));
    this.node.append(head, this.actsPlace, this.empty, this.list, this.parked, foot);
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      actions.close();
    });
  }

  update(snapshot: Snapshot): void {
    const assembly = snapshot.assembly;
    if (!assembly) return;
    const may = snapshot.may.facilitate && assembly.state !== "closed";
    const { items, parked } = agendaOf(assembly);
    const known = new Set(assembly.items.map((item) => item.id));
    for (const [id, row] of this.rows) {
      if (known.has(id)) continue;
      if (row.node.contains(document.activeElement)) this.heading.focus();
      row.node.remove();
      this.rows.delete(id);
    }
    this.fill(this.list, items, may, assembly);
    this.fill(this.parkedList, parked, may, assembly);
    this.empty.hidden = items.length > 0;
    this.parked.hidden = parked.length === 0;
    this.add.node.hidden = this.over.hidden = !may;
  }

  private fill(list: HTMLElement, items: Item[], may: boolean, assembly: Assembly): void {
    items.forEach((item, place) => {
      const row = this.rows.get(item.id) ?? new Row(this.actions.act, this.heading);
      this.rows.set(item.id, row);
      row.update(item, { place, count: items.length, may, running: assembly.state === "running" });
      if (list.children[place] === row.node) return;
      const focused = row.node.contains(document.activeElement) ? document.activeElement : null;
      list.insertBefore(row.node, list.children[place] ?? null);
      if (focused instanceof HTMLElement) focused.focus();
    });
  }
}

interface Where {
  place: number;
  count: number;
  may: boolean;
  running: boolean;
}

class Row {
  readonly node = el("li", { class: "plenum-item" });
  private readonly line = el("div", { class: "plenum-item-line" });
  private readonly number = el("span", { class: "plenum-number" });
  private readonly title = el("span", { class: "plenum-item-title" });
  private readonly about = el("span", { class: "plenum-item-about" });
  private readonly note = el("p", { class: "plenum-note" });
  private readonly begin: HTMLButtonElement;
  private readonly more: HTMLButtonElement;
  private readonly tools = el("div", { class: "plenum-tools", hidden: true });
  private readonly earlier: HTMLButtonElement;
  private readonly later: HTMLButtonElement;
  private readonly park: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  private item!: Item;

  constructor(
    act: Act,
    private readonly heading: HTMLElement,
  ) {
    const small = "button-small button-quiet";
    const item = (): { item: number } => ({ item: this.item.id });
    this.begin = button("play", t("plenum.screen-begin"), () => void act("begin", item()), small);
    this.more = button("ellipsis", "", () => this.unfold(), "button-quiet icon-only");
    this.earlier = button("arrow-up", t("plenum.screen-earlier"), () => this.move(act, -1), small);
    this.later = button("arrow-down", t("plenum.screen-later"), () => this.move(act, 1), small);
    this.park = button("square-parking", t("plenum.screen-park"), () => void act("park", item()), small);
    this.remove = button("trash-2", t("plenum.screen-remove"), () => void act("remove", item()), small);
    const edit = button("pencil", t("plenum.screen-edit"), () => editItem(this.item, act), small);
    this.tools.append(this.earlier, this.later, edit, this.park, this.remove);
    const words = el("span", { class: "plenum-item-words" }, this.title, this.about);
    this.line.append(this.number, words, this.begin, this.more);
    this.node.append(this.line, this.note, this.tools);
  }

  update(item: Item, where: Where): void {
    this.item = item;
    set(this.node, "data-state", item.state);
    set(this.node, "aria-current", item.state === "running" ? "true" : null);
    say(this.number, item.state === "parked" ? "–" : String(where.place + 1));
    say(this.title, item.title);
    this.showAbout(item);
    say(this.note, item.note);
    this.note.hidden = !item.note;
    keepFocus(this.node, () => this.near(), () => this.showTools(item, where));
  }

  /** Where the keyboard goes on when its button went. */
  private near(): HTMLElement {
    return this.more.hidden ? this.heading : this.more;
  }

  private move(act: Act, by: -1 | 1): void {
    const end = by < 0 ? this.earlier : this.later;
    if (end.getAttribute("aria-disabled") !== "true") void act("move", { item: this.item.id, by });
  }

  private showAbout(item: Item): void {
    const minutes = t("plenum.screen-minutes", { n: item.minutes });
    const state = item.state === "waiting" ? "" : t(`plenum.screen-state-${item.state}`);
    const words = [minutes, item.presenter, state].filter(Boolean).join(" · ");
    this.about.replaceChildren(kindOf(item), el("span", {}, words));
  }

  private showTools(item: Item, where: Where): void {
    const begun = item.started_at !== null || item.elapsed_ms > 0;
    this.begin.hidden = !where.may || !where.running || item.state === "running";
    // What is done can be begun again, but nobody should do so in passing.
    const home = item.state === "done" ? this.tools : this.line;
    if (this.begin.parentElement !== home) home.insertBefore(this.begin, home === this.line ? this.more : home.firstChild);
    this.more.hidden = !where.may;
    if (!where.may) this.fold(false);
    // Not `disabled`: whoever moved it to the end would lose the focus.
    set(this.earlier, "aria-disabled", String(where.place === 0));
    set(this.later, "aria-disabled", String(where.place === where.count - 1));
    this.park.hidden = item.state === "parked" || item.state === "done";
    this.remove.hidden = begun;
    say(this.more.lastElementChild ?? this.more, t("plenum.screen-change-item", { title: item.title }));
    for (const node of [this.begin, this.earlier, this.later, this.park, this.remove]) {
      set(node, "aria-label", `${node.textContent ?? ""}: ${item.title}`);
    }
  }

  private unfold(): void {
    this.fold(this.tools.hasAttribute("hidden"));
  }

  private fold(open: boolean): void {
    this.tools.hidden = !open;
    set(this.more, "aria-expanded", String(open));
  }
}

function gongSwitch(): HTMLElement {
  const box = el("input", { type: "checkbox" });
  box.checked = settings().gong;
  box.addEventListener("change", () => remember({ gong: box.checked }));
  return el("label", { class: "plenum-gong" }, box, icon("bell"), t("plenum.screen-gong"));
}
