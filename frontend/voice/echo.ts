/**
 * The echo test, without UI: a connection of its own as in a room, by which one hears oneself, a
 * second later. What can go wrong has the names of the texts.
 */

import { openMicrophone } from "../meet/devices";
import { post } from "../meet/api";
import { VoiceLeg } from "./leg";

export type Echoed = "heard" | "hardware-mute" | "nothing-through";

const DELAY_S = 1;
const WITHIN_MS = 10_000;
const LOOK_MS = 100;
/** The power of what is not silence. */
const SOUND = 1e-6;

export class Echo {
  private readonly context = new AudioContext();
  private readonly leg: VoiceLeg;
  private readonly back: AnalyserNode;
  private closed = false;

  /** Made in the tap that asks for it, so that it may play. */
  constructor(slots: number) {
    void this.context.resume();
    this.back = new AnalyserNode(this.context, { fftSize: 512 });
    const later = new DelayNode(this.context, { maxDelayTime: DELAY_S, delayTime: DELAY_S });
    this.back.connect(later).connect(this.context.destination);
    const quiet = { connection: () => undefined, sound: () => undefined, microphone: () => undefined };
    this.leg = new VoiceLeg(slots, this.context, quiet, this.back);
  }

  /** Runs until sound came back, or the time is over; one goes on to hear oneself until `close`. */
  async run(device: string): Promise<Echoed> {
    const stream = await openMicrophone(device);
    const own = new AnalyserNode(this.context, { fftSize: 512 });
    this.context.createMediaStreamSource(stream).connect(own);
    await this.leg.take(stream);
    if (this.closed) this.leg.close();
    else await this.connect();
    const loudest = await this.listen(own);
    if (loudest.back > SOUND) return "heard";
    return loudest.own > SOUND ? "nothing-through" : "hardware-mute";
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.leg.close();
    void this.context.close();
  }

  private async connect(): Promise<void> {
    const sdp = await this.leg.offer();
    const answer = await post<{ sdp: string }>("/api/v1/voice/echo", { sdp });
    if (this.closed) return;
    await this.leg.answered(answer.sdp);
    this.leg.open(true);
  }

  private async listen(own: AnalyserNode): Promise<{ own: number; back: number }> {
    const loudest = { own: 0, back: 0 };
    for (const end = Date.now() + WITHIN_MS; Date.now() < end && !this.closed && loudest.back <= SOUND; ) {
      loudest.own = Math.max(loudest.own, power(own));
      loudest.back = Math.max(loudest.back, power(this.back));
      await new Promise((next) => setTimeout(next, LOOK_MS));
    }
    return loudest;
  }
}

export function power(analyser: AnalyserNode): number {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}
