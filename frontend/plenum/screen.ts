/**
 * `<allmende-plenum room slug icons texts pads-texts pads-script>` around `<allmende-call>`: makes
 * one screen of it while an assembly is open, and shows nothing but the call while none is.
 *
 * The call hands over the live events of the room and what is so in it, and carries out what
 * concerns hands (frontend/meet/around.ts). The call itself is never moved: it would begin anew.
 */

import { Announcer } from "./announcer";
import { type Act, type Answer, PlenumApi, type Snapshot } from "./api";
import { ServerClock } from "./clock";
import { confirmEnd, openAssembly } from "./forms";
import { Gong, strike } from "./gong";
import { newsOf } from "./news";
import type { CallNow } from "./place";
import { settings } from "./settings";
import { loadTexts, sentenceOf, t } from "./texts";
import { runningOf, timeOf } from "./times";
import { View } from "./view";

const TICK_MS = 500;
const ASK_AGAIN_MS = 60_000;
const ALIVE = ["open", "running", "paused"];

interface Choice {
  icon: string;
  label: string;
  act: () => void;
  danger?: boolean;
}

export class AllmendePlenum extends HTMLElement {
  private readonly clock = new ServerClock();
  private readonly gong = new Gong(strike);
  private readonly closing = new AbortController();
  private api!: PlenumApi;
  private announcer!: Announcer;
  private view: View | undefined;
  private snapshot: Snapshot | null = null;
  private call: CallNow | null = null;
  private sentence = "";
  private phase = "";
  private timers: number[] = [];

  connectedCallback(): void {
    if (this.view) return;
    this.api = new PlenumApi(Number(this.getAttribute("room")));
    this.listen();
    void this.begin();
  }

  disconnectedCallback(): void {
    for (const timer of this.timers) window.clearInterval(timer);
    this.closing.abort();
  }

  private async begin(): Promise<void> {
    const inner = this.querySelector<HTMLElement>("allmende-call");
    if (!inner) return;
    inner.removeAttribute("in-plenum");
    await loadTexts(this.getAttribute("texts") ?? "");
    const value = (name: string): string => this.getAttribute(name) ?? "";
    const pad = { script: value("pads-script"), texts: value("pads-texts"), icons: value("icons") };
    const view = new View(this, inner, {
      act: this.act,
      call: (path, body) => this.tell("act", { path, body }),
      end: () => confirmEnd(this.act),
      changed: (close) => this.tellPanels(close),
    }, pad);
    this.announcer = new Announcer(view.heard);
    this.view = view;
    await this.refresh();
    this.timers = [
      window.setInterval(() => this.tick(), TICK_MS),
      window.setInterval(() => void this.refresh(), ASK_AGAIN_MS),
    ];
  }

  /** Asks for what is so; that also says what time the server has. */
  private async refresh(): Promise<void> {
    if (!this.call?.joined && !this.hasAttribute("inside")) return;
    try {
      this.answered(await this.api.snapshot());
    } catch (reason) {
      // At the door, or without a network: the next answer or event brings it.
      sentenceOf(reason);
    }
  }

  private readonly act: Act = async (command, body) => {
    try {
      this.answered(await this.api.act(command, body));
      return "";
    } catch (reason) {
      const sentence = sentenceOf(reason);
      // A window lies above the notice: it says the sentence itself.
      if (!document.querySelector("dialog[open]")) this.tell("notice", { sentence });
      return sentence;
    }
  };

  private answered({ snapshot, askedMs, answeredMs }: Answer): void {
    this.clock.answered(snapshot.server_ms, askedMs, answeredMs);
    this.take(snapshot);
  }

  /** Shows a snapshot, unless a newer one is shown already. */
  private take(snapshot: Snapshot): void {
    if (!this.view || (this.snapshot && snapshot.as_of < this.snapshot.as_of)) return;
    const before = this.snapshot;
    this.snapshot = { ...snapshot, may: snapshot.may ?? before?.may ?? { facilitate: false } };
    if (this.call?.joined) this.announcer.announce(newsOf(before, this.snapshot));
    this.show();
  }

  private show(): void {
    const { view, snapshot } = this;
    if (!view || !snapshot) return;
    const wasOpen = view.isOpen;
    const alive = ALIVE.includes(snapshot.assembly?.state ?? "");
    if (alive) view.update(snapshot, this.clock.now());
    if (alive && this.call?.joined) {
      view.enter();
      this.leadOver();
    } else view.leave();
    if (wasOpen && !view.isOpen) this.tell("notice", { sentence: t("plenum.screen-is-over") });
    view.announceBefore(this.call?.joined ? null : snapshot);
  }

