/**
 * In a large call the cameras of those who spoke last come by themselves (spec meet, 8); the
 * others are asked for while they are in sight.
 */

export const BY_THEMSELVES = 16;

export interface Camera {
  readonly trackSid: string;
  readonly isSubscribed: boolean;
  setSubscribed(subscribed: boolean): void;
}

export class Cameras {
  private readonly asked = new Set<string>();

  /** `all`: the cameras of others by identity; `sight`: whose tiles are shown. */
  ask(all: ReadonlyMap<string, Camera>, sight: Iterable<string>): void {
    if (all.size <= BY_THEMSELVES) return;
    for (const identity of sight) {
      const camera = all.get(identity);
      if (!camera || camera.isSubscribed || this.asked.has(camera.trackSid)) continue;
      this.asked.add(camera.trackSid);
      camera.setSubscribed(true);
    }
  }
}
