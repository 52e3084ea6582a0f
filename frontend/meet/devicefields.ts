/** Choices of microphone, camera and speaker, kept up to date while things are plugged in. */

import { type Change, canChooseSpeaker, devices, follow, type Kind } from "./devices";
import { el } from "./dom";
import { remember, settings } from "./settings";
import { t } from "./texts";

const SETTING = { audioinput: "microphone", videoinput: "camera", audiooutput: "speaker" } as const;
const LABEL = {
  audioinput: "meet.microphone",
  videoinput: "meet.camera",
  audiooutput: "meet.speaker",
} as const;

export class DeviceFields {
  readonly node = el("div", { class: "meet-devices" });
  private readonly selects = new Map<Kind, HTMLSelectElement>();
  private stopFollowing: () => void = () => undefined;

  constructor(private readonly chosen: (kind: Kind, id: string) => void) {
    for (const kind of ["audioinput", "audiooutput", "videoinput"] as const) {
      if (kind === "audiooutput" && !canChooseSpeaker()) continue;
      this.node.append(this.field(kind));
    }
    void this.refresh();
    void follow((change) => this.changed(change)).then((end) => (this.stopFollowing = end));
  }

  /** Reads the list again; names appear after the first permission. */
  async refresh(): Promise<void> {
    for (const [kind, select] of this.selects) {
      const list = await devices(kind);
      const wanted = settings()[SETTING[kind]];
      select.replaceChildren(el("option", { value: "" }, t("meet.device-default")));
      for (const device of list) {
        if (device.deviceId === "default") continue;
        const name = device.label || t(LABEL[kind]);
        select.append(el("option", { value: device.deviceId }, name));
      }
      select.value = list.some((device) => device.deviceId === wanted) ? wanted : "";
      select.disabled = list.length === 0;
    }
  }

  close(): void {
    this.stopFollowing();
  }

  private changed(_: Change): void {
    void this.refresh();
  }

  private field(kind: Kind): HTMLElement {
    const id = `meet-device-${kind}`;
    const select = el("select", { id, class: "input" });
    select.addEventListener("change", () => {
      remember({ [SETTING[kind]]: select.value });
      this.chosen(kind, select.value);
    });
    this.selects.set(kind, select);
    const label = el("label", { for: id }, t(LABEL[kind]));
    return el("div", { class: "field" }, label, select);
  }
}