  /** Who leaves goes to the page of the plenum; a page of the plenum says where that is. */
  private leadOver(): void {
    const inner = this.querySelector("allmende-call");
    if (!inner || inner.getAttribute("over-path")) return;
    const link = this.getAttribute("link");
    const query = link ? `?${new URLSearchParams({ g: link }).toString()}` : "";
    inner.setAttribute("over-path", `/r/${this.getAttribute("slug") ?? ""}/plenum/over${query}`);
  }

  private tick(): void {
    const { view, snapshot } = this;
    if (!view?.isOpen || !snapshot?.assembly) return;
    const serverMs = this.clock.now();
    view.bar.tick(serverMs);
    const item = snapshot.assembly.state === "running" ? runningOf(snapshot.assembly) : undefined;
    const time = item ? timeOf(item, snapshot, serverMs) : null;
    this.gong.tick(item, time?.part ?? 0, settings().gong);
    const phase = item && time ? `${String(item.id)} ${time.phase}` : "";
    if (phase.endsWith("over") && this.phase === phase.replace("over", "late")) {
      this.announcer.announce(t("plenum.screen-said-over"));
    }
    this.phase = phase;
  }

  private listen(): void {
    this.on<CallNow>("allmende:call", (call) => this.heardCall(call));
    this.on<{ name: string; value: unknown }>("allmende:live", ({ name, value }) => {
      if (name === "plenum.state") this.take(value as Snapshot);
      else if (name === "open") void this.refresh();
    });
    this.on<{ panel: string }>("allmende:panel", () => this.view?.flipChat());
    this.on<{ key: string }>("allmende:key", ({ key }) => this.pressed(key));
    this.on<{ choices: Choice[] }>("allmende:more", ({ choices }) => choices.push(...this.choices()));
    this.on<{ keys: [string, string][] }>("allmende:keys", ({ keys }) => {
      if (!this.view?.isOpen) return;
      keys.push(["A", t("plenum.screen-key-agenda")], ["L", t("plenum.screen-key-list")]);
    });
    const { signal } = this.closing;
    this.addEventListener("chat:message", () => {
      if (this.view?.isOpen) this.view.messageCame();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.refresh();
    }, { signal });
  }

  private heardCall(call: CallNow): void {
    const joined = call.joined && !this.call?.joined;
    this.call = call;
    if (!this.view) return;
    if (joined && this.snapshot) this.show();
    else if (joined) void this.refresh();
    const sentence = this.view.hands.update(call);
    this.view.waiting(call.order.length);
    // To be called is said and sounded by the call itself, at once.
    const mine = call.people.find((one) => one.me);
    if (this.sentence && sentence !== this.sentence && mine?.hand && this.view.isOpen) this.announcer.announce(sentence);
    this.sentence = sentence;
  }

  private pressed(key: string): void {
    if (!this.view?.isOpen) return;
    if (key === "a") this.view.toggleAgenda();
    else if (key === "l") this.view.toList();
  }

  /** What the window "more" of the call offers besides. */
  private choices(): Choice[] {
    const { snapshot } = this;
    if (!snapshot?.may.facilitate) return [];
    const assembly = snapshot.assembly;
    const act = this.act;
    if (assembly && ALIVE.includes(assembly.state)) {
      return [{ icon: "flag", label: t("plenum.screen-end"), act: () => confirmEnd(act) }];
    }
    const planned = assembly?.state === "planned";
    const title = planned ? assembly.title : (this.querySelector("allmende-call")?.getAttribute("title-text") ?? "");
    const choices = [
      { icon: "list-ordered", label: t("plenum.screen-open"), act: () => openAssembly(title, planned, act) },
    ];
    if (assembly?.state !== "closed") return choices;
    return [...choices, { icon: "undo-2", label: t("plenum.screen-reopen"), act: () => void act("reopen", {}) }];
  }

  private tellPanels(close: boolean): void {
    if (!this.view) return;
    this.tell("panels", { chat: this.view.chatSeen, unread: this.view.unread, close });
  }

  private tell(name: string, detail: unknown): void {
    document.dispatchEvent(new CustomEvent(`allmende:${name}`, { detail }));
  }

  private on<T>(name: string, hear: (detail: T) => void): void {
    const { signal } = this.closing;
    document.addEventListener(name, (event) => hear((event as CustomEvent<T>).detail), { signal });
  }
}
