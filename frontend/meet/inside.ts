/** The call on the page: puts the parts together and shows what is so. */

import type { AtDoor, Joined, RoomApi } from "./api";
import { Around, keysFromPage, type Panels, tellCall, tellPage } from "./around";
import type { Connection, End } from "./call";
import { type Actions, Controls } from "./controls";
import { follow } from "./devices";
import { openChoices, openKeys, openName, openPerson, openReactions, reactionOf } from "./dialogs";
import { button, el, icon, say } from "./dom";
import { Head } from "./head";
import { invite, moreChoices } from "./more";
import type { Entry, RoomOptions } from "./options";
import { people, type Person, withoutVideo } from "./people";
import { Roster } from "./roster";
import { Session } from "./session";
import { chatElement } from "./sidechat";
import { remember, settings } from "./settings";
import { Shortcuts } from "./shortcuts";
import { chime, knock, Loudspeakers } from "./sound";
import { followSize } from "./size";
import { Stage } from "./stage";
import { t } from "./texts";
import { AwakeScreen } from "./wake";

const ANNOUNCE_UP_TO = 15;
const BANNER_AFTER_MS = 1000;
const NOTICE_MS = 7000;
const IN_PLENUM = 12;

export class Inside {
  readonly node: HTMLElement;
  readonly session: Session;
  readonly stage: Stage;
  private readonly controls: Controls;
  private readonly roster: Roster;
  private readonly loudspeakers = new Loudspeakers();
  private readonly keys: Shortcuts;
  private readonly awake = new AwakeScreen();
  private readonly banner = el("p", { class: "meet-banner", role: "status" });
  private readonly notice = el("p", { class: "meet-toast", role: "status" });
  private readonly heard = el("p", { class: "only-heard", "aria-live": "polite" });
  private readonly head: Head;
  private readonly around: Around;
  private readonly soundButton: HTMLButtonElement;
  private readonly panel = el("aside", { class: "meet-panel", hidden: true });
  private readonly panelTitle = el("h2", { tabindex: "-1" });
  private readonly flying = el("div", { class: "meet-flying", "aria-hidden": "true" });
  private readonly chat: HTMLElement | null;
  private open: "chat" | "people" | null = null;
  /** What the page around the call shows in place of its own panels; null: nothing. */
  private shownAround: Panels | null = null;
  private unread = 0;
  private offeredLow = false;
  private bannerTimer = 0;
  private noticeTimer = 0;
  private before: Person[] = [];

  constructor(
    readonly options: RoomOptions,
    api: RoomApi,
    readonly entry: Entry,
  ) {
    this.session = new Session(options, api, entry, {
      change: () => this.refresh(),
      connection: (state) => this.connection(state),
      waiting: (waiting, more) => this.atDoor(waiting, more),
      notice: (sentence) => this.toast(sentence),
      reaction: (identity, reaction) => this.reaction(identity, reaction),
      came: (name) => this.announceSome(t("meet.came", { name })),
      went: (name) => this.announceSome(t("meet.went", { name })),
      sound: (allowed) => (this.soundButton.hidden = allowed),
      over: (end) => this.over(end),
    });
    this.stage = new Stage((person, kind) => this.openPerson(person, kind === "share"), (seen) => this.session.call.demand(seen));
    this.stage.hideSelf = settings().hideSelf;
    this.head = new Head(options.title, options.label);
    this.controls = new Controls(this.actions(), options.chat);
    this.around = new Around({
      act: (path, body) => void this.session.act(path, body),
      notice: (sentence) => this.toast(sentence),
      panels: (panels, close) => this.showAround(panels, close),
    });
    this.roster = new Roster(this.rosterActions());
    this.soundButton = button("volume-2", t("meet.tap-for-sound"), () => {
      void this.session.call.allowSound();
    }, "meet-sound");
    this.soundButton.hidden = true;
    this.chat = options.chat ? chatElement(options, () => this.messageCame()) : null;
    this.keys = new Shortcuts({
      ...this.actions(),
      help: () => this.openKeys(),
      talk: (on) => this.talk(on),
      other: (key) => tellPage("key", { key }),
    });
    this.keys.on = settings().keys;
    this.node = this.build();
    followSize(this.node, (size) => this.stage.resize(size === "phone"));
  }

  async start(joined: Joined): Promise<void> {
    void follow((change) => this.devices(change.kind, change.added?.deviceId ?? null));
    window.addEventListener("pagehide", () => this.session.gone());
    this.awake.keep();
    this.connection("connecting");
    this.stage.node.focus();
    await this.session.start(joined);
    if (settings().noVideo || this.entry.low) this.session.hideVideo(true);
    this.soundButton.hidden = this.session.call.room.canPlaybackAudio;
  }

  toast(sentence: string): void {
    if (!sentence) return;
    say(this.notice, sentence);
    this.notice.toggleAttribute("data-shown", true);
    window.clearTimeout(this.noticeTimer);
    this.noticeTimer = window.setTimeout(() => this.notice.removeAttribute("data-shown"), NOTICE_MS);
  }

