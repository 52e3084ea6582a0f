/** The bar at the thumb: what one does all the time, as large buttons with words. */

import { type Call, Track } from "./call";
import { control, el, turn } from "./dom";
import { t } from "./texts";

export interface Actions {
  microphone(): void;
  camera(): void;
  share(): void;
  hand(): void;
  view(): void;
  react(): void;
  chat(): void;
  roster(): void;
  more(): void;
  leave(): void;
}

export interface Shown {
  hand: number;
  floor: boolean;
  grid: boolean;
  panel: "chat" | "people" | null;
  /** Moderated, and neither facilitator nor with the floor. */
  heldBack: boolean;
  unread: number;
  waiting: number;
  people: number;
}

export class Controls {
  readonly node: HTMLElement;
  private readonly microphone: HTMLButtonElement;
  private readonly camera: HTMLButtonElement;
  private readonly share: HTMLButtonElement;
  private readonly hand: HTMLButtonElement;
  private readonly view: HTMLButtonElement;
  private readonly chat: HTMLButtonElement;
  private readonly roster: HTMLButtonElement;
  private readonly unread = el("span", { class: "badge badge-count", hidden: true });
  private readonly count = el("span", { class: "badge badge-count", hidden: true });

  constructor(actions: Actions, hasChat: boolean) {
    this.microphone = control("mic-off", "", () => actions.microphone(), "meet-mic");
    this.camera = control("video-off", "", () => actions.camera(), "");
    this.share = control("monitor-up", "", () => actions.share(), "meet-wide-only");
    this.hand = control("hand", "", () => actions.hand(), "");
    this.view = control("layout-grid", "", () => actions.view(), "meet-wide-only");
    this.chat = control("message-square", t("meet.chat"), () => actions.chat(), "");
    this.roster = control("users", t("meet.people"), () => actions.roster(), "");
    const smile = control("smile", t("meet.react"), () => actions.react(), "meet-wide-only");
    const more = control("ellipsis", t("meet.more"), () => actions.more(), "");
    const leave = control("phone-off", t("meet.leave"), () => actions.leave(), "control-danger");
    this.chat.append(this.unread);
    this.roster.append(this.count);
    if (!hasChat) this.chat.hidden = true;
    for (const opener of [smile, more]) opener.setAttribute("aria-haspopup", "dialog");
    this.node = el(
      "div",
      { class: "meet-controls", role: "toolbar", "aria-label": t("meet.controls") },
      el("div", { class: "meet-controls-main" }, this.microphone, this.camera, this.hand),
      el("div", { class: "meet-controls-main meet-controls-few" }, this.share, smile, this.view),
      el("div", { class: "meet-controls-main" }, this.chat, this.roster, more, leave),
    );
    this.node.addEventListener("keydown", (event) => this.walk(event));
  }

  update(call: Call, shown: Shown): void {
    const on = call.me.isMicrophoneEnabled;
    const maySpeak = call.may(Track.Source.Microphone);
    const word = shown.heldBack ? "hand-to-speak" : on ? "mute" : "unmute";
    turn(this.microphone, {
      icon: on && !shown.heldBack ? "mic" : "mic-off",
      label: t(maySpeak || shown.heldBack ? `meet.${word}` : "meet.listening"),
      pressed: on && !shown.heldBack,
      disabled: !maySpeak && !shown.heldBack,
    });
    const camera = call.me.isCameraEnabled;
    turn(this.camera, {
      icon: camera ? "video" : "video-off",
      label: t(camera ? "meet.camera-off" : "meet.camera-on"),
      pressed: camera,
      disabled: !call.may(Track.Source.Camera),
    });
    const sharing = call.me.isScreenShareEnabled;
    turn(this.share, {
      icon: sharing ? "monitor-x" : "monitor-up",
      label: t(sharing ? "meet.share-stop" : "meet.share"),
      pressed: sharing,
      disabled: !call.may(Track.Source.ScreenShare),
    });
    const hand = shown.floor ? "floor-end" : shown.hand ? "hand-lower" : "hand-raise";
    turn(this.hand, {
      label: t(`meet.${hand}`, { n: shown.hand }),
      pressed: shown.hand > 0 || shown.floor,
    });
    turn(this.view, {
      icon: shown.grid ? "gallery-vertical-end" : "layout-grid",
      label: t(shown.grid ? "meet.view-speaker" : "meet.view-grid"),
    });
    this.showPanels(shown);
  }

  /** Gives the focus back to the button that opened a panel. */
  focusPanelButton(panel: "chat" | "people"): void {
    (panel === "chat" ? this.chat : this.roster).focus();
  }

  private showPanels(shown: Shown): void {
    turn(this.chat, { pressed: shown.panel === "chat" });
    turn(this.roster, { pressed: shown.panel === "people" });
    this.unread.hidden = shown.unread === 0;
    this.unread.textContent = shown.unread ? t("meet.unread", { n: shown.unread }) : "";
    const waits = shown.waiting > 0;
    this.count.toggleAttribute("data-waiting", waits);
    this.count.hidden = !waits && shown.people === 0;
    this.count.textContent = waits ? t("meet.waiting-short", { n: shown.waiting }) : String(shown.people);
  }

  /** Arrow keys walk through the bar, as in any toolbar. */
  private walk(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const all = [...this.node.querySelectorAll<HTMLButtonElement>("button:not([hidden])")].filter(
      (one) => !one.disabled && one.offsetParent !== null,
    );
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[(at + step + all.length) % all.length]?.focus();
    event.preventDefault();
  }
}
