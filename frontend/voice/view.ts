/** Inside the room: am I heard, the talk button, who is here, what is written. */

import { t } from "../meet/texts";
import { button, el, icon, say, set, setIcon, turn } from "../kit/dom";
import { keep, kept } from "./kept";
import type { TextFacts } from "./live";
import { People } from "./people";
import { stateOf } from "./state";
import type { Stay } from "./stay";
import { Talk } from "./talk";

export interface InsideNeeds {
  chat: boolean;
  /** Opens a microphone, for who only listened so far; null: it did not open. */
  microphone(): Promise<MediaStream | null>;
}

const ANNOUNCE_MS = 3000;
const MOST_LINES = 200;

export class Inside {
  readonly node: HTMLElement;
  private readonly stateWord = el("span");
  private readonly state = el("p", { class: "voice-state", role: "status" }, icon("mic-off"), this.stateWord);
  private readonly said = el("p", { class: "voice-said", role: "status" });
  private readonly announced = el("p", { class: "only-heard", role: "status" });
  private readonly talk: Talk;
  private readonly people: People;
  private readonly hand: HTMLButtonElement;
  private readonly deaf: HTMLButtonElement;
  private readonly wake: HTMLButtonElement;
  private readonly lines = el("ol", { class: "voice-lines", "aria-live": "polite", tabindex: "0" });
  private readonly input = el("input", { class: "input", id: "voice-text", type: "text", maxlength: "5000", autocomplete: "off" });
  /** What the server was asked to pass on; it stays in the field until it was. */
  private asked = "";
  private readonly timer: ReturnType<typeof setInterval>;
  /** What there is only inside the room. */
  private readonly room: HTMLElement[];

  constructor(
    private readonly stay: Stay,
    private readonly needs: InsideNeeds,
  ) {
    this.talk = new Talk(stay, () => void this.speak());
    this.people = new People({
      loudness: () => stay.loudness(),
      act: (act, target = "") => void stay.ask({ do: "act", act, target }),
    });
    this.hand = button("hand", t("voice.raise-hand"), () => stay.hand(), "button-quiet");
    this.deaf = button("volume-2", t("voice.hear-nothing"), () => stay.deafen(!stay.deaf), "button-quiet");
    this.wake = button("volume-2", t("voice.tap-to-go-on"), () => stay.wake());
    const leave = button("log-out", t("voice.leave"), () => stay.leave(), "button-danger");
    const tools = el("div", { class: "voice-tools", role: "group", "aria-label": t("voice.controls") }, this.hand, this.deaf, leave);
    const settings = this.settings();
    this.room = [this.talk.node, this.hand, this.deaf, settings, this.people.node, ...(needs.chat ? [this.chat()] : [])];
    const own = el("section", { class: "voice-own" }, this.state, this.wake, this.talk.node, tools, this.said, settings);
    this.node = el("div", { class: "voice-inside" }, own, ...this.room.slice(4), this.announced);
    this.timer = setInterval(() => this.announce(), ANNOUNCE_MS);
    this.update();
  }

  update(): void {
    const { stay } = this;
    const state = stateOf({
      connection: stay.connection,
      hasMicrophone: stay.hasMicrophone,
      maySpeak: stay.maySpeak,
      muted: stay.muted,
      isTalking: stay.gate.isOpen,
      soundAllowed: stay.soundAllowed,
    });
    set(this.state, "data-state", state);
    say(this.stateWord, t(`voice.state-${state}`));
    setIcon(this.state, state === "heard" ? "mic" : state === "listening" ? "ear" : "mic-off");
    this.wake.hidden = stay.soundAllowed;
    const isIn = stay.connection === "on" || stay.connection === "cut";
    this.room.forEach((part) => (part.hidden = !isIn));
    turn(this.hand, { label: t(stay.handIsUp ? "voice.lower-hand" : "voice.raise-hand") });
    turn(this.deaf, { icon: stay.deaf ? "volume-x" : "volume-2", pressed: stay.deaf });
    if (!stay.maySpeak) this.hand.hidden = true;
    this.talk.update(state);
    this.people.update(stay.roster, stay.me, { talking: stay.talking, whispers: stay.whispers });
  }

  text(line: TextFacts): void {
    const at = new Date(line.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    const row = el("li", { "data-notice": line.notice, "data-mine": line.mine }, el("span", { class: "small quiet" }, at), " ");
    if (!line.notice) row.append(el("bdi", { class: "voice-author" }, line.author), ": ");
    row.append(line.text);
    this.lines.append(row);
    while (this.lines.children.length > MOST_LINES) this.lines.firstElementChild?.remove();
    this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** What was written is among the messages: the field is free for the next one. */
  sent(): void {
    if (this.input.value.trim() === this.asked) this.input.value = "";
    this.asked = "";
    say(this.said, "");
  }

  fresh(): void {
    this.lines.replaceChildren();
  }

  notice(sentence: string): void {
    say(this.said, sentence);
  }

  focus(): void {
    this.talk.focus();
  }

  close(): void {
    clearInterval(this.timer);
    this.talk.close();
  }

  private async speak(): Promise<void> {
    const stream = await this.needs.microphone();
    if (stream) await this.stay.speakWith(stream);
  }

  private settings(): HTMLElement {
    const volume = el("input", { type: "range", min: "0", max: "200", step: "10", id: "voice-master" });
    volume.value = String(Math.round(kept().master * 100));
    volume.addEventListener("input", () => {
      keep({ master: Number(volume.value) / 100 });
      this.stay.loudness();
    });
    const announce = el("input", { type: "checkbox", id: "voice-announce", checked: kept().announce });
    announce.addEventListener("change", () => keep({ announce: announce.checked }));
    const summary = el("summary", {}, t("voice.settings"), icon("chevron-down"));
    const choice = el("div", { class: "choice" }, announce, el("label", { for: "voice-announce" }, t("voice.announce")));
    const field = el("div", { class: "field" }, el("label", { for: "voice-master" }, t("voice.master")), volume);
    return el("details", { class: "unfold" }, summary, el("div", { class: "stack" }, field, choice));
  }

  private chat(): HTMLElement {
    const { input } = this;
    const send = el("button", { type: "submit", class: "button icon-only" }, icon("send"), el("span", { class: "word" }, t("voice.send")));
    const form = el("form", { class: "voice-write" }, el("label", { for: "voice-text", class: "only-heard" }, t("voice.message")), input, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      if (this.stay.ask({ do: "say", text })) this.asked = text;
      else say(this.said, t("meet.offline"));
    });
    return el("section", { class: "voice-chat" }, el("h2", { id: "voice-chat-heading" }, t("voice.messages")), this.lines, form);
  }

  /** Who talks, for those who do not see it; only if wished, and not too often. */
  private announce(): void {
    if (!kept().announce) return;
    const names = this.stay.roster.people.filter((one) => this.stay.talking.has(one.identity) && one.identity !== this.stay.me).map((one) => one.name);
    say(this.announced, names.length ? t("voice.talking-now", { names: names.join(", ") }) : "");
  }
}
