/** Keeps the screen on during a call where the browser can. */

export class AwakeScreen {
  private lock: WakeLockSentinel | null = null;
  private wanted = false;

  constructor() {
    document.addEventListener("visibilitychange", () => {
      if (this.wanted && document.visibilityState === "visible") void this.take();
    });
  }

  keep(): void {
    this.wanted = true;
    void this.take();
  }

  let(): void {
    this.wanted = false;
    void this.lock?.release();
    this.lock = null;
  }

  private async take(): Promise<void> {
    // A browser without it, or low on battery, says no; the call goes on.
    this.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}
