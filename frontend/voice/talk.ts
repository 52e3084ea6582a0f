/** The talk button: hold it, tap it, or leave the microphone open; the space bar does the same. */

import { t } from "../meet/texts";
import { el, icon, say, set, setIcon } from "../kit/dom";
import { keep, kept, type Way } from "./kept";
import { isFree, type State } from "./state";
import type { Stay } from "./stay";

const WAYS: readonly Way[] = ["hold", "tap", "open"];

export class Talk {
  readonly node: HTMLElement;
  private readonly word = el("span", { class: "word" });
  private readonly button = el("button", { type: "button", class: "voice-talk" }, icon("mic"), this.word);
  private readonly ways: HTMLFieldSetElement;
  private way: Way = kept().way;
  private wantsOpen = true;

  constructor(
    private readonly stay: Stay,
    private readonly speak: () => void,
  ) {
    this.ways = this.choices();
    this.node = el("div", { class: "voice-talking" }, this.button, this.ways);
    this.button.addEventListener("pointerdown", (event) => this.pressed(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      this.button.addEventListener(end, () => this.let());
    }
    this.button.addEventListener("click", () => this.clicked());
    this.button.addEventListener("keydown", (event) => this.key(event, true));
    this.button.addEventListener("keyup", (event) => this.key(event, false));
    this.button.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keydown", this.down);
    document.addEventListener("keyup", this.up);
    globalThis.addEventListener("blur", this.blur);
  }

  close(): void {
    document.removeEventListener("keydown", this.down);
    document.removeEventListener("keyup", this.up);
    globalThis.removeEventListener("blur", this.blur);
  }

  focus(): void {
    this.button.focus();
  }

  update(state: State): void {
    const talks = this.stay.gate.isOpen;
    set(this.button, "data-state", state);
    set(this.button, "aria-pressed", this.means === "talk" && this.way !== "hold" ? String(talks) : null);
    setIcon(this.button, this.means === "hand" ? "hand" : talks ? "mic" : "mic-off");
    say(this.word, t(this.label(talks)));
    this.ways.hidden = this.means !== "talk";
    if (state === "not-heard" && this.way === "open" && this.wantsOpen) this.stay.talk();
    if (state === "muted") this.wantsOpen = false;
  }

  private get means(): "talk" | "hand" | "microphone" {
    if (!this.stay.maySpeak) return "hand";
    return this.stay.hasMicrophone ? "talk" : "microphone";
  }

  private label(talks: boolean): string {
    if (this.means === "hand") return this.stay.handIsUp ? "voice.lower-hand" : "voice.raise-hand";
    if (this.means === "microphone") return "voice.take-microphone";
    if (this.way === "hold") return talks ? "voice.let-go" : "voice.hold-to-talk";
    return talks ? "voice.stop-talking" : "voice.tap-to-talk";
  }

  private choices(): HTMLFieldSetElement {
    const box = el("fieldset", { class: "voice-ways-to-talk" }, el("legend", {}, t("voice.way-to-talk")));
    for (const way of WAYS) {
      const input = el("input", { type: "radio", name: "voice-way", id: `voice-way-${way}`, value: way, checked: way === this.way });
      input.addEventListener("change", () => this.choose(way));
      box.append(el("div", { class: "choice" }, input, el("label", { for: input.id }, t(`voice.way-${way}`))));
    }
    return box;
  }

  private choose(way: Way): void {
    this.way = way;
    keep({ way });
    this.wantsOpen = way === "open";
    if (way === "open") this.stay.talk();
    else this.stay.rest();
  }

  private pressed(event: PointerEvent): void {
    if (this.way !== "hold" || this.means !== "talk" || event.button !== 0) return;
    this.button.setPointerCapture(event.pointerId);
    this.stay.talk();
  }

  private let(): void {
    if (this.way === "hold") this.stay.rest();
  }

  private clicked(): void {
    if (this.means === "hand") this.stay.hand();
    else if (this.means === "microphone") this.speak();
    else if (this.way !== "hold") this.flip();
  }

  private flip(): void {
    this.wantsOpen = !this.stay.gate.isOpen;
    if (this.wantsOpen) this.stay.talk();
    else this.stay.rest();
  }

  private key(event: KeyboardEvent, down: boolean): void {
    const talks = event.key === " " || event.key === "Enter";
    if (!talks || this.means !== "talk" || this.way !== "hold") return;
    event.preventDefault();
    if (down && !event.repeat) this.stay.talk();
    else if (!down) this.stay.rest();
  }

  private readonly down = (event: KeyboardEvent): void => {
    if (this.node.hidden || event.key !== " " || this.means !== "talk" || !isFree(event.target as Element)) return;
    event.preventDefault();
    if (event.repeat) return;
    if (this.way === "hold") this.stay.talk();
    else this.flip();
  };

  private readonly up = (event: KeyboardEvent): void => {
    if (event.key === " " && this.way === "hold") this.stay.rest();
  };

  /** A key that is let go in another window is not heard here. */
  private readonly blur = (): void => this.let();
}