  refresh(): void {
    const session = this.session;
    const everybody = people(session.call, session.state);
    const mine = everybody.find((person) => person.me);
    this.announceChanges(everybody);
    this.before = everybody;
    this.stage.update(everybody);
    this.loudspeakers.update(session.call);
    this.roster.update(everybody, session.facilitates);
    this.controls.update(session.call, {
      hand: mine?.hand ?? 0,
      floor: mine?.floor ?? false,
      grid: this.stage.effectiveView === "grid",
      panel: this.open ?? (this.shownAround?.chat ? "chat" : null),
      heldBack: session.heldBack,
      unread: this.shownAround?.unread ?? this.unread,
      waiting: session.waiting.length,
      people: everybody.length,
    });
    this.showStates(mine);
    tellCall(session, everybody);
  }

  /** The page around shows chat and hands itself; or not any more. */
  inPlenum(on: boolean): void {
    if (on === (this.shownAround !== null)) return;
    this.shownAround = on ? { chat: false, unread: 0 } : null;
    this.unread = 0;
    this.stage.most = on ? IN_PLENUM : undefined;
    if (this.chat) this.chat.hidden = !on;
    if (this.open === "chat") this.show(null);
    else this.refresh();
  }

  openKeys(): void {
    openKeys(this.keys.on, keysFromPage(), (on) => {
      this.keys.on = on;
      remember({ keys: on });
    });
  }

  private build(): HTMLElement {
    const shut = button("x", t("meet.close"), () => this.show(null), "button-quiet icon-only");
    this.panel.append(el("header", { class: "meet-panel-head" }, this.panelTitle, shut));
    this.panel.append(this.roster.node);
    if (this.chat) this.panel.append(this.chat);
    const middle = el("div", { class: "meet-middle" }, this.stage.node, this.panel);
    const over = el("div", { class: "meet-over" }, this.banner, this.notice, this.soundButton);
    return el(
      "div",
      { class: "meet-call" },
      this.head.node,
      middle,
      over,
      this.controls.node,
      this.flying,
      this.heard,
      this.loudspeakers.node,
    );
  }

  private messageCame(): void {
    if (this.open === "chat" || this.shownAround) return;
    this.unread += 1;
    this.refresh();
  }

  private actions(): Actions & { help: () => void } {
    return {
      microphone: () => this.microphone(),
      camera: () => void this.camera(),
      share: () => void this.share(),
      hand: () => this.hand(),
      view: () => {
        this.stage.flip();
        this.refresh();
      },
      react: () => openReactions((reaction) => void this.session.call.react(reaction)),
      chat: () => this.chatWanted(),
      roster: () => this.show(this.open === "people" ? null : "people"),
      more: () => openChoices(t("meet.more"), moreChoices(this)),
      leave: () => void this.leave(),
      help: () => this.openKeys(),
    };
  }

  private rosterActions(): ConstructorParameters<typeof Roster>[0] {
    const act = (path: string, body: object = {}): void => void this.session.act(path, body);
    return {
      open: (person) => this.openPerson(person, false),
      callNext: () => act("call-next"),
      call: (identity) => act("call", { identity }),
      lower: (identity) => act("lower", { identity }),
      floorEnd: () => act("floor-end"),
      admit: (key) => act("admit", { key }),
      refuse: (key) => act("refuse", { key }),
      admitAll: () => act("admit-all"),
      invite: () => void invite(this),
    };
  }

  private openPerson(person: Person, share: boolean): void {
    const identity = person.identity;
    const key = share ? `share:${identity}` : identity;
    const act = (path: string, body: object): void => void this.session.act(path, body);
    openPerson(person, this.session.facilitates, this.stage.pinned === key, {
      pin: () => this.stage.pin(key),
      mute: () => act("mute", { identity, source: "microphone" }),
      unmute: () => act("unmute", { identity }),
      stopCamera: () => act("mute", { identity, source: "camera" }),
      spotlight: () => act("spotlight", { identity: person.spotlight ? null : identity }),
      give: () => act("call", { identity }),
      lower: () => act("lower", { identity }),
      remove: () => act("remove", { identity }),
      rename: () => this.rename(),
      hideSelf: () => this.hideSelf(true),
    });
  }

  hideSelf(hidden: boolean): void {
    remember({ hideSelf: hidden });
    this.stage.hideSelf = hidden;
    this.refresh();
  }

  rename(): void {
    openName(this.session.call.me.name ?? "", (name) => {
      this.entry.name = name;
      void this.session.act("name", { name });
    });
  }

  private microphone(): void {
    if (this.session.heldBack) return this.hand();
    void this.session.call.microphone(!this.session.call.me.isMicrophoneEnabled).catch(() => {
      this.toast(t("meet.fault-no-microphone"));
    });
  }

  private talk(on: boolean): void {
    if (this.session.heldBack) return;
    void this.session.call.microphone(on).catch(() => undefined);
  }

  async camera(): Promise<void> {
    const on = !this.session.call.me.isCameraEnabled;
    const fits = this.session.state.cameras_fit;
    const others = this.before.filter((person) => person.camera && !person.me).length;
    if (on && others >= fits) return this.toast(t("meet.camera-does-not-fit", { n: fits }));
    await this.session.call.camera(on).catch(() => this.toast(t("meet.fault-no-camera")));
  }

