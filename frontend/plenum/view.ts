/** The one screen: what stands around the call, where, and what of it is seen in which size. */

import { el, icon, say, set, useSprite } from "../kit/dom";
import { Agenda } from "./agenda";
import type { Act, Snapshot } from "./api";
import { Bar } from "./bar";
import { type CallAct, Hands } from "./hands";
import { type Size, sizeOf, tabFor, TABS } from "./layout";
import { lineOf } from "./line";
import { Minutes, type PadOptions } from "./minutes";
import { remember, settings, type Tab } from "./settings";
import { panelOf, Tabs } from "./tabs";
import { t } from "./texts";

export interface ViewActions {
  act: Act;
  call: CallAct;
  end(): void;
  /** What is seen has changed: the call shows it on its buttons. */
  changed(close: boolean): void;
}

export class View {
  readonly bar: Bar;
  readonly hands: Hands;
  readonly agenda: Agenda;
  readonly heard = el("p", { class: "only-heard", "aria-live": "polite" });
  unread = 0;
  private readonly line = el("p", { class: "plenum-line", hidden: true }, icon("calendar-clock"), el("span"));
  private readonly tabs: Tabs;
  private readonly minutes: Minutes;
  private readonly chatPlace = el("div", { class: "plenum-chat", id: panelOf("chat") });
  private readonly side = el("div", { class: "plenum-side" });
  private readonly parts: HTMLElement[];
  private chat: HTMLElement | null = null;
  private size: Size = "wide";
  private tab: Tab = settings().tab;
  private open = false;
  /** Where the focus was before the agenda was opened. */
  private before: HTMLElement | null = null;
  private room: Tab | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly call: HTMLElement,
    private readonly actions: ViewActions,
    pad: PadOptions,
  ) {
    useSprite(pad.icons);
    this.bar = new Bar(actions.act, () => this.toggleAgenda());
    this.hands = new Hands(actions.call);
    this.agenda = new Agenda({ act: actions.act, close: () => this.toggleAgenda(false), end: () => actions.end() });
    this.tabs = new Tabs((tab) => this.choose(tab));
    this.minutes = new Minutes(pad);
    this.side.append(this.minutes.node, this.chatPlace);
    this.parts = [this.bar.node, this.hands.node, this.tabs.node, this.side];
    call.before(this.line, this.heard, this.bar.node, this.agenda.node, this.hands.node);
    call.after(this.tabs.node, this.side);
    for (const part of this.parts) part.hidden = true;
    host.addEventListener("focusin", (event) => this.uncover(event.target as Element));
    new ResizeObserver(() => this.resize()).observe(document.documentElement);
    window.visualViewport?.addEventListener("resize", () => this.aboveKeyboard());
    this.resize();
  }

  /** The chat can be seen now. */
  get chatSeen(): boolean {
    return this.open && this.shown === "chat";
  }

  get isOpen(): boolean {
    return this.open;
  }

  update(snapshot: Snapshot, serverMs: number): void {
    this.bar.update(snapshot, serverMs);
    this.agenda.update(snapshot);
    this.minutes.update(snapshot.assembly);
  }

  /** One sentence above the page before one joins; "" for none. */
  announceBefore(snapshot: Snapshot | null): void {
    const sentence = lineOf(snapshot);
    say(this.line.lastElementChild ?? this.line, sentence);
    this.line.hidden = sentence === "" || this.open;
  }

  enter(): void {
    if (this.open) return;
    const focused = this.call.contains(document.activeElement) ? document.activeElement : null;
    this.open = true;
    this.chat = this.call.querySelector<HTMLElement>("allmende-chat");
    const wasOpen = this.chat?.closest(".meet-panel:not([hidden])") && !this.chat.hidden;
    if (wasOpen) this.room = this.tab = "chat";
    this.host.toggleAttribute("data-open", true);
    document.documentElement.classList.add("plenum-open");
    set(this.call, "in-plenum", true);
    if (this.chat) this.chatPlace.append(this.chat);
    for (const part of this.parts) part.hidden = false;
    this.line.hidden = true;
    this.arrange();
    if (focused instanceof HTMLElement) focused.focus();
  }

  /** Back to the call alone. */
  leave(): void {
    if (!this.open) return;
    const focused = this.host.contains(document.activeElement) && !this.call.contains(document.activeElement);
    this.open = false;
    this.toggleAgenda(false);
    this.host.toggleAttribute("data-open", false);
    document.documentElement.classList.remove("plenum-open");
    if (this.chat) this.call.querySelector(".meet-panel")?.append(this.chat);
    for (const part of this.parts) part.hidden = true;
    this.minutes.see(false);
    this.asPanel(this.call.querySelector(".meet-stage"), "room", false);
    set(this.call, "data-away", false);
    set(this.call, "in-plenum", false);
    if (focused) this.call.querySelector<HTMLElement>(".meet-stage")?.focus();
  }

  choose(tab: Tab): void {
    this.room = tab;
    if (tab !== "room") {
      this.tab = tab;
      remember({ tab });
    }
    this.toggleAgenda(false);
    this.arrange();
    this.actions.changed(true);
  }

  /** The button and the key of the chat: there, and back to what was there before. */
  flipChat(): void {
    if (!this.chat) return;
    if (!this.chatSeen) {
      this.choose("chat");
      this.tabs.focus("chat");
    } else this.choose(this.size === "phone" ? "room" : "minutes");
  }

  messageCame(): void {
    if (this.chatSeen && document.visibilityState === "visible") return;
    this.unread += 1;
    this.showCounts();
    this.actions.changed(false);
  }

  waiting(n: number): void {
    this.tabs.count("list", n, t("plenum.screen-hands-up", { n }));
  }

  toggleAgenda(open = this.agenda.node.hasAttribute("hidden")): void {
    const node = this.agenda.node;
    if (node.hasAttribute("hidden") === !open) return;
    const { activeElement } = document;
    if (open) this.before = activeElement instanceof HTMLElement && activeElement !== document.body ? activeElement : null;
    const inside = node.contains(activeElement);
    node.hidden = !open;
    set(this.bar.toggle, "aria-expanded", String(open));
    if (open) this.agenda.heading.focus();
    else if (inside) this.goBack();
  }

  /** The agenda lies over the stage: whoever goes on there with the keyboard is to see where. */
  private uncover(target: Element): void {
    const { node } = this.agenda;
    if (node.hidden || node.contains(target)) return;
    const over = node.getBoundingClientRect();
    const { left, right, top, bottom } = target.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    if (x > over.left && x < over.right && y > over.top && y < over.bottom) this.toggleAgenda(false);
  }

  /** To where the focus was; what is not seen any more does not take it. */
  private goBack(): void {
    this.before?.focus();
    if (!this.before || document.activeElement !== this.before) this.bar.toggle.focus();
  }

  toList(): void {
    if (this.size !== "wide") this.choose("list");
    this.hands.heading.focus();
  }

  private get shown(): Tab {
    // A phone begins with the call, whatever was open on another device.
    const wanted = this.size === "phone" ? (this.room ?? "room") : this.tab;
    return tabFor(this.size, wanted, this.chat !== null);
  }

  private resize(): void {
    const size = sizeOf(document.documentElement.clientWidth || window.innerWidth);
    if (size === this.size && this.host.dataset["size"]) return;
    this.size = size;
    this.host.dataset["size"] = size;
    if (this.open) this.arrange();
  }

  private arrange(): void {
    const phone = this.size === "phone";
    const { shown } = this;
    const visible = TABS[this.size].filter((tab) => tab !== "chat" || this.chat);
    this.tabs.show(visible, shown);
    this.host.dataset["tab"] = shown;
    // In the order of Tab the tabs stand before what they open.
    if (phone) this.bar.node.after(this.tabs.node);
    else this.side.before(this.tabs.node);
    (phone ? this.agenda.actsPlace : this.bar.node).insertBefore(this.bar.acts.node, phone ? null : this.bar.furrow);
    this.showPanels(shown);
    if (this.chatSeen) this.unread = 0;
    this.showCounts();
    this.actions.changed(false);
  }

  private showPanels(shown: Tab): void {
    const tabs = TABS[this.size];
    this.asPanel(this.call.querySelector(".meet-stage"), "room", tabs.includes("room"));
    this.asPanel(this.hands.node, "list", tabs.includes("list"));
    this.asPanel(this.minutes.node, "minutes", true);
    this.asPanel(this.chatPlace, "chat", true);
    set(this.call, "data-away", tabs.includes("room") && shown !== "room");
    this.hands.node.hidden = tabs.includes("list") && shown !== "list";
    this.minutes.node.hidden = shown !== "minutes";
    this.chatPlace.hidden = shown !== "chat";
    this.side.hidden = shown !== "minutes" && shown !== "chat";
    this.minutes.see(shown === "minutes");
  }

  private asPanel(node: Element | null, tab: Tab, is: boolean): void {
    if (!node) return;
    if (tab === "room") set(node, "id", is ? panelOf("room") : null);
    set(node, "role", is ? "tabpanel" : null);
    set(node, "aria-labelledby", is ? `plenum-tab-${tab}` : tab === "list" ? this.hands.heading.id : null);
  }

  private showCounts(): void {
    this.tabs.count("chat", this.unread, t("plenum.screen-unread", { n: this.unread }));
  }

  /** The keyboard of a phone lies over the page: the screen ends above it. */
  private aboveKeyboard(): void {
    const seen = window.visualViewport;
    if (!seen || !this.open) return;
    const covered = Math.max(0, window.innerHeight - seen.height - seen.offsetTop);
    this.host.style.setProperty("--plenum-below", `${String(Math.round(covered))}px`);
    this.host.toggleAttribute("data-typing", covered > window.innerHeight / 5);
  }
}
