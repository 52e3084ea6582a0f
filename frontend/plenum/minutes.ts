/** The minutes: the pad of the assembly. Its editor is fetched when somebody wants to see it. */

import { el, icon, say, set } from "../kit/dom";
import type { Assembly } from "./api";
import { t } from "./texts";

export interface PadOptions {
  script: string;
  texts: string;
  icons: string;
}

export class Minutes {
  readonly node = el("div", { class: "plenum-minutes", id: "plenum-minutes" });
  private readonly status = el("p", { class: "plenum-empty", role: "status" });
  private readonly link = el("a", { class: "plenum-alone", target: "_blank", rel: "noopener" });
  private readonly place = el("div", { class: "plenum-pad" });
  private path = "";
  private shown = "";
  private visible = false;

  constructor(
    private readonly options: PadOptions,
    private readonly load: (url: string) => Promise<unknown> = (url) => import(url),
  ) {
    this.link.append(icon("external-link"), el("span", {}, t("plenum.screen-minutes-alone")));
    this.node.append(this.place, this.status, this.link);
    this.update(null);
  }

  update(assembly: Assembly | null): void {
    this.path = assembly?.minutes?.path ?? "";
    this.link.hidden = !this.path;
    if (this.path) set(this.link, "href", this.path);
    if (!this.path) this.tell(t("plenum.screen-no-minutes"));
    this.show();
  }

  /** Somebody looks at it, or not any more. Once fetched it stays. */
  see(visible: boolean): void {
    this.visible = visible;
    this.show();
  }

  private show(): void {
    if (!this.visible || !this.path || this.shown === this.path) return;
    this.shown = this.path;
    void this.open(this.path);
  }

  private async open(path: string): Promise<void> {
    if (!this.options.script) return this.tell(t("plenum.screen-minutes-elsewhere"));
    this.tell(t("plenum.screen-minutes-coming"));
    try {
      await this.load(this.options.script);
    } catch {
      this.shown = "";
      return this.tell(t("plenum.screen-minutes-failed"));
    }
    if (path !== this.path) return;
    const { texts, icons } = this.options;
    const pad = el("allmende-pad" as "div", { src: path, texts, icons, compact: true });
    this.place.replaceChildren(pad);
    this.tell("");
  }

  private tell(sentence: string): void {
    say(this.status, sentence);
    this.status.hidden = sentence === "";
  }
}
