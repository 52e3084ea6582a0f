/** Who is here, who talks and who waits to; and how loud somebody is for oneself. */

import { t } from "../meet/texts";
import { button, el, icon, say, set, setIcon } from "../kit/dom";
import { keepLoudness, loudnessOf } from "./kept";
import type { PersonHere, RosterFacts } from "./live";

export interface PeopleActions {
  loudness(): void;
  act(act: string, target?: string): void;
}

export class People {
  readonly node = el("div", { class: "voice-people stack" });
  private readonly door = el("ul", { class: "voice-list" });
  private readonly doorBox = el("section", { hidden: true }, el("h2", {}, t("voice.waiting")), this.door);
  private readonly floor = el("p", { class: "voice-floor" });
  private readonly hands = el("ol", { class: "voice-list" });
  private readonly next: HTMLButtonElement;
  private readonly endFloor: HTMLButtonElement;
  private readonly handBox: HTMLElement;
  private readonly count = el("h2");
  private readonly list = el("ul", { class: "voice-list" });
  private readonly rows = new Map<string, Row>();
  private shownHands = "";
  private shownDoor = "";

  constructor(private readonly actions: PeopleActions) {
    this.next = button("arrow-right", t("voice.next"), () => actions.act("next"), "button-small");
    this.endFloor = button("x", t("voice.end-floor"), () => actions.act("end-floor"), "button-small button-quiet");
    const tools = el("div", { class: "cluster" }, this.next, this.endFloor);
    this.handBox = el("section", { hidden: true }, el("h2", {}, t("voice.speaking-list")), this.floor, this.hands, tools);
    this.node.append(this.doorBox, this.handBox, el("section", {}, this.count, this.list));
  }

  update(facts: RosterFacts, me: string, talking: ReadonlySet<string>): void {
    say(this.count, t("voice.people-here", { n: facts.people.length }));
    for (const [identity, row] of this.rows) {
      if (facts.people.some((one) => one.identity === identity)) continue;
      row.node.remove();
      this.rows.delete(identity);
    }
    facts.people.forEach((person, place) => {
      const row = this.rows.get(person.identity) ?? new Row(person, person.identity === me, this.actions);
      this.rows.set(person.identity, row);
      row.update(person, talking.has(person.identity), facts.hands.indexOf(person.identity) + 1);
      if (this.list.children[place] !== row.node) this.list.insertBefore(row.node, this.list.children[place] ?? null);
    });
    this.showHands(facts, me);
    this.showDoor(facts);
  }

  private showHands(facts: RosterFacts, me: string): void {
    const names = new Map(facts.people.map((one) => [one.identity, one.name]));
    const speaks = facts.floor === null ? undefined : names.get(facts.floor);
    this.handBox.hidden = facts.hands.length === 0 && speaks === undefined;
    say(this.floor, speaks === undefined ? "" : t("voice.has-floor", { name: speaks }));
    this.floor.hidden = speaks === undefined;
    this.next.hidden = !facts.facilitates || facts.hands.length === 0;
    this.endFloor.hidden = speaks === undefined || !(facts.facilitates || facts.floor === me);
    const now = JSON.stringify(facts.hands.map((one) => names.get(one)));
    if (now === this.shownHands) return;
    this.shownHands = now;
    this.hands.replaceChildren(...facts.hands.map((one) => el("li", {}, el("bdi", {}, names.get(one) ?? ""))));
  }

  private showDoor({ waiting }: RosterFacts): void {
    this.doorBox.hidden = waiting.length === 0;
    const now = JSON.stringify(waiting);
    if (now === this.shownDoor) return;
    this.shownDoor = now;
    this.door.replaceChildren(
      ...waiting.map(({ key, name }) => {
        const yes = button("check", t("voice.admit", { name }), () => this.actions.act("admit", key), "button-small");
        const no = button("x", t("voice.refuse", { name }), () => this.actions.act("refuse", key), "button-small button-quiet");
        return el("li", { class: "cluster" }, yes, no);
      }),
    );
  }
}

class Row {
  readonly node: HTMLElement;
  private readonly name = el("bdi", { class: "voice-name" });
  private readonly about = el("span", { class: "voice-about small quiet" });
  private readonly mark = el("span", { class: "voice-mark" }, icon("mic-off"));
  private readonly value = el("output");
  private readonly slider = el("input", { type: "range", min: "0", max: "200", step: "10" });
  private readonly silent = el("input", { type: "checkbox" });

  constructor(
    private person: PersonHere,
    private readonly isMe: boolean,
    private readonly actions: PeopleActions,
  ) {
    const words = el("div", { class: "voice-words" }, this.name, this.about);
    this.node = el("li", { class: "voice-row" }, this.mark, words);
    if (!isMe) this.node.append(...this.loudness());
  }

  update(person: PersonHere, talks: boolean, place: number): void {
    this.person = person;
    say(this.name, this.isMe ? t("meet.name-you", { name: person.name }) : person.name);
    const facts = [t(`meet.role-${person.role}`), t(`voice.client-${person.client}`)];
    if (place > 0) facts.push(t("voice.hand-place", { n: place }));
    if (talks) facts.push(t("voice.talks"));
    else if (person.suppressed) facts.push(t("voice.held-back-short"));
    say(this.about, facts.join(" · "));
    set(this.node, "data-talks", talks);
    setIcon(this.mark, talks ? "mic-vocal" : place > 0 ? "hand" : person.suppressed ? "mic-off" : "mic");
  }

  private loudness(): HTMLElement[] {
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
    const unfold = button("volume-2", t("voice.volume-of", { name: this.person.name }), () => {
      panel.hidden = !panel.hidden;
      set(unfold, "aria-expanded", String(!panel.hidden));
    }, "button-quiet icon-only");
    set(unfold, "aria-expanded", "false");
    set(unfold, "aria-controls", panel.id);
    return [unfold, panel];
  }

  private show(): void {
    say(this.value, t("voice.percent", { n: Number(this.slider.value) }));
  }
}
