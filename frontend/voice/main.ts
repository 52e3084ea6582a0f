/** `<allmende-voice>`: a room by sound alone, for phones and old computers. */

import { Refused } from "../meet/api";
import { sentenceOf } from "../meet/asking";
import { type DeviceError, obstacle, openMicrophone } from "../meet/devices";
import { settings } from "../meet/settings";
import { loadTexts, t } from "../meet/texts";
import { AwakeScreen } from "../meet/wake";
import { button, el, useSprite } from "../kit/dom";
import { type Entry, faultText, Join } from "./join";
import { Stay } from "./stay";
import { Inside } from "./view";

class AllmendeVoice extends HTMLElement {
  private readonly awake = new AwakeScreen();
  private join: Join | undefined;
  private inside: Inside | undefined;

  connectedCallback(): void {
    useSprite(this.value("icons"));
    void this.start();
  }

  private value(name: string): string {
    return this.getAttribute(name) ?? "";
  }

  private async start(): Promise<void> {
    await loadTexts(this.value("texts"));
    const options = {
      name: this.value("name"),
      named: this.hasAttribute("named"),
      listens: this.hasAttribute("listens"),
      call: this.value("call"),
      mumble: this.value("mumble"),
      slots: Number(this.value("slots")),
    };
    this.join = new Join(options, (entry) => void this.enter(entry));
    this.replaceChildren(this.join.node);
  }

  private async enter(entry: Entry): Promise<void> {
    // Made in the tap that joins: else phones play nothing.
    const context = new AudioContext();
    void context.resume();
    const stream = entry.microphone ? await this.microphone() : null;
    if (entry.microphone && !stream) {
      void context.close();
      return;
    }
    this.join?.close();
    const wish = {
      room: Number(this.value("room")),
      slots: Number(this.value("slots")),
      name: entry.name,
      link: this.value("link") || null,
    };
    const stay: Stay = new Stay(wish, context, {
      change: () => this.inside?.update(),
      text: (line) => this.inside?.text(line),
      said: () => this.inside?.sent(),
      fresh: () => this.inside?.fresh(),
      notice: (sentence) => this.inside?.notice(sentence),
      microphoneGone: () => this.inside?.notice(t("voice.microphone-gone")),
      refused: (reason) => this.back(sentenceOf(reason)),
      over: (why) => (why === "left" ? this.left() : this.back(t(`voice.over-${why}`))),
    });
    this.inside = new Inside(stay, { chat: this.hasAttribute("chat"), microphone: () => this.microphone() });
    try {
      await stay.start(stream);
    } catch (reason) {
      stay.leave();
      this.back(sentenceOf(reason));
      if (!(reason instanceof Refused)) throw reason;
      return;
    }
    this.replaceChildren(this.inside.node);
    this.inside.focus();
    this.awake.keep();
  }

  private async microphone(): Promise<MediaStream | null> {
    try {
      const fault = obstacle();
      return fault ? null : await openMicrophone(settings().microphone);
    } catch (reason) {
      const sentence = t(faultText((reason as DeviceError).fault));
      this.join?.refused(sentence);
      this.inside?.notice(sentence);
      return null;
    }
  }

  private back(sentence: string): void {
    this.closeInside();
    if (!this.join) return;
    this.replaceChildren(this.join.node);
    this.join.refused(sentence);
    this.join.focus();
  }

  private left(): void {
    this.closeInside();
    const heading = el("h2", { tabindex: "-1" }, t("voice.left"));
    const again = button("headphones", t("voice.come-back"), () => this.back(""));
    this.replaceChildren(el("section", { class: "voice-left stack" }, heading, el("p", {}, t("voice.left-text")), again));
    heading.focus();
  }

  private closeInside(): void {
    this.inside?.close();
    this.inside = undefined;
    this.awake.let();
  }
}

customElements.define("allmende-voice", AllmendeVoice);
