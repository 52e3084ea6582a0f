/**
 * What time the server has, from how long its answers took: of the last answers the fastest is
 * believed, since the least can have gone wrong with it.
 */

interface Sample {
  offsetMs: number;
  tookMs: number;
}

const KEPT = 8;
/** Two answers may differ by half of what each took; more means that a clock was set. */
const SLACK_MS = 1500;

export class ServerClock {
  private samples: Sample[] = [];

  constructor(private readonly here: () => number = () => Date.now()) {}

  answered(serverMs: number, askedMs: number, answeredMs: number): void {
    const tookMs = Math.max(0, answeredMs - askedMs);
    const sample = { offsetMs: serverMs - (askedMs + answeredMs) / 2, tookMs };
    const best = this.best();
    const unlike = best && Math.abs(best.offsetMs - sample.offsetMs) > (best.tookMs + tookMs) / 2 + SLACK_MS;
    this.samples = unlike ? [sample] : [...this.samples, sample].slice(-KEPT);
  }

  /** The server's milliseconds now; 0 as long as it never answered. */
  now(): number {
    const best = this.best();
    return best ? this.here() + best.offsetMs : 0;
  }

  private best(): Sample | undefined {
    return this.samples.reduce<Sample | undefined>(
      (least, one) => (least && least.tookMs <= one.tookMs ? least : one),
      undefined,
    );
  }
}
