/** One stay in a room, without UI: come in, come back by itself, know who talks, leave. */

import { LiveRoom, post, Refused } from "../meet/api";
import { Gate } from "./gate";
import { gainOf, kept, loudnessOf } from "./kept";
import { VoiceLeg } from "./leg";
import { type Handlers, Live, type Order, type RosterFacts, type TextFacts } from "./live";

export interface Wish {
  room: number;
  slots: number;
  name: string;
  link: string | null;
}

interface Inside {
  sdp: string;
  identity: string;
  name: string;
  speak: boolean;
}

interface Waiting {
  state: "waiting";
  key: string;
}

export interface StayEvents {
  /** Look again at everything. */
  change(): void;
  text(line: TextFacts): void;
  /** What was written is among the messages now. */
  said(): void;
  /** Connected, for the first time or again: what was written before comes anew. */
  fresh(): void;
  notice(sentence: string): void;
  microphoneGone(): void;
  refused(reason: unknown): void;
  over(why: "ended" | "removed" | "left"): void;
}

export type Connection = "connecting" | "waiting" | "on" | "cut";

const AGAIN_MS = 1000;
/** An answer at the door is told at once; it may be lost. */
const KNOCK_MS = 20_000;
const PATIENCE_MS = 6000;
const NOBODY: RosterFacts = { people: [], hands: [], floor: null, moderated: false, facilitates: false, waiting: [] };

export class Stay {
  roster: RosterFacts = NOBODY;
  readonly talking = new Set<string>();
  connection: Connection = "connecting";
  me = "";
  maySpeak = true;
  /** A facilitator shut this microphone; whoever it is opens it again. */
  muted = false;
  deaf = false;
  soundAllowed = true;
  readonly gate: Gate;
  private leg: VoiceLeg;
  private live: Live | undefined;
  /** Who is in which slot, by its number; `aimed`: they talk to a few people. */
  private readonly slots = new Map<number, { identity: string; aimed: boolean }>();
  private over = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private socketTimer: ReturnType<typeof setTimeout> | undefined;
  private door: LiveRoom | undefined;
  private mending = false;

  constructor(
    private readonly wish: Wish,
    private readonly context: AudioContext,
    private readonly tell: StayEvents,
  ) {
    this.leg = this.newLeg();
    this.gate = new Gate({ open: (on) => this.leg.open(on), send: (on) => this.leg.send(on) });
    globalThis.addEventListener("pagehide", this.gone);
  }

  get hasMicrophone(): boolean {
    return this.leg.hasMicrophone;
  }

  /** Who talks to a few people, of whom one is oneself. */
  get whispers(): ReadonlySet<string> {
    return new Set([...this.slots.values()].filter(({ aimed }) => aimed).map(({ identity }) => identity));
  }

  get handIsUp(): boolean {
    return this.roster.hands.includes(this.me);
  }

  async start(stream: MediaStream | null): Promise<void> {
    if (stream) await this.leg.take(stream);
    await this.enter(false);
  }

  /** Who only listened takes a microphone. */
  async speakWith(stream: MediaStream): Promise<void> {
    await this.leg.take(stream);
    this.ask({ do: "mute", on: false });
    this.tell.change();
  }

  talk(): void {
    if (!this.maySpeak || !this.leg.hasMicrophone || this.over) return;
    if (this.muted) this.ask({ do: "mute", on: false });
    this.muted = false;
    this.gate.talk();
    this.tell.change();
  }

  rest(): void {
    this.gate.rest();
    this.tell.change();
  }

  /** Returns whether the server was asked; it answers by what happens. */
  ask(order: Order): boolean {
    return this.live?.ask(order) ?? false;
  }

  hand(): void {
    this.ask({ do: "act", act: this.handIsUp ? "lower" : "raise" });
  }

  deafen(on: boolean): void {
    this.deaf = on;
    this.ask({ do: "deafen", on });
    this.tell.change();
  }

  /** What was kept about how loud people are holds from now on. */
  loudness(): void {
    this.leg.volume(gainOf({ volume: kept().master, silent: false }));
    for (const [slot, { identity }] of this.slots) {
      const known = this.roster.people.find((one) => one.identity === identity)?.known ?? identity;
      this.leg.loudness(slot, gainOf(loudnessOf(known)));
    }
  }

  /** After a telephone call, or where sound needs a tap. */
  wake(): void {
    void this.context.resume();
  }

  leave(): void {
    this.end();
    this.tell.over("left");
  }

  private readonly gone = (): void => {
    if (!this.over) this.end();
  };

  private end(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    globalThis.removeEventListener("pagehide", this.gone);
    if (this.me) {
      const query = new URLSearchParams({ me: this.me });
      const path = `/api/v1/rooms/${this.wish.room}/voice?${query.toString()}`;
      void fetch(path, { method: "DELETE", keepalive: true, credentials: "same-origin" }).catch(() => undefined);
    }
    this.shut();
  }

  private shut(): void {
    clearTimeout(this.socketTimer);
    this.door?.close();
    this.live?.close();
    this.gate.rest();
    this.leg.close();
    void this.context.close();
  }

