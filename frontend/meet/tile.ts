/** One picture of one person, or of one shared screen, with what is to be known about it. */

import { Track, type TrackPublication } from "./call";
import { el, icon, say, set, setIcon } from "./dom";
import { clientMark, clientWord, hue, initials, type Person, qualityOf } from "./people";
import { t } from "./texts";

export type TileKind = "person" | "share";

export class Tile {
  readonly node: HTMLElement;
  private readonly video = el("video", { class: "meet-tile-video", hidden: true });
  private readonly face = el("span", { class: "meet-tile-face", "aria-hidden": "true" });
  private readonly name = el("bdi", { class: "meet-tile-name" });
  private readonly state = el("span", { class: "meet-tile-state" }, icon("mic-off"));
  private readonly stateWord = el("span", { class: "only-heard" });
  private readonly hand = el("span", { class: "meet-tile-hand", hidden: true }, icon("hand"));
  private readonly handWord = el("span");
  private readonly client = el("span", { class: "meet-tile-client", hidden: true }, icon("headphones"));
  private readonly clientName = el("span");
  private readonly quality = el("span", { class: "meet-tile-quality", hidden: true });
  private readonly qualityWord = el("span");
  private readonly mark = el("span", { class: "meet-tile-mark", hidden: true });
  private readonly more = el("button", { type: "button", class: "meet-tile-more" }, icon("ellipsis"));
  private attached: TrackPublication | undefined;
  private track: Track | undefined;
  private person: Person | undefined;

  constructor(
    readonly key: string,
    readonly kind: TileKind,
    openMenu: (person: Person, kind: TileKind) => void,
  ) {
    this.state.append(this.stateWord);
    this.hand.append(this.handWord);
    this.client.append(this.clientName);
    this.quality.append(icon("signal-high"), this.qualityWord);
    const bar = el("div", { class: "meet-tile-bar" }, this.state, this.name, this.hand);
    this.node = el(
      "li",
      { class: `meet-tile meet-tile-${kind}`, "data-key": key },
      this.face,
      this.video,
      el("div", { class: "meet-tile-marks" }, this.mark, this.client),
      this.quality,
      bar,
      this.more,
    );
    this.video.playsInline = true;
    this.video.muted = true;
    this.video.autoplay = true;
    this.more.addEventListener("click", () => {
      if (this.person) openMenu(this.person, kind);
    });
  }

  update(person: Person): void {
    this.person = person;
    const share = this.kind === "share";
    const name = person.me ? t("meet.name-you", { name: person.name }) : person.name;
    say(this.name, share ? t("meet.screen-of", { name }) : name);
    say(this.face, initials(person.name));
    set(this.node, "data-tint", hue(person.identity));
    set(this.node, "data-speaking", person.speaking && !share);
    set(this.node, "data-me", person.me);
    set(this.more, "aria-label", t("meet.more-about", { name: person.name }));
    this.client.hidden = share || person.client === "browser";
    say(this.clientName, clientMark(person.client));
    set(this.client, "title", clientWord(person.client));
    this.showSound(person, share);
    this.showHand(person, share);
    this.showQuality(person, share);
    this.showMark(person, share);
    this.show(this.publication(person));
  }

  close(): void {
    this.show(undefined);
    this.node.remove();
  }

  private publication(person: Person): TrackPublication | undefined {
    const source = this.kind === "share" ? Track.Source.ScreenShare : Track.Source.Camera;
    const found = person.participant.getTrackPublication(source);
    return found?.isMuted ? undefined : found;
  }

  /** Keeps the element on its track: changing it would show black for a moment. */
  private show(publication: TrackPublication | undefined): void {
    const track = publication?.videoTrack;
    if (track !== this.track) {
      this.track?.detach(this.video);
      track?.attach(this.video);
      // Sound of a shared screen comes by its own element (sound.ts).
      this.video.muted = true;
      this.track = track;
    }
    this.attached = publication;
    const front = this.kind === "person" && this.person?.me === true;
    this.video.classList.toggle("meet-mirror", front);
    this.video.hidden = track === undefined;
    this.node.toggleAttribute("data-video", this.attached !== undefined && track !== undefined);
  }

  private showSound(person: Person, share: boolean): void {
    this.state.hidden = share;
    const name = person.speaking ? "audio-lines" : person.microphone ? "mic" : "mic-off";
    setIcon(this.state, name);
    set(this.state, "data-muted", !person.microphone);
    const word = person.speaking ? "speaking" : person.microphone ? "mic-is-on" : "mic-is-off";
    say(this.stateWord, t(`meet.${word}`));
  }

  private showHand(person: Person, share: boolean): void {
    this.hand.hidden = share || person.hand === 0;
    say(this.handWord, String(person.hand || ""));
    set(this.hand, "title", t("meet.hand-place", { n: person.hand }));
  }

  private showQuality(person: Person, share: boolean): void {
    const quality = qualityOf(person.quality);
    const bad = quality !== null && quality.icon !== "signal-high";
    this.quality.hidden = share || !bad;
    if (!quality) return;
    setIcon(this.quality, quality.icon);
    say(this.qualityWord, quality.word);
  }

  private showMark(person: Person, share: boolean): void {
    const word = person.floor ? t("meet.has-floor") : person.spotlight ? t("meet.spotlight") : "";
    this.mark.hidden = share || word === "";
    say(this.mark, word);
  }
}
