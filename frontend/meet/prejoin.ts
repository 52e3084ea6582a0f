/** Before the call: who are you, what do you look and sound like, come in. */

import { DeviceFields } from "./devicefields";
import {
  DeviceError,
  type DeviceFault,
  type Kind,
  Level,
  obstacle,
  openCamera,
  openMicrophone,
  stop,
  testTone,
} from "./devices";
import { button, el, icon, say, turn } from "./dom";
import { openEcho } from "./echoview";
import { mumbleWay } from "./mumble";
import type { Entry, RoomOptions } from "./options";
import { remember, settings } from "./settings";
import { t } from "./texts";

const FAULTS: Readonly<Record<DeviceFault, string>> = {
  missing: "meet.fault-no-microphone",
  denied: "meet.fault-denied",
  busy: "meet.fault-busy",
  insecure: "meet.fault-insecure",
  old: "meet.fault-old-browser",
};

export class Prejoin {
  readonly node: HTMLElement;
  private readonly name = el("input", {
    id: "meet-name",
    class: "input",
    type: "text",
    maxlength: "60",
    autocomplete: "nickname",
    required: true,
    "aria-describedby": "meet-name-fault",
  });
  private readonly nameFault = el("p", { id: "meet-name-fault", class: "field-error" });
  private readonly notice = el("p", { class: "meet-notice", role: "status" });
  private readonly video = el("video", { class: "meet-preview-video", hidden: true });
  private readonly noVideo = el("p", { class: "meet-preview-empty" });
  private readonly meter = el("meter", { min: "0", max: "1", value: "0", class: "meet-meter" });
  private readonly cameraButton: HTMLButtonElement;
  private readonly soundButton: HTMLButtonElement;
  private readonly fields: DeviceFields;
  private readonly low = el("input", { type: "checkbox", id: "meet-low" });
  private camera: MediaStream | null = null;
  private microphone: MediaStream | null = null;
  private level: Level | null = null;

  constructor(
    private readonly options: RoomOptions,
    private readonly join: (entry: Entry) => void,
  ) {
    this.cameraButton = button("video-off", t("meet.preview-camera"), () => this.flipCamera());
    this.soundButton = button("mic", t("meet.preview-microphone"), () => this.flipMicrophone());
    this.fields = new DeviceFields((kind, id) => this.chosen(kind, id));
    this.low.checked = settings().low;
    this.low.addEventListener("change", () => remember({ low: this.low.checked }));
    this.node = this.build();
    this.showPreview();
    const fault = obstacle();
    if (fault) say(this.notice, t(FAULTS[fault]));
  }

  /** Shows why the server did not let somebody in; what was typed stays. */
  refused(sentence: string): void {
    say(this.notice, sentence);
    this.busy(false);
  }

  busy(on: boolean): void {
    for (const node of this.node.querySelectorAll<HTMLButtonElement>("button[data-join]")) {
      node.disabled = on;
    }
    this.node.toggleAttribute("data-busy", on);
  }

  close(): void {
    this.fields.close();
    this.closeCamera();
    this.closeMicrophone();
  }

  focus(): void {
    if (this.options.named) this.node.querySelector<HTMLElement>("[data-join]")?.focus();
    else this.name.focus();
  }

