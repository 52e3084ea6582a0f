/** A toolbar with one stop for the Tab key; arrows, Home and End move inside (ARIA, toolbar). */

import type { Texts } from "../kit/texts";
import { el, icon } from "../kit/dom";
import { type Action, gathered } from "./editing";

export class Toolbar {
  readonly node: HTMLElement;
  /** Shows again what is on and what can be pressed. */
  readonly refresh: { (): void; stop: () => void };
  private readonly buttons: { action: Action; button: HTMLButtonElement }[];

  constructor(actions: readonly Action[], texts: Texts, mac: boolean) {
    this.buttons = actions.map((action) => ({ action, button: make(action, texts, mac) }));
    this.node = el("div", { class: "editor-toolbar", role: "toolbar", "aria-label": texts.text("pads.editor-toolbar") });
    this.node.append(...this.buttons.map(({ button }) => button));
    this.node.addEventListener("keydown", (event) => this.move(event));
    this.node.addEventListener("focusin", (event) => this.arrived(event.target));
    // The text keeps its selection when a pointer presses a button.
    this.node.addEventListener("mousedown", (event) => event.preventDefault());
    this.refresh = gathered(() => this.show());
    this.show();
  }

  focus(): void {
    this.stop()?.focus();
  }

  private show(): void {
    for (const { action, button } of this.buttons) {
      const hidden = action.shown ? !action.shown() : false;
      if (button.hidden !== hidden) button.hidden = hidden;
      // Not `disabled`: a button that vanished below the keyboard would lose the focus.
      if (action.possible) set(button, "aria-disabled", String(!action.possible()));
      if (action.active) set(button, "aria-pressed", String(action.active()));
    }
    if (!this.stop()) this.shownButtons()[0]?.setAttribute("tabindex", "0");
  }

  private stop(): HTMLButtonElement | undefined {
    return this.shownButtons().find((button) => button.tabIndex === 0);
  }

  private shownButtons(): HTMLButtonElement[] {
    return this.buttons.map(({ button }) => button).filter((button) => !button.hidden);
  }

  private move(event: KeyboardEvent): void {
    const all = this.shownButtons();
    const at = all.findIndex((button) => button === event.target);
    const to: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    const next = to[event.key];
    if (at < 0 || next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    all[(next + all.length) % all.length]?.focus();
  }

  private arrived(target: EventTarget | null): void {
    if (!this.buttons.some(({ button }) => button === target)) return;
    for (const { button } of this.buttons) button.tabIndex = button === target ? 0 : -1;
    (target as HTMLElement).scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }
}

function make(action: Action, texts: Texts, mac: boolean): HTMLButtonElement {
  const label = texts.text(action.label);
  const title = action.keys ? `${label} (${shownKeys(action.keys, texts, mac)})` : label;
  const kind = action.apart ? "editor-tool editor-tool-apart" : "editor-tool";
  const button = el("button", { type: "button", class: kind, "aria-label": label, title, tabindex: "-1" }, icon(action.icon));
  if (action.keys) button.setAttribute("aria-keyshortcuts", action.keys.replace("Mod", mac ? "Meta" : "Control").replaceAll("-", "+"));
  button.addEventListener("click", () => {
    if (!action.possible || action.possible()) action.run();
  });
  return button;
}

/** Keys as they stand on the keyboard. */
export function shownKeys(keys: string, texts: Texts, mac: boolean): string {
  const names: Record<string, string> = {
    Mod: mac ? "⌘" : texts.text("pads.editor-key-control"),
    Alt: mac ? "⌥" : "Alt",
    Shift: texts.text("pads.editor-key-shift"),
  };
  return keys
    .split(/-(?!$)/)
    .map((key) => names[key] ?? key)
    .join("+");
}

function set(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}
