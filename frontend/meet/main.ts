/** `<allmende-call>`: the way from a link into a call. The call itself is loaded meanwhile. */

import { type Joined, LiveRoom, Refused, RoomApi, type Waiting } from "./api";
import { askToJoin, sentenceOf } from "./asking";
import { obstacle } from "./devices";
import { button, el, say, useSprite } from "./dom";
import { type Entry, type RoomOptions, optionsOf } from "./options";
import { Prejoin } from "./prejoin";
import { keepDoorPass } from "./settings";
import { loadTexts, t } from "./texts";

type InsideCall = import("./inside").Inside;

const ASK_AGAIN_MS = 20_000;

class AllmendeCall extends HTMLElement {
  private options!: RoomOptions;
  private api!: RoomApi;
  private prejoin: Prejoin | undefined;
  private door: LiveRoom | undefined;
  private asking = 0;
  private entering = false;
  private inside: InsideCall | undefined;

  /** Set by a page that shows chat and hands itself, beside the call. */
  static readonly observedAttributes = ["in-plenum"];

  attributeChangedCallback(): void {
    this.inside?.inPlenum(this.hasAttribute("in-plenum"));
  }

  connectedCallback(): void {
    this.options = optionsOf(this);
    this.api = new RoomApi(this.options.room);
    useSprite(this.options.icons);
    void this.start();
  }

  private async start(): Promise<void> {
    await loadTexts(this.getAttribute("texts") ?? "");
    this.prejoin = new Prejoin(this.options, (entry) => void this.join(entry));
    this.replaceChildren(this.prejoin.node);
    // The larger part comes while the name is typed.
    if (!obstacle()) void import("./inside");
  }

  private async join(entry: Entry): Promise<void> {
    try {
      const answer = await askToJoin(this.api, this.options, entry);
      if ("ticket" in answer) this.wait(entry, answer);
      else await this.enter(entry, answer);
    } catch (reason) {
      this.refused(reason);
    }
  }

  private async enter(entry: Entry, joined: Joined): Promise<void> {
    this.stopWaiting();
    keepDoorPass(this.options.room, joined.pass);
    const { Inside } = await import("./inside");
    this.prejoin?.close();
    const inside = new Inside(this.options, this.api, entry);
    this.replaceChildren(inside.node);
    document.documentElement.classList.add("meet-inside");
    this.inside = inside;
    const started = inside.start(joined);
    inside.inPlenum(this.hasAttribute("in-plenum"));
    await started;
  }

  /** At the door: the page asks again as soon as it hears that it may. */
  private wait(entry: Entry, waiting: Waiting): void {
    this.prejoin?.busy(false);
    const status = el("p", { role: "status" }, t("meet.waiting-text"));
    const leave = button("log-out", t("meet.stop-waiting"), () => this.back(), "button-quiet");
    const heading = el("h2", { tabindex: "-1" }, t("meet.waiting-heading"));
    const pulse = el("div", { class: "meet-pulse", "aria-hidden": "true" });
    const box = el("section", { class: "meet-waiting" }, pulse, heading, status, leave);
    this.replaceChildren(box);
    heading.focus();
    this.stopWaiting();
    const again = (): void => void this.knock(entry, status);
    const answered = (value: { state: string }): void => {
      if (value.state === "admitted") again();
      else if (value.state === "none" || value.state === "refused") this.sentAway();
      else if (value.state === "removed") this.sentAway();
    };
    this.door = new LiveRoom(
      this.options.room,
      { "meet.door": answered as (value: never) => void },
      again,
      waiting.ticket,
    );
    this.door.open();
    // A signal may be lost; asking again now and then costs little and nobody waits for ever.
    this.asking = window.setInterval(again, ASK_AGAIN_MS);
    window.addEventListener("pagehide", this.gone);
  }

  private readonly gone = (): void => this.api.leave("");

  private stopWaiting(): void {
    window.clearInterval(this.asking);
    window.removeEventListener("pagehide", this.gone);
    this.door?.close();
    this.door = undefined;
  }

  private async knock(entry: Entry, status: HTMLElement): Promise<void> {
    if (this.entering) return;
    this.entering = true;
    try {
      const answer = await askToJoin(this.api, this.options, entry);
      if (!("ticket" in answer)) await this.enter(entry, answer);
    } catch (reason) {
      if (reason instanceof Refused && reason.status === 0) say(status, t("meet.offline"));
      else this.refused(reason);
    } finally {
      this.entering = false;
    }
  }

  private sentAway(): void {
    this.back();
    this.prejoin?.refused(t("meet.not-let-in"));
  }

  private back(): void {
    this.stopWaiting();
    this.api.leave("");
    if (this.prejoin) this.replaceChildren(this.prejoin.node);
    this.prejoin?.busy(false);
    this.prejoin?.focus();
  }

  private refused(reason: unknown): void {
    this.stopWaiting();
    if (this.prejoin && !this.contains(this.prejoin.node)) {
      this.replaceChildren(this.prejoin.node);
    }
    this.prejoin?.refused(sentenceOf(reason));
    if (!(reason instanceof Refused)) throw reason;
  }
}

customElements.define("allmende-call", AllmendeCall);
