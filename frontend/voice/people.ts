/** Who is here, who talks and who waits to; and what facilitators do about it. */

import { t } from "../meet/texts";
import { button, el, say, turn } from "../kit/dom";
import type { RosterFacts } from "./live";
import { Row, type RowActions } from "./row";

/** Who is heard now, by identity; `whispers`: to a few, of whom one is oneself. */
export interface Heard {
  talking: ReadonlySet<string>;
  whispers: ReadonlySet<string>;
}

export class People {
  readonly node = el("div", { class: "voice-people" });
  private readonly door = el("ul", { class: "voice-list" });
  private readonly doorBox = el("section", { hidden: true }, el("h2", {}, t("voice.waiting")), this.door);
  private readonly floor = el("p", { class: "voice-floor" });
  private readonly rule = el("p", { class: "small quiet" }, t("voice.moderated-note"));
  private readonly hands = el("ol", { class: "voice-list" });
  private readonly next: HTMLButtonElement;
  private readonly endFloor: HTMLButtonElement;
  private readonly moderate: HTMLButtonElement;
  private readonly unmuteAll: HTMLButtonElement;
  private readonly handBox: HTMLElement;
  private readonly count = el("h2");
  private readonly list = el("ul", { class: "voice-list" });
  private readonly rows = new Map<string, Row>();
  private isModerated = false;
  private shownHands = "";
  private shownDoor = "";

  constructor(private readonly actions: RowActions) {
    this.next = button("arrow-right", t("voice.next"), () => actions.act("next"), "button-small");
    this.endFloor = button("x", t("voice.end-floor"), () => actions.act("end-floor"), "button-small button-quiet");
    this.moderate = button("hand", t("meet.moderated"), () => actions.act(this.isModerated ? "open" : "moderate"), "button-small button-quiet");
    this.unmuteAll = button("mic", t("meet.unmute-all"), () => actions.act("unmute-all"), "button-small button-quiet");
    const tools = el("div", { class: "cluster" }, this.next, this.endFloor, this.moderate, this.unmuteAll);
    this.handBox = el("section", { class: "stack", hidden: true }, el("h2", {}, t("voice.speaking-list")), this.rule, this.floor, this.hands, tools);
    this.node.append(this.doorBox, this.handBox, el("section", {}, this.count, this.list));
  }

  update(facts: RosterFacts, me: string, { talking, whispers }: Heard): void {
    say(this.count, t("voice.people-here", { n: facts.people.length }));
    for (const [identity, row] of this.rows) {
      if (facts.people.some((one) => one.identity === identity)) continue;
      row.node.remove();
      this.rows.delete(identity);
    }
    facts.people.forEach((person, place) => {
      const { identity } = person;
      const row = this.rows.get(identity) ?? new Row(person, identity === me, this.actions);
      this.rows.set(identity, row);
      row.update(person, {
        talks: talking.has(identity),
        whispers: whispers.has(identity),
        place: facts.hands.indexOf(identity) + 1,
        hasFloor: facts.floor === identity,
        facilitates: facts.facilitates,
      });
      if (this.list.children[place] !== row.node) this.list.insertBefore(row.node, this.list.children[place] ?? null);
    });
    this.showHands(facts, me);
    this.showDoor(facts);
  }

  private showHands(facts: RosterFacts, me: string): void {
    const names = new Map(facts.people.map((one) => [one.identity, one.name]));
    const speaks = facts.floor === null ? undefined : names.get(facts.floor);
    this.isModerated = facts.moderated;
    this.handBox.hidden = facts.hands.length === 0 && speaks === undefined && !facts.moderated && !facts.facilitates;
    this.rule.hidden = !facts.moderated;
    say(this.floor, speaks === undefined ? "" : t("voice.has-floor", { name: speaks }));
    this.floor.hidden = speaks === undefined;
    this.next.hidden = !facts.facilitates || facts.hands.length === 0;
    this.endFloor.hidden = speaks === undefined || !(facts.facilitates || facts.floor === me);
    this.moderate.hidden = !facts.facilitates;
    turn(this.moderate, { pressed: facts.moderated });
    this.unmuteAll.hidden = !(facts.facilitates && facts.people.some((one) => one.muted));
    const now = JSON.stringify(facts.hands.map((one) => names.get(one)));
    if (now === this.shownHands) return;
    this.shownHands = now;
    this.hands.hidden = facts.hands.length === 0;
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
