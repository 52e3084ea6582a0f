/** Who is here, who wants to speak, who waits at the door; and what facilitators do about it. */

import type { AtDoor } from "./api";
import { button, el, icon, say, set, setIcon, turn } from "./dom";
import { clientWord, hue, initials, type Person, qualityOf, withoutVideo } from "./people";
import { t } from "./texts";

export interface RosterActions {
  open(person: Person): void;
  callNext(): void;
  call(identity: string): void;
  lower(identity: string): void;
  floorEnd(): void;
  admit(key: string): void;
  refuse(key: string): void;
  admitAll(): void;
  invite(): void;
}

export class Roster {
  readonly node = el("div", { class: "meet-roster" });
  private readonly door = el("section", { class: "meet-door", hidden: true });
  private readonly doorList = el("ul", { class: "meet-list" });
  private readonly doorCount = el("h3");
  private readonly hands = el("section", { class: "meet-hands", hidden: true });
  private readonly handList = el("ol", { class: "meet-list" });
  private readonly floor = el("p", { class: "meet-floor", hidden: true });
  private readonly floorWord = el("span");
  private readonly next: HTMLButtonElement;
  private readonly end: HTMLButtonElement;
  private readonly list = el("ul", { class: "meet-list" });
  private readonly count = el("h3");
  private readonly blind = el("p", { class: "meet-blind", hidden: true }, icon("headphones"), el("span"));
  private readonly rows = new Map<string, Row>();

  constructor(private readonly actions: RosterActions) {
    const all = button("user-check", t("meet.admit-all"), () => actions.admitAll(), "button-small button-quiet");
    this.door.append(el("header", { class: "meet-head" }, this.doorCount, all), this.doorList);
    this.next = button("arrow-right", t("meet.call-next"), () => actions.callNext(), "button-small");
    this.end = button("x", t("meet.floor-end"), () => actions.floorEnd(), "button-small button-quiet");
    this.floor.append(icon("mic-vocal"), this.floorWord, this.end);
    const heading = el("h3", {}, t("meet.hands"));
    this.hands.append(el("header", { class: "meet-head" }, heading, this.next), this.floor, this.handList);
    const invite = button("user-plus", t("meet.invite"), () => actions.invite(), "button-small button-quiet");
    const people = el("section", {}, el("header", { class: "meet-head" }, this.count, invite), this.blind, this.list);
    this.node.append(this.door, this.hands, people);
  }

  update(people: Person[], facilitates: boolean): void {
    say(this.count, t("meet.people-here", { n: people.length }));
    const blind = withoutVideo(people).length;
    this.blind.hidden = blind === 0;
    say(this.blind.lastElementChild ?? this.blind, t("meet.people-without-video", { n: blind }));
    const seen = new Set(people.map((person) => person.identity));
    for (const [identity, row] of this.rows) {
      if (!seen.has(identity)) {
        row.node.remove();
        this.rows.delete(identity);
      }
    }
    people.forEach((person, place) => {
      const row = this.rows.get(person.identity) ?? new Row(this.actions);
      this.rows.set(person.identity, row);
      row.update(person);
      if (this.list.children[place] !== row.node) {
        this.list.insertBefore(row.node, this.list.children[place] ?? null);
      }
    });
    this.showHands(people, facilitates);
  }

  waiting(people: AtDoor[]): void {
    this.door.hidden = people.length === 0;
    say(this.doorCount, t("meet.waiting-count", { n: people.length }));
    this.doorList.replaceChildren(
      ...people.map((one) => {
        const yes = button("check", t("meet.admit"), () => this.actions.admit(one.key), "button-small");
        const no = button("x", t("meet.refuse-name", { name: one.name }), () => this.actions.refuse(one.key), "button-quiet icon-only");
        yes.setAttribute("aria-label", t("meet.admit-name", { name: one.name }));
        return el("li", { class: "meet-row" }, el("bdi", { class: "meet-row-name" }, one.name), yes, no);
      }),
    );
  }

  private showHands(people: Person[], facilitates: boolean): void {
    const waiting = people.filter((p) => p.hand > 0).sort((a, b) => a.hand - b.hand);
    const speaks = people.find((person) => person.floor);
    this.hands.hidden = waiting.length === 0 && !speaks;
    this.floor.hidden = !speaks;
    say(this.floorWord, speaks ? t("meet.floor-of", { name: speaks.name }) : "");
    this.end.hidden = !(speaks && (facilitates || speaks.me));
    this.next.hidden = !facilitates || waiting.length === 0;
    this.handList.replaceChildren(...waiting.map((person) => this.handRow(person, facilitates)));
  }

  private handRow(person: Person, facilitates: boolean): HTMLElement {
    const row = el("li", { class: "meet-row" });
    row.append(el("span", { class: "meet-place" }, String(person.hand)));
    row.append(el("bdi", { class: "meet-row-name" }, person.name));
    if (facilitates) {
      const give = button("mic-vocal", t("meet.give-floor"), () => this.actions.call(person.identity), "button-small button-quiet");
      const lower = button("x", t("meet.lower-of", { name: person.name }), () => this.actions.lower(person.identity), "button-quiet icon-only");
      row.append(give, lower);
    }
    return row;
  }
}

class Row {
  readonly node: HTMLElement;
  private readonly face = el("span", { class: "avatar", "aria-hidden": "true" });
  private readonly name = el("bdi", { class: "meet-row-name" });
  private readonly role = el("span", { class: "meet-role" });
  private readonly client = el("span", { class: "meet-client", hidden: true }, icon("headphones"), el("span"));
  private readonly sound = el("span", { class: "meet-row-icon" }, icon("mic-off"));
  private readonly soundWord = el("span", { class: "only-heard" });
  private readonly quality = el("span", { class: "meet-row-icon", hidden: true }, icon("signal-high"));
  private readonly qualityWord = el("span", { class: "meet-row-word" });
  private readonly more: HTMLButtonElement;
  private person: Person | undefined;

  constructor(actions: RosterActions) {
    this.more = button("ellipsis", "", () => {
      if (this.person) actions.open(this.person);
    }, "button-quiet icon-only");
    this.sound.append(this.soundWord);
    this.quality.append(this.qualityWord);
    const words = el("span", { class: "meet-row-words" }, this.name, this.role, this.client);
    this.node = el("li", { class: "meet-row" }, this.face, words, this.quality, this.sound, this.more);
  }

  update(person: Person): void {
    this.person = person;
    say(this.face, initials(person.name));
    set(this.face, "data-tint", hue(person.identity));
    say(this.name, person.me ? t("meet.name-you", { name: person.name }) : person.name);
    const role = t(`meet.role-${person.role}`);
    say(this.role, person.records ? `${role} · ${t("meet.records")}` : role);
    this.client.hidden = person.client === "browser";
    say(this.client.lastElementChild ?? this.client, clientWord(person.client));
    setIcon(this.sound, person.speaking ? "audio-lines" : person.microphone ? "mic" : "mic-off");
    set(this.sound, "data-muted", !person.microphone);
    const isOff = person.muted ? "mic-is-muted" : "mic-is-off";
    const word = person.speaking ? "speaking" : person.microphone ? "mic-is-on" : isOff;
    say(this.soundWord, t(`meet.${word}`));
    const quality = qualityOf(person.quality);
    this.quality.hidden = quality === null;
    if (quality) {
      setIcon(this.quality, quality.icon);
      say(this.qualityWord, quality.word);
    }
    turn(this.more, { label: t("meet.more-about", { name: person.name }) });
  }
}