  async share(): Promise<void> {
    const on = !this.session.call.me.isScreenShareEnabled;
    await this.session.call.share(on).catch((reason: unknown) => {
      const cancelled = reason instanceof Error && reason.name === "NotAllowedError";
      if (!cancelled) this.toast(t("meet.fault-no-share"));
    });
    const blind = withoutVideo(this.before).length;
    if (blind && this.session.call.me.isScreenShareEnabled) this.toast(t("meet.share-not-seen", { n: blind }));
  }

  private hand(): void {
    const mine = this.before.find((person) => person.me);
    if (mine?.floor) void this.session.act("floor-end");
    else void this.session.act("hand", { up: !mine?.hand });
  }

  private chatWanted(): void {
    if (!this.shownAround) return this.show(this.open === "chat" ? null : "chat");
    if (this.open) this.show(null);
    tellPage("panel", { panel: "chat" });
  }

  private showAround(panels: Panels, close: boolean): void {
    if (this.shownAround) this.shownAround = panels;
    if (close && this.open) this.show(null);
    else this.refresh();
  }

  private show(panel: "chat" | "people" | null): void {
    const closing = panel === null ? this.open : null;
    this.open = panel;
    this.panel.hidden = panel === null;
    this.node.toggleAttribute("data-panel", panel !== null);
    this.roster.node.hidden = panel !== "people";
    if (this.chat && !this.shownAround) this.chat.hidden = panel !== "chat";
    if (panel === "chat") this.unread = 0;
    say(this.panelTitle, panel === "chat" ? t("meet.chat") : t("meet.people"));
    this.refresh();
    if (panel) this.panelTitle.focus();
    else if (closing) this.controls.focusPanelButton(closing);
  }

  private connection(state: Connection): void {
    window.clearTimeout(this.bannerTimer);
    if (state === "connected") {
      say(this.banner, "");
      return;
    }
    const text = state === "connecting" ? "meet.connecting" : "meet.reconnecting";
    this.bannerTimer = window.setTimeout(() => say(this.banner, t(text)), BANNER_AFTER_MS);
  }

  private atDoor(waiting: AtDoor[], more: boolean): void {
    this.roster.waiting(waiting);
    if (!more) return;
    knock();
    this.announce(t("meet.waiting-count", { n: waiting.length }));
  }

  private devices(kind: MediaDeviceKind, added: string | null): void {
    // A headset that is plugged in is meant to be used; one that is gone leaves the default.
    const words = { audioinput: "microphone", audiooutput: "speaker", videoinput: "camera" } as const;
    if (kind === "videoinput" && added) return;
    void this.session.call
      .device(kind, added ?? "default")
      .then(() => this.toast(t(`meet.switched-${words[kind]}`)))
      .catch(() => undefined);
  }

  private reaction(identity: string, reaction: string): void {
    const name = this.before.find((person) => person.identity === identity)?.name ?? "";
    const found = reactionOf(reaction);
    if (!found) return;
    const shown = el("span", { class: "meet-reaction-shown" }, icon(found.icon), el("bdi", {}, name));
    this.flying.append(shown);
    setTimeout(() => shown.remove(), 4000);
    this.announceSome(t("meet.reacted", { name, reaction: found.word }));
  }

  private showStates(mine: Person | undefined): void {
    const { state } = this.session;
    const words = [
      state.locked ? t("meet.is-locked") : "",
      state.moderated ? t("meet.is-moderated") : "",
      mine?.floor && !this.shownAround ? t("meet.you-have-floor") : "",
    ].filter(Boolean);
    this.head.update(words);
    if (this.head.connection(mine) && !this.offeredLow && !settings().low) {
      this.offeredLow = true;
      this.toast(t("meet.offer-low"));
    }
  }

  private announceChanges(now: Person[]): void {
    for (const person of now) {
      const was = this.before.find((one) => one.identity === person.identity);
      if (!was) continue;
      if (person.me && person.floor && !was.floor) {
        chime();
        this.toast(t("meet.you-have-floor"));
      } else if (person.floor && !was.floor) this.announce(t("meet.floor-of", { name: person.name }));
      if (person.hand && !was.hand && !person.me) this.announceSome(t("meet.hand-of", { name: person.name }));
      if (person.sharing && !was.sharing) this.announce(t("meet.screen-of", { name: person.name }));
    }
  }

  private announceSome(text: string): void {
    if (this.before.length <= ANNOUNCE_UP_TO) this.announce(text);
  }

  private announce(text: string): void {
    say(this.heard, text);
  }

  async leave(): Promise<void> {
    await this.session.leave();
    this.over("left");
  }

  private over(end: End): void {
    this.keys.close();
    this.awake.let();
    this.loudspeakers.close();
    this.around.close();
    const to = new URL(this.options.overPath() ?? `/r/${this.options.slug}/left`, location.href);
    if (this.options.link) to.searchParams.set("g", this.options.link);
    if (end !== "left") to.searchParams.set("why", end);
    location.assign(to);
  }
}
