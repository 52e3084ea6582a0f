/** The agenda bar above the stage: the running item, its time, and all items as one field. */

import { button, el, icon, say, set, setIcon, turn } from "../kit/dom";
import type { Act, Assembly, Item, Snapshot } from "./api";
import { keepFocus } from "./focus";
import { clock, t } from "./texts";
import { agendaOf, comingOf, expectedEnd, type ItemTime, runningOf, shown, timeOf } from "./times";

export const KIND_ICONS = { info: "info", discussion: "messages-square", decision: "vote", break: "coffee" } as const;

export class Bar {
  readonly node: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly acts: Acts;
  private readonly dial = el("span", { class: "plenum-dial", "aria-hidden": "true" });
  private readonly kicker = el("p", { class: "plenum-kicker" });
  private readonly title = el("h2", { class: "plenum-title" });
  private readonly time = el("p", { class: "plenum-time", role: "timer" });
  private readonly left = el("span", { class: "plenum-left" });
  private readonly word = el("span", { class: "plenum-left-word" });
  private readonly end = el("span", { class: "plenum-end" });
  readonly furrow = el("div", { class: "plenum-furrow", "aria-hidden": "true" });
  private snapshot: Snapshot | null = null;

  constructor(act: Act, open: () => void) {
    this.acts = new Acts(act, () => this.toggle);
    this.toggle = button("list-ordered", t("plenum.screen-agenda"), open, "button-small plenum-toggle");
    set(this.toggle, "aria-expanded", "false");
    set(this.toggle, "aria-controls", "plenum-agenda");
    this.time.append(this.left, this.word, this.end);
    const what = el("div", { class: "plenum-what" }, this.kicker, this.title);
    const now = el("div", { class: "plenum-now" }, this.dial, what, this.time, this.toggle);
    this.node = el("section", { class: "plenum-bar" }, now, this.acts.node, this.furrow);
    set(this.node, "aria-label", t("plenum.screen-running-item"));
  }

  update(snapshot: Snapshot, serverMs: number): void {
    this.snapshot = snapshot;
    const assembly = snapshot.assembly;
    if (!assembly) return;
    const item = runningOf(assembly);
    say(this.kicker, kickerOf(assembly, item));
    say(this.title, item ? item.title : emptyOf(assembly));
    this.showFurrow(assembly);
    this.acts.update(assembly, snapshot.may.facilitate);
    this.tick(serverMs);
  }

  tick(serverMs: number): void {
    const snapshot = this.snapshot;
    const assembly = snapshot?.assembly;
    if (!snapshot || !assembly) return;
    const item = runningOf(assembly);
    const time = item ? timeOf(item, snapshot, serverMs) : null;
    this.node.dataset["phase"] = assembly.state === "running" ? (time?.phase ?? "none") : assembly.state;
    this.showTime(time, assembly.state === "paused");
    const at = expectedEnd(snapshot, serverMs);
    say(this.end, at ? t("plenum.screen-expected-end", { time: clock(at) }) : "");
    this.dial.hidden = time === null;
    this.dial.style.setProperty("--part", String(Math.min(1, time?.part ?? 0)));
    if (item && time) this.fill(item, time);
  }

  private showTime(time: ItemTime | null, paused: boolean): void {
    const over = time?.phase === "over";
    say(this.left, time ? (over ? `+${shown(-time.leftMs)}` : shown(time.leftMs)) : "");
    const word = paused ? "plenum.screen-is-paused" : over ? "plenum.screen-time-over" : "plenum.screen-time-left";
    say(this.word, time ? t(word) : "");
  }

  /** One strip an item, as wide as it is long; what is done is filled. */
  private showFurrow(assembly: Assembly): void {
    const { items } = agendaOf(assembly);
    const strips = items.map((item) => {
      const strip = el("span", { class: "plenum-strip", "data-state": item.state, "data-item": String(item.id) });
      strip.style.flexGrow = String(item.minutes);
      return strip;
    });
    this.furrow.replaceChildren(...strips);
  }

