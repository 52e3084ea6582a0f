/**
 * The echo test, without UI: this page joins a private call twice, one leg sends the microphone,
 * one receives it and plays it back a second later. What can go wrong has eight names.
 */

import {
  type LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  Track,
  createLocalAudioTrack,
} from "livekit-client";
import { post } from "./api";
import { faultOf, obstacle } from "./devices";

export type EchoFault =
  | "old-browser"
  | "no-microphone"
  | "denied"
  | "hardware-mute"
  | "nothing-through"
  | "udp-blocked"
  | "slow"
  | "late";

/** `heard`: sound came back. Faults that still let people talk are told besides. */
export interface EchoResult {
  heard: boolean;
  faults: EchoFault[];
}

const DELAY_S = 1;
const WITHIN_MS = 8000;
const SLOW_BPS = 100_000;
const LATE_S = 0.5;
const SILENCE = 1e-5;

export class EchoTest {
  private readonly sender = new Room({ singlePeerConnection: true });
  private readonly receiver = new Room({ singlePeerConnection: true });
  private readonly context = new AudioContext();
  private track: LocalAudioTrack | undefined;
  private element: HTMLMediaElement | undefined;

  /** Runs until sound came back or the time is over; the playback goes on until `close`. */
  async run(microphone: string, level: (value: number) => void): Promise<EchoResult> {
    if (obstacle()) return { heard: false, faults: ["old-browser"] };
    void this.context.resume();
    const faults: EchoFault[] = [];
    try {
      this.track = await createLocalAudioTrack({ deviceId: microphone });
    } catch (reason) {
      const denied = faultOf(reason) === "denied";
      return { heard: false, faults: [denied ? "denied" : "no-microphone"] };
    }
    const own = this.meter(this.track.mediaStreamTrack);
    const came = await this.connect().catch(() => null);
    if (!came) return { heard: false, faults: ["nothing-through"] };
    const back = this.playLater(came);
    const loudest = await this.listen(own, back, level);
    if (this.track.mediaStreamTrack.muted || loudest.own < SILENCE) faults.push("hardware-mute");
    else if (loudest.back < SILENCE) faults.push("nothing-through");
    faults.push(...(await this.network()));
    return { heard: loudest.back >= SILENCE, faults };
  }

  async close(): Promise<void> {
    this.track?.stop();
    this.element?.remove();
    await Promise.allSettled([this.sender.disconnect(), this.receiver.disconnect()]);
    if (this.context.state !== "closed") await this.context.close();
  }

  private async connect(): Promise<RemoteTrack> {
    const answer = await post<{ url: string; tokens: [string, string] }>("/api/v1/echo", {});
    const address = new URL(answer.url, location.href);
    const url = address.href.replace(/^http/, "ws").replace(/\/$/, "");
    const came = new Promise<RemoteTrack>((resolve, reject) => {
      this.receiver.on(RoomEvent.TrackSubscribed, (track) => resolve(track));
      setTimeout(() => reject(new Error("nothing came")), WITHIN_MS);
    });
    await Promise.all([
      this.receiver.connect(url, answer.tokens[1]),
      this.sender.connect(url, answer.tokens[0]),
    ]);
    if (this.track) {
      await this.sender.localParticipant.publishTrack(this.track, {
        source: Track.Source.Microphone,
        red: false,
      });
    }
    return came;
  }

  /** Chromium feeds Web Audio only while an element plays the track as well, silently. */
  private playLater(track: RemoteTrack): AnalyserNode {
    this.element = track.attach();
    this.element.muted = true;
    const delay = this.context.createDelay(DELAY_S + 0.5);
    delay.delayTime.value = DELAY_S;
    const analyser = this.meter(track.mediaStreamTrack);
    analyser.connect(delay).connect(this.context.destination);
    return analyser;
  }

  private meter(track: MediaStreamTrack): AnalyserNode {
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 512;
    this.context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    return analyser;
  }

  private async listen(
    own: AnalyserNode,
    back: AnalyserNode,
    level: (value: number) => void,
  ): Promise<{ own: number; back: number }> {
    const loudest = { own: 0, back: 0 };
    const until = performance.now() + WITHIN_MS;
    while (performance.now() < until && loudest.back < SILENCE * 10) {
      loudest.own = Math.max(loudest.own, power(own));
      loudest.back = Math.max(loudest.back, power(back));
      level(Math.min(1, Math.sqrt(power(own)) * 4));
      await new Promise((next) => setTimeout(next, 60));
    }
    return loudest;
  }

  private async network(): Promise<EchoFault[]> {
    const report = await this.track?.getRTCStatsReport();
    const faults: EchoFault[] = [];
    let protocol = "";
    report?.forEach((entry: Record<string, unknown>) => {
      if (entry["type"] !== "candidate-pair" || entry["nominated"] !== true) return;
      const bps = entry["availableOutgoingBitrate"];
      const roundTrip = entry["currentRoundTripTime"];
      const local = report.get(String(entry["localCandidateId"])) as { protocol?: string };
      protocol = local?.protocol ?? "";
      if (typeof bps === "number" && bps < SLOW_BPS) faults.push("slow");
      if (typeof roundTrip === "number" && roundTrip > LATE_S) faults.push("late");
    });
    if (protocol === "tcp") faults.push("udp-blocked");
    return faults;
  }
}

function power(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}
