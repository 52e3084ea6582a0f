/** Before joining: a name, a look at the microphone, and in; or in without any microphone. */

import { DeviceError, type DeviceFault, devices, Level, obstacle, openMicrophone, stop } from "../meet/devices";
import { remember, settings } from "../meet/settings";
import { t } from "../meet/texts";
import { button, el, icon, say, turn } from "../kit/dom";
import { sentenceOf } from "../meet/asking";
import { Echo, type Echoed } from "./echo";

const FAULTS: Readonly<Record<DeviceFault, string>> = {
  missing: "meet.fault-no-microphone",
  denied: "meet.fault-denied",
  busy: "meet.fault-busy",
  insecure: "meet.fault-insecure",
  old: "meet.fault-old-browser",
};

const ECHOED: Readonly<Record<Echoed, string>> = {
  heard: "meet.echo-heard",
  "hardware-mute": "meet.echo-hardware-mute",
  "nothing-through": "meet.echo-nothing-through",
};

export const faultText = (fault: DeviceFault | undefined): string => FAULTS[fault ?? "busy"];

export interface JoinOptions {
  name: string;
  named: boolean;
  listens: boolean;
  call: string;
  mumble: string;
  slots: number;
}

export interface Entry {
  name: string;
  microphone: boolean;
}

export class Join {
  readonly node: HTMLElement;
  private readonly name = el("input", {
    id: "voice-name",
    class: "input",
    type: "text",
    maxlength: "60",
    autocomplete: "nickname",
    required: true,
    "aria-describedby": "voice-name-fault",
  });
  private readonly nameFault = el("p", { id: "voice-name-fault", class: "field-error" });
  private readonly said = el("p", { class: "voice-said", role: "status" });
  private readonly meter = el("meter", { min: "0", max: "1", value: "0", class: "voice-meter" });
  private readonly choice = el("select", { class: "input", id: "voice-microphone" });
  private readonly buttons: HTMLButtonElement[] = [];
  private stream: MediaStream | null = null;
  private level: Level | null = null;
  private readonly echoSaid = el("p", { class: "voice-said", role: "status" });
  private readonly echoButton = button("ear", t("meet.echo-test"), () => void this.hearMyself(), "button-quiet");
  private echo: Echo | null = null;

  constructor(
    private readonly options: JoinOptions,
    private readonly enter: (entry: Entry) => void,
  ) {
    this.node = this.build();
    const fault = obstacle();
    if (fault) say(this.said, t(FAULTS[fault]));
  }

  refused(sentence: string): void {
    say(this.said, sentence);
    this.busy(false);
  }

  focus(): void {
    (this.options.named ? this.buttons[0] : this.name)?.focus();
  }

  /** Lets go of the microphone that was tried. */
  close(): void {
    this.endEcho();
    this.level?.close();
    stop(this.stream);
    this.level = this.stream = null;
    this.meter.value = 0;
    this.busy(false);
  }

  private busy(on: boolean): void {
    for (const one of this.buttons) one.disabled = on;
  }

  private build(): HTMLElement {
    const form = el("form", { class: "voice-join stack", novalidate: true });
    if (this.options.named) form.append(el("p", {}, t("meet.join-as", { name: this.options.name })));
    else {
      this.name.value = this.options.name || settings().name;
      form.append(el("div", { class: "field" }, el("label", { for: "voice-name" }, t("meet.your-name")), this.name, this.nameFault));
    }
    const speaks = !this.options.listens;
    if (speaks) {
      const first = el("button", { type: "submit", class: "button button-large" }, icon("mic"), t("voice.join-talking"));
      this.buttons.push(first);
    }
    const listen = button("ear", t("voice.join-listening"), () => this.submit(false), speaks ? "button-quiet" : "button-large");
    this.buttons.push(listen);
    form.append(el("div", { class: "cluster" }, ...this.buttons), this.said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(speaks);
    });
    return el("section", { class: "voice-before stack", "aria-label": t("meet.before-joining") }, form, ...(speaks ? [this.check()] : []), this.others());
  }

  private check(): HTMLElement {
    const summary = el("summary", {}, t("voice.check-microphone"), icon("chevron-down"));
    const label = el("label", { for: "voice-microphone" }, t("voice.microphone"));
    const level = el("label", { class: "field" }, t("meet.level"), this.meter);
    const box = el("details", { class: "unfold" }, summary);
    const echo = el("div", { class: "stack" }, el("p", {}, this.echoButton), this.echoSaid);
    box.append(el("div", { class: "stack" }, el("div", { class: "field" }, label, this.choice), level, echo));
    box.addEventListener("toggle", () => {
      if (box.open) void this.tryOut();
      else this.close();
    });
    this.choice.addEventListener("change", () => {
      remember({ microphone: this.choice.value });
      void this.tryOut();
    });
    return box;
  }

  private others(): HTMLElement {
    const ways = el("p", { class: "small quiet voice-ways" }, el("a", { href: this.options.call }, t("voice.open-call")));
    if (this.options.mumble) ways.append(el("a", { href: this.options.mumble }, t("voice.open-mumble")));
    ways.append(el("span", {}, t("voice.phone-note")));
    return ways;
  }

  private async tryOut(): Promise<void> {
    this.close();
    try {
      this.stream = await openMicrophone(settings().microphone);
      this.level = new Level(this.stream, (level) => (this.meter.value = level));
      const chosen = this.stream.getAudioTracks()[0]?.getSettings().deviceId;
      const found = await devices("audioinput");
      this.choice.replaceChildren(...found.map((one) => el("option", { value: one.deviceId, selected: one.deviceId === chosen }, one.label)));
      say(this.said, "");
    } catch (reason) {
      if (reason instanceof DeviceError) say(this.said, t(faultText(reason.fault)));
    }
  }

  /** The echo test; pressed again it ends. */
  private async hearMyself(): Promise<void> {
    if (this.echo) return this.endEcho();
    const echo = new Echo(this.options.slots);
    this.echo = echo;
    turn(this.echoButton, { label: t("voice.echo-end"), pressed: true });
    say(this.echoSaid, t("meet.echo-speak"));
    const found = await echo.run(settings().microphone).catch((reason: unknown) => {
      return reason instanceof DeviceError ? t(faultText(reason.fault)) : sentenceOf(reason);
    });
    if (this.echo !== echo) return;
    const words = Object.hasOwn(ECHOED, found) ? t(ECHOED[found as Echoed]) : found;
    if (found !== "heard") this.endEcho();
    say(this.echoSaid, words);
  }

  private endEcho(): void {
    this.echo?.close();
    this.echo = null;
    turn(this.echoButton, { label: t("meet.echo-test"), pressed: false });
    say(this.echoSaid, "");
  }

  private submit(microphone: boolean): void {
    const name = this.options.named ? this.options.name : this.name.value.trim();
    say(this.nameFault, name ? "" : t("meet.name-missing"));
    if (!name) {
      this.name.setAttribute("aria-invalid", "true");
      this.name.focus();
      return;
    }
    this.name.removeAttribute("aria-invalid");
    if (!this.options.named) remember({ name });
    this.busy(true);
    say(this.said, t("meet.joining"));
    this.enter({ name, microphone });
  }
}