  private fill(item: Item, time: ItemTime): void {
    const strip = this.furrow.querySelector<HTMLElement>(`[data-item="${String(item.id)}"]`);
    strip?.style.setProperty("--part", String(Math.min(1, time.part)));
  }
}

function kickerOf(assembly: Assembly, item: Item | undefined): string {
  if (!item) return assembly.title;
  const { items } = agendaOf(assembly);
  const n = items.indexOf(item) + 1;
  return t("plenum.screen-item-of", { n, all: items.length, kind: t(`plenum.screen-kind-${item.kind}`) });
}

function emptyOf(assembly: Assembly): string {
  if (assembly.state === "open") return t("plenum.screen-not-begun");
  if (assembly.state === "paused") return t("plenum.screen-pause");
  return comingOf(assembly) ? t("plenum.screen-no-item-runs") : t("plenum.screen-all-done");
}

/** What facilitators do all the time: start, next, a little longer, go on. */
export class Acts {
  readonly node = el("div", { class: "plenum-acts", hidden: true });
  private readonly main: HTMLButtonElement;
  private readonly two: HTMLButtonElement;
  private readonly five: HTMLButtonElement;
  private readonly pause: HTMLButtonElement;
  private assembly: Assembly | null = null;

  constructor(
    private readonly act: Act,
    /** What has the focus when none of them can have it. */
    private readonly last: () => HTMLElement,
  ) {
    this.main = button("skip-forward", "", () => void this.go(), "button-small");
    this.two = button("plus", "", () => void this.extend(2), "button-small button-quiet");
    this.five = button("plus", "", () => void this.extend(5), "button-small button-quiet");
    for (const [node, n] of [[this.two, 2], [this.five, 5]] as const) {
      turn(node, { label: t("plenum.screen-minutes", { n }) });
      set(node, "aria-label", t("plenum.screen-minutes-more", { n }));
      set(node, "title", t("plenum.screen-minutes-more", { n }));
    }
    this.pause = button("pause", t("plenum.screen-pause"), () => void this.act("pause", {}), "button-small button-quiet");
    this.node.append(this.main, this.two, this.five, this.pause);
    set(this.node, "role", "group");
    set(this.node, "aria-label", t("plenum.screen-facilitation"));
  }

  update(assembly: Assembly, facilitates: boolean): void {
    this.assembly = assembly;
    const near = (): HTMLElement => (this.node.hidden || this.main.hidden ? this.last() : this.main);
    keepFocus(this.node, near, () => this.show(assembly, facilitates));
  }

  private show(assembly: Assembly, facilitates: boolean): void {
    this.node.hidden = !facilitates || assembly.state === "closed";
    const item = runningOf(assembly);
    const [name, label] = this.mainOf(assembly, item);
    setIcon(this.main, name);
    turn(this.main, { label });
    this.main.hidden = label === "";
    const runs = assembly.state === "running";
    this.two.hidden = this.five.hidden = !item || assembly.state === "open";
    this.pause.hidden = !runs;
  }

  private mainOf(assembly: Assembly, item: Item | undefined): readonly [string, string] {
    if (assembly.state === "open") return ["play", t("plenum.screen-start")];
    if (assembly.state === "paused") return ["play", t("plenum.screen-resume")];
    if (comingOf(assembly)) return ["skip-forward", t(item ? "plenum.screen-next-item" : "plenum.screen-first-item")];
    return item ? ["check", t("plenum.screen-end-item")] : ["flag", ""];
  }

  private async go(): Promise<void> {
    const { assembly } = this;
    if (!assembly) return;
    const running = assembly.running;
    if (assembly.state === "open") await this.act("start", {});
    else if (assembly.state === "paused") await this.act("resume", {});
    else if (comingOf(assembly)) await this.act("next", { after: running });
    else await this.act("end", { item: running });
  }

  private async extend(minutes: number): Promise<void> {
    const item = this.assembly?.running;
    if (item != null) await this.act("extend", { item, minutes });
  }
}

/** The kind of an item as icon and word. */
export function kindOf(item: Item): HTMLElement {
  return el("span", { class: "plenum-kind" }, icon(KIND_ICONS[item.kind]), t(`plenum.screen-kind-${item.kind}`));
}
