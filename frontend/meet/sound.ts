/** The sound of others, one hidden element a track; and the small sounds of the page. */

import { type Call, Track } from "./call";
import { el } from "./dom";

/** Plays every audio track that is subscribed, wherever its tile may be. */
export class Loudspeakers {
  readonly node = el("div", { hidden: true });
  private readonly playing = new Map<Track, HTMLMediaElement>();

  update(call: Call): void {
    const wanted = new Set<Track>();
    for (const person of call.heard) {
      for (const publication of person.audioTrackPublications.values()) {
        const track = publication.audioTrack;
        if (!track || !publication.isSubscribed) continue;
        wanted.add(track);
        if (!this.playing.has(track)) this.play(track);
      }
    }
    for (const [track, element] of this.playing) {
      if (wanted.has(track)) continue;
      track.detach(element);
      element.remove();
      this.playing.delete(track);
    }
  }

  close(): void {
    for (const [track, element] of this.playing) track.detach(element);
    this.playing.clear();
    this.node.replaceChildren();
  }

  private play(track: Track): void {
    const element = track.attach();
    this.node.append(element);
    this.playing.set(track, element);
  }
}

/** Two soft tones: somebody is at the door. */
export function knock(): void {
  tones([659.25, 523.25], 0.16);
}

/** One soft tone: you have the floor. */
export function chime(): void {
  tones([783.99], 0.3);
}

function tones(hertz: number[], lengthS: number): void {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.value = 0.08;
  gain.connect(context.destination);
  hertz.forEach((frequency, place) => {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(context.currentTime + place * lengthS);
    tone.stop(context.currentTime + (place + 0.9) * lengthS);
  });
  setTimeout(() => void context.close(), 1000 * (hertz.length * lengthS + 0.2));
}
