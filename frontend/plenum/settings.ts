/** What this browser remembers of the screen. Nothing of it leaves the browser. */

export type Tab = "room" | "list" | "minutes" | "chat";

export interface Settings {
  gong: boolean;
  /** What was shown beside the call. */
  tab: Tab;
}

const KEY = "allmende.plenum";
const DEFAULTS: Settings = { gong: true, tab: "minutes" };

export function settings(): Settings {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>;
    return { ...DEFAULTS, ...kept };
  } catch {
    return { ...DEFAULTS };
  }
}

export function remember(changes: Partial<Settings>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...settings(), ...changes }));
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}
