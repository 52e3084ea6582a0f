/** One person of the room: what they do now, how loud they are for oneself, what facilitators may do. */

import { t } from "../meet/texts";
import { button, el, icon, say, set, setIcon } from "../kit/dom";
import { keepLoudness, loudnessOf } from "./kept";
import type { PersonHere } from "./live";

export interface RowActions {
  loudness(): void;
  act(act: string, target?: string): void;
}

/** What is true of a person beside what the server says of them. */
export interface Now {
  talks: boolean;
  /** To a few people, of whom one is oneself. */
  whispers: boolean;
  /** In the speaking list, 0: hand is down. */
  place: number;
  hasFloor: boolean;
  /** Whoever looks at it may keep order here. */
  facilitates: boolean;
}

export class Row {
  readonly node: HTMLElement;
  private readonly name = el("bdi", { class: "voice-name" });
  private readonly about = el("span", { class: "voice-about small quiet" });
  private readonly mark = el("span", { class: "voice-mark" }, icon("mic-off"));
  private readonly value = el("output");
  private readonly slider = el("input", { type: "range", min: "0", max: "200", step: "10" });
  private readonly silent = el("input", { type: "checkbox" });
  private readonly order: HTMLElement;
  private readonly orderUnfold: HTMLButtonElement;
  private readonly give: HTMLButtonElement;
  private readonly lower: HTMLButtonElement;
  private readonly mute: HTMLButtonElement;
  private readonly unmute: HTMLButtonElement;

  constructor(
    private person: PersonHere,
    private readonly isMe: boolean,
    private readonly actions: RowActions,
  ) {
    const { identity } = person;
    const act = (name: string) => (): void => actions.act(name, identity);
    this.give = button("mic-vocal", t("meet.give-floor"), act("give-floor"), "button-small");
    this.lower = button("hand", t("meet.lower"), act("lower"), "button-small button-quiet");
    this.mute = button("mic-off", t("meet.mute-person"), act("mute"), "button-small button-quiet");
    this.unmute = button("mic", t("meet.unmute-person"), act("unmute"), "button-small button-quiet");
    const remove = isMe ? null : button("user-x", t("meet.remove"), act("remove"), "button-small button-danger");
    this.order = el("div", { class: "voice-order cluster", id: `voice-order-${identity}`, hidden: true }, this.give, this.lower, this.mute, this.unmute, remove);
    this.orderUnfold = unfolds(this.order, "ellipsis", t("meet.more-about", { name: person.name }));
    const words = el("div", { class: "voice-words" }, this.name, this.about);
    const [loud, panel] = isMe ? [] : this.loudness();
    this.node = el("li", { class: "voice-row" }, this.mark, words, el("div", { class: "voice-unfolds" }, loud, this.orderUnfold), panel, this.order);
  }

  update(person: PersonHere, now: Now): void {
    this.person = person;
    const talks = now.talks || now.whispers;
    say(this.name, this.isMe ? t("meet.name-you", { name: person.name }) : person.name);
    say(this.about, this.facts(now).join(" · "));
    set(this.node, "data-talks", talks);
    set(this.node, "data-whispers", now.whispers);
    setIcon(this.mark, talks ? "mic-vocal" : now.place > 0 ? "hand" : person.suppressed || person.muted ? "mic-off" : "mic");
    this.keepOrder(now);
  }

  private facts({ place, talks, whispers }: Now): string[] {
    const { role, client, suppressed, muted, records } = this.person;
    const facts = [t(`meet.role-${role}`), t(`voice.client-${client}`)];
    if (records) facts.push(t("voice.records"));
    if (place > 0) facts.push(t("voice.hand-place", { n: place }));
    if (whispers) facts.push(t("voice.whispers"));
    else if (talks) facts.push(t("voice.talks"));
    else if (muted) facts.push(t("voice.muted-short"));
    else if (suppressed) facts.push(t("voice.held-back-short"));
    return facts;
  }

  private keepOrder({ facilitates, hasFloor, place }: Now): void {
    this.orderUnfold.hidden = !facilitates;
    if (!facilitates && !this.order.hidden) this.orderUnfold.click();
    this.give.hidden = hasFloor;
    this.lower.hidden = place === 0;
    this.mute.hidden = this.isMe || this.person.muted;
    this.unmute.hidden = this.isMe || !this.person.muted;
  }

  private loudness(): [HTMLButtonElement, HTMLElement] {
    const id = `voice-loud-${this.person.identity}`;
    this.slider.id = id;
    this.silent.id = `${id}-silent`;
    const { volume, silent } = loudnessOf(this.person.known);
    this.slider.value = String(Math.round(volume * 100));
    this.silent.checked = silent;
    this.show();
    const change = (): void => {
      this.show();
      keepLoudness(this.person.known, { volume: Number(this.slider.value) / 100, silent: this.silent.checked });
      this.actions.loudness();
    };
    this.slider.addEventListener("input", change);
    this.silent.addEventListener("change", change);
    const label = el("label", { for: id }, t("voice.volume-of", { name: this.person.name }), " ", this.value);
    const choice = el("div", { class: "choice" }, this.silent, el("label", { for: this.silent.id }, t("voice.silence-for-me")));
    const panel = el("div", { class: "voice-loudness", id: `${id}-panel`, hidden: true }, label, this.slider, choice);
    return [unfolds(panel, "volume-2", t("voice.volume-of", { name: this.person.name })), panel];
  }

  private show(): void {
    say(this.value, t("voice.percent", { n: Number(this.slider.value) }));
  }
}

/** A button that shows and hides what has an id. */
function unfolds(panel: HTMLElement, name: string, label: string): HTMLButtonElement {
  const node = button(name, label, () => {
    panel.hidden = !panel.hidden;
    set(node, "aria-expanded", String(!panel.hidden));
  }, "button-quiet icon-only");
  set(node, "aria-expanded", "false");
  set(node, "aria-controls", panel.id);
  return node;
}