  private newLeg(): VoiceLeg {
    return new VoiceLeg(this.wish.slots, this.context, {
      connection: (on) => this.connected(on),
      sound: (allowed) => {
        this.soundAllowed = allowed;
        this.tell.change();
      },
      microphone: () => {
        this.gate.rest();
        this.tell.microphoneGone();
        this.tell.change();
      },
    });
  }

  private async enter(again: boolean): Promise<void> {
    const { room, name, link } = this.wish;
    const { leg } = this;
    const sdp = await leg.offer(again);
    const before = this.me;
    const body = { sdp, name, link, again: this.connection === "waiting" ? null : before || null, listens: !leg.hasMicrophone };
    const answer = await post<Inside | Waiting>(`/api/v1/rooms/${room}/voice`, body);
    if (this.isPast(leg)) return;
    if ("state" in answer) this.wait(answer);
    else await this.inside(answer, again && (answer.identity !== before || !leg.goesOnWith(answer.sdp)));
  }

  /** Is what was asked for this connection of no use, since another is begun or about to be? */
  private isPast(leg: VoiceLeg): boolean {
    return this.over || this.mending || leg !== this.leg;
  }

  private wait(answer: Waiting): void {
    this.me = answer.key;
    this.connection = "waiting";
    this.tell.change();
    const again = (): void => this.later(0, () => this.enter(false));
    if (!this.door) {
      this.door = new LiveRoom(this.wish.room, { "meet.door": again }, () => undefined, answer.key);
      this.door.open();
    }
    this.later(KNOCK_MS, () => this.enter(false));
  }

  /** `fresh`: it is another leg, to which this connection does not fit. */
  private async inside(answer: Inside, fresh: boolean): Promise<void> {
    this.door?.close();
    this.door = undefined;
    this.me = answer.identity;
    this.maySpeak = answer.speak;
    if (this.connection !== "cut") this.connection = "connecting";
    if (fresh) return this.renew();
    const { leg } = this;
    await leg.answered(answer.sdp);
    if (this.isPast(leg)) return;
    if (!this.gate.isOpen) this.leg.send(false);
    this.loudness();
    this.connect();
    this.tell.change();
    if (this.leg.isConnected) this.connected(true);
    else this.later(PATIENCE_MS, () => this.renew());
  }

  /** Begins with another connection, and the same microphone. */
  private async renew(): Promise<void> {
    const stream = this.leg.giveUp();
    this.leg.close();
    this.leg = this.newLeg();
    if (stream) await this.leg.take(stream);
    this.leg.open(this.gate.isOpen);
    await this.enter(false);
  }

  private connect(): void {
    clearTimeout(this.socketTimer);
    if (this.over) return;
    this.live?.close();
    this.live = new Live(this.wish.room, this.me, this.handlers(), () => this.tell.fresh(), (gone) => {
      if (this.over) return;
      if (gone) this.mend(() => this.renew());
      else this.socketTimer = setTimeout(() => this.connect(), AGAIN_MS);
    });
  }

  private connected(on: boolean): void {
    if (this.over) return;
    this.connection = on ? "on" : "cut";
    if (on) clearTimeout(this.timer);
    this.tell.change();
    if (!on) this.mend(() => this.enter(true));
  }

  private mend(how: () => Promise<void>): void {
    if (this.mending || this.over) return;
    this.mending = true;
    this.connection = "cut";
    this.tell.change();
    this.later(0, async () => {
      this.mending = false;
      await how();
    });
  }

  /** Tries something in a while; a network that is away is asked again. */
  private later(ms: number, step: () => Promise<void>): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.over) return;
      step().catch((reason: unknown) => {
        const isAway = reason instanceof Refused && (reason.status === 0 || reason.status >= 500 || reason.status === 429);
        if (isAway) this.later(AGAIN_MS, step);
        else this.fail(reason);
      });
    }, ms);
  }

  private fail(reason: unknown): void {
    this.end();
    this.tell.refused(reason);
  }

  private handlers(): Handlers {
    const look = (): void => this.tell.change();
    return {
      roster: (facts) => {
        this.roster = facts;
        this.loudness();
        look();
      },
      slot: ({ slot, identity, aimed }) => {
        if (identity) this.slots.set(slot, { identity, aimed });
        else this.slots.delete(slot);
        this.loudness();
        look();
      },
      talking: ({ identity, on }) => {
        if (on) this.talking.add(identity);
        else this.talking.delete(identity);
        look();
      },
      rights: ({ speak }) => {
        this.maySpeak = speak;
        if (!speak) this.gate.rest();
        look();
      },
      muted: ({ on }) => {
        this.muted = on;
        if (on) this.gate.rest();
        look();
      },
      offer: () => this.mend(() => this.renew()),
      text: (line) => this.tell.text(line),
      said: () => this.tell.said(),
      refused: ({ text }) => this.tell.notice(text),
      over: ({ why }) => {
        this.over = true;
        clearTimeout(this.timer);
        this.shut();
        this.tell.over(why);
      },
    };
  }
}
