/** The tabs beside the call, or below its head on a phone: a real tablist. */

import { el, icon, say, set } from "../kit/dom";
import type { Tab } from "./settings";
import { t } from "./texts";

const ICONS: Readonly<Record<Tab, string>> = {
  room: "users",
  list: "hand",
  minutes: "notebook-pen",
  chat: "message-square",
};

export class Tabs {
  readonly node = el("div", { class: "plenum-tabs", role: "tablist" });
  private readonly tabs = new Map<Tab, HTMLButtonElement>();
  private readonly counts = new Map<Tab, HTMLElement>();

  constructor(private readonly chosen: (tab: Tab) => void) {
    set(this.node, "aria-label", t("plenum.screen-tabs"));
    for (const tab of Object.keys(ICONS) as Tab[]) this.node.append(this.make(tab));
    this.node.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Shows these tabs, one of them selected. */
  show(visible: readonly Tab[], selected: Tab): void {
    for (const [name, node] of this.tabs) {
      node.hidden = !visible.includes(name);
      set(node, "aria-selected", String(name === selected));
      node.tabIndex = name === selected ? 0 : -1;
    }
  }

  /** A number behind the word of a tab; 0: none. `heard` says what it counts. */
  count(tab: Tab, n: number, heard: string): void {
    const node = this.counts.get(tab);
    if (!node) return;
    node.hidden = n === 0;
    say(node, n ? String(n) : "");
    set(node, "title", n ? heard : null);
  }

  focus(tab: Tab): void {
    this.tabs.get(tab)?.focus();
  }

  private make(tab: Tab): HTMLElement {
    const count = el("span", { class: "badge badge-count", hidden: true });
    const word = el("span", { class: "word" }, t(`plenum.screen-tab-${tab}`));
    const node = el("button", { type: "button", role: "tab", id: `plenum-tab-${tab}` }, icon(ICONS[tab]), word, count);
    set(node, "aria-controls", panelOf(tab));
    set(node, "class", "plenum-tab");
    node.addEventListener("click", () => this.chosen(tab));
    this.tabs.set(tab, node);
    this.counts.set(tab, count);
    return node;
  }

  private walk(event: KeyboardEvent): void {
    const all = [...this.tabs].filter(([, node]) => !node.hidden);
    const at = all.findIndex(([, node]) => node === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const next = to === undefined ? undefined : all[(to + all.length) % all.length];
    if (!next) return;
    event.preventDefault();
    this.chosen(next[0]);
    next[1].focus();
  }
}

export const panelOf = (tab: Tab): string => `plenum-${tab}`;
