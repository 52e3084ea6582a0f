/**
 * One stay in a call, without UI: the connection, what the server says of the call, and coming
 * back by itself. The place in the list of hands is the server's, so it is kept meanwhile.
 */

import { type AtDoor, type CallState, type Joined, LiveRoom, Refused, type RoomApi } from "./api";
import { tellLive } from "./around";
import { askToJoin, sentenceOf } from "./asking";
import { Call, type Connection, type End } from "./call";
import type { Entry, RoomOptions } from "./options";
import { keepDoorPass, settings } from "./settings";
import { t } from "./texts";

export interface SessionEvents {
  /** Look again at everything. */
  change(): void;
  /** The connection is there, is being repaired, or the page joins again. */
  connection(state: Connection): void;
  waiting(people: AtDoor[], more: boolean): void;
  /** A sentence for the person. */
  notice(sentence: string): void;
  reaction(identity: string, reaction: string): void;
  came(name: string): void;
  went(name: string): void;
  sound(allowed: boolean): void;
  over(end: End): void;
}

/** Events of the room that others on the page show: they have no stream of their own. */
const AROUND = ["chat.message", "chat.retracted", "plenum.state"];
const PAUSE_MS = 300;

export class Session {
  call!: Call;
  joined!: Joined;
  state: CallState = {
    hands: [],
    floor: null,
    locked: false,
    moderated: false,
    spotlight: null,
    acting: null,
    people: 0,
    cameras_fit: 0,
  };
  waiting: AtDoor[] = [];
  videoHidden = false;
  private readonly live: LiveRoom;
  private closed = false;
  /** Settled when the server knows that this page is in the call. */
  private entered: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: RoomOptions,
    private readonly api: RoomApi,
    private readonly entry: Entry,
    private readonly tell: SessionEvents,
  ) {
    this.live = new LiveRoom(options.room, this.handlers(), () => void this.refresh());
  }

  get facilitates(): boolean {
    return this.joined.role === "facilitator" || this.state.acting === this.joined.identity;
  }

  /** Held back in a moderated call: only the hand helps. */
  get heldBack(): boolean {
    return this.state.moderated && !this.facilitates && this.state.floor !== this.joined.identity;
  }

  async start(joined: Joined): Promise<void> {
    this.live.open();
    if (joined.camera_refused) this.tell.notice(joined.camera_refused);
    await this.connect(joined, this.entry.microphone, this.entry.camera && !joined.camera_refused);
  }

  /** Sends an action; the answer and refusals are shown. */
  async act(path: string, body: object = {}): Promise<void> {
    await this.entered;
    try {
      const answer = await this.api.post<Partial<CallState>>(path, body);
      if (answer.hands) this.merge(answer);
    } catch (reason) {
      this.tell.notice(sentenceOf(reason));
    }
  }

  async post<T>(path: string, body: object = {}): Promise<T | null> {
    try {
      return await this.api.post<T>(path, body);
    } catch (reason) {
      this.tell.notice(sentenceOf(reason));
      return null;
    }
  }

  async leave(): Promise<void> {
    this.close();
    this.api.leave(this.joined.identity);
    await this.call.leave();
  }

  /** The page goes away: say so, since nobody else will for a while. */
  gone(): void {
    if (!this.closed) this.api.leave(this.joined.identity);
  }

  hideVideo(hidden: boolean): void {
    this.videoHidden = hidden;
    this.call.hideVideo(hidden);
  }

  private close(): void {
    this.closed = true;
    this.live.close();
  }

  private async connect(joined: Joined, microphone: boolean, camera: boolean): Promise<void> {
    this.joined = joined;
    this.state = joined.state;
    keepDoorPass(this.options.room, joined.pass);
    const call = new Call({ ...settings(), low: this.entry.low });
    this.call = call;
    this.follow(call);
    this.tell.change();
    const entered = call.connect(joined.url, joined.token);
    this.entered = entered.catch(() => undefined);
    await entered;
    if (this.videoHidden) call.hideVideo(true);
    this.tell.change();
    if (microphone && !this.heldBack) {
      await call.microphone(true).catch((fault: unknown) => this.fault(fault));
    }
    if (camera) await call.camera(true).catch((fault: unknown) => this.fault(fault));
  }

  private fault(fault: unknown): void {
    const denied = fault instanceof Error && fault.name === "NotAllowedError";
    this.tell.notice(t(denied ? "meet.fault-denied" : "meet.fault-no-microphone"));
  }

  private follow(call: Call): void {
    call.on("change", () => this.tell.change());
    call.on("connection", (state) => {
      if (call === this.call && state !== "lost") this.tell.connection(state);
    });
    call.on("reaction", ({ identity, reaction }) => this.tell.reaction(identity, reaction));
    call.on("joined", (name) => this.tell.came(name));
    call.on("left", (name) => this.tell.went(name));
    call.on("sound", (allowed) => this.tell.sound(allowed));
    call.on("fault", (fault) => this.fault(fault));
    call.on("end", (end) => {
      if (call !== this.call || this.closed) return;
      if (end === "lost") void this.comeBack(call);
      else this.finish(end);
    });
  }

  private finish(end: End): void {
    this.close();
    this.tell.over(end);
  }

  /** Joins again until it works; the network may be away for a long time. */
  private async comeBack(lost: Call): Promise<void> {
    this.tell.connection("lost");
    const { microphone, camera } = lost.wanted;
    while (!this.closed && this.call === lost) {
      try {
        const answer = await askToJoin(this.api, this.options, this.entry, this.joined.identity);
        if ("ticket" in answer) return this.finish("lost");
        await this.connect(answer, microphone, camera && !answer.camera_refused);
        return;
      } catch (reason) {
        if (reason instanceof Refused && [401, 403, 404, 409].includes(reason.status)) {
          this.tell.notice(sentenceOf(reason));
          return this.finish(reason.status === 403 ? "removed" : "ended");
        }
        this.call = lost;
      }
      await new Promise((next) => setTimeout(next, PAUSE_MS));
    }
  }

  private merge(changes: Partial<CallState>): void {
    this.state = { ...this.state, ...changes };
    this.tell.change();
  }

  /** The stream (re)opened: what happened meanwhile is asked for. */
  private async refresh(): Promise<void> {
    tellLive("open", null);
    try {
      this.merge(await this.api.state());
      if (this.facilitates) this.showWaiting(await this.api.waiting());
    } catch {
      // Not in the call at this moment; the next answer brings it.
    }
  }

  private showWaiting(people: AtDoor[]): void {
    const more = people.length > this.waiting.length;
    this.waiting = people;
    this.tell.waiting(people, more);
    this.tell.change();
  }

  private handlers(): Record<string, (value: never) => void> {
    const hands = (value: { order: string[]; floor: string | null }): void => {
      this.merge({ hands: value.order, floor: value.floor });
    };
    const state = (value: Partial<CallState> & { ended: boolean }): void => {
      if (value.ended) return this.finish("ended");
      const acted = this.facilitates;
      const { ended: _, ...changes } = value;
      this.merge(changes);
      if (!acted && this.facilitates) void this.refresh();
    };
    const muted = (value: { source: string; by: string }): void => {
      const what = value.source === "camera" ? "meet.camera-stopped-by" : "meet.muted-by";
      this.tell.notice(t(what, { name: value.by || t("meet.facilitation") }));
    };
    const waiting = (value: { people: AtDoor[] }): void => this.showWaiting(value.people);
    const around = AROUND.map((name) => [name, (value: never): void => tellLive(name, value)] as const);
    return {
      ...Object.fromEntries(around),
      "meet.hands": hands,
      "meet.state": state,
      "meet.muted": muted,
      "meet.waiting": waiting,
    };
  }
}
