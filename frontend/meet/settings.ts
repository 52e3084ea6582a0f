/** What this browser remembers for the next call. Nothing of it leaves the browser. */

export interface Settings {
  name: string;
  microphone: string;
  camera: string;
  speaker: string;
  low: boolean;
  keys: boolean;
  hideSelf: boolean;
  noVideo: boolean;
}

const KEY = "allmende.meet";
const DEFAULTS: Settings = {
  name: "",
  microphone: "",
  camera: "",
  speaker: "",
  low: false,
  keys: true,
  hideSelf: false,
  noVideo: false,
};

/** Returns the remembered settings, the defaults where storage is closed. */
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

/** The admission to a room, kept for this tab: a restart of the server does not ask again. */
export function doorPass(room: number): string | null {
  try {
    return sessionStorage.getItem(`allmende.pass.${room}`);
  } catch {
    return null;
  }
}

export function keepDoorPass(room: number, pass: string): void {
  try {
    sessionStorage.setItem(`allmende.pass.${room}`, pass);
  } catch {
    // Then the door decides again.
  }
}