  private build(): HTMLElement {
    const form = el("form", { class: "meet-join", novalidate: true });
    if (!this.options.named) {
      this.name.value = this.options.name || settings().name;
      const label = el("label", { for: "meet-name" }, t("meet.your-name"));
      form.append(el("div", { class: "field" }, label, this.name, this.nameFault));
    } else {
      form.append(el("p", { class: "meet-as" }, t("meet.join-as", { name: this.options.name })));
    }
    form.append(...this.joinButtons(), this.notice);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(!this.options.listens);
    });
    const tools = el("div", { class: "meet-tools" }, this.soundButton, this.cameraButton);
    const picture = el("div", { class: "meet-picture" }, this.video, this.noVideo);
    const preview = el("div", { class: "meet-preview" }, picture, tools);
    const check = el("details", { class: "unfold" });
    const summary = el("summary", {}, t("meet.check-devices"), icon("chevron-down"));
    check.append(summary, this.checks());
    const other = mumbleWay(this.options, () => this.name.value.trim());
    return el(
      "section",
      { class: "meet-prejoin", "aria-label": t("meet.before-joining") },
      el("div", { class: "meet-prejoin-join" }, form, ...(other ? [other] : [])),
      el("div", { class: "meet-prejoin-preview" }, preview, check),
    );
  }

  private joinButtons(): HTMLElement[] {
    const first = el("button", { type: "submit", class: "button button-large", "data-join": true });
    first.append(
      this.options.listens ? t("meet.join-listening") : t("meet.join-with-microphone"),
    );
    if (this.options.listens) return [first];
    const muted = button("mic-off", t("meet.join-muted"), () => this.submit(false), "button-quiet");
    muted.dataset["join"] = "";
    return [first, muted];
  }

  private checks(): HTMLElement {
    const meter = el("label", { class: "field" }, t("meet.level"), this.meter);
    const tone = button("volume-2", t("meet.test-speaker"), () => {
      void testTone(settings().speaker);
    }, "button-quiet");
    const echo = button("ear", t("meet.echo-test"), () => openEcho(), "button-quiet");
    const low = el("label", { class: "meet-switch" }, this.low, t("meet.low-bandwidth"));
    const buttons = el("div", { class: "meet-tools" }, tone, echo);
    return el("div", { class: "meet-checks" }, meter, this.fields.node, buttons, low);
  }

  private submit(microphone: boolean): void {
    const name = this.options.named ? this.options.name : this.name.value.trim();
    if (!name) {
      say(this.nameFault, t("meet.name-missing"));
      this.name.setAttribute("aria-invalid", "true");
      this.name.focus();
      return;
    }
    say(this.nameFault, "");
    this.name.removeAttribute("aria-invalid");
    if (!this.options.named) remember({ name });
    this.busy(true);
    say(this.notice, t("meet.joining"));
    this.join({ name, microphone, camera: this.camera !== null, low: this.low.checked });
  }

  private chosen(kind: Kind, _: string): void {
    if (kind === "videoinput" && this.camera) void this.openCamera();
    if (kind === "audioinput" && this.microphone) void this.openMicrophone();
  }

  private flipCamera(): void {
    if (this.camera) this.closeCamera();
    else void this.openCamera();
  }

  private flipMicrophone(): void {
    if (this.microphone) this.closeMicrophone();
    else void this.openMicrophone();
  }

  private async openCamera(): Promise<void> {
    this.closeCamera();
    try {
      this.camera = await openCamera(settings().camera);
      this.video.srcObject = this.camera;
      this.video.muted = true;
      this.video.playsInline = true;
      await this.video.play();
      await this.fields.refresh();
    } catch (reason) {
      this.tell(reason, "meet.fault-no-camera");
    }
    this.showPreview();
  }

  private async openMicrophone(): Promise<void> {
    this.closeMicrophone();
    try {
      this.microphone = await openMicrophone(settings().microphone);
      this.level = new Level(this.microphone, (level) => (this.meter.value = level));
      this.node.querySelector("details")?.setAttribute("open", "");
      await this.fields.refresh();
    } catch (reason) {
      this.tell(reason, "meet.fault-no-microphone");
    }
    this.showPreview();
  }

  private tell(reason: unknown, missing: string): void {
    if (!(reason instanceof DeviceError)) return;
    say(this.notice, t(reason.fault === "missing" ? missing : FAULTS[reason.fault]));
  }

  private closeCamera(): void {
    stop(this.camera);
    this.camera = null;
    this.video.srcObject = null;
    this.showPreview();
  }

  private closeMicrophone(): void {
    this.level?.close();
    stop(this.microphone);
    this.level = this.microphone = null;
    this.meter.value = 0;
    this.showPreview();
  }

  private showPreview(): void {
    const [camera, sound] = [this.camera !== null, this.microphone !== null];
    this.video.hidden = !camera;
    this.noVideo.hidden = camera;
    say(this.noVideo, t("meet.camera-is-off"));
    turn(this.cameraButton, {
      icon: camera ? "video" : "video-off",
      label: t(camera ? "meet.preview-camera-off" : "meet.preview-camera"),
      pressed: camera,
    });
    turn(this.soundButton, {
      icon: sound ? "mic" : "mic-off",
      label: t(sound ? "meet.preview-microphone-off" : "meet.preview-microphone"),
      pressed: sound,
    });
  }
}
