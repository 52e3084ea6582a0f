/** What this browser remembers of voice: how loud somebody is, and how one talks. */

export type Way = "hold" | "tap" | "open";

export interface Loudness {
  /** 0 to 2; 1 as they send it. */
  volume: number;
  silent: boolean;
}

interface Kept {
  way: Way;
  announce: boolean;
  master: number;
  people: Record<string, Loudness>;
}

const KEY = "allmende.voice";
const DEFAULTS: Kept = { way: "hold", announce: false, master: 1, people: {} };
const MOST_PEOPLE = 500;
export const AS_SENT: Loudness = { volume: 1, silent: false };

export function kept(): Kept {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>) };
  } catch {
    return { ...DEFAULTS };
  }
}

export function keep(changes: Partial<Kept>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...changes }));
  } catch {
    // A browser that keeps nothing begins anew next time.
  }
}

/** `known`: under what the server says somebody is known on this server alone. */
export function loudnessOf(known: string): Loudness {
  return kept().people[known] ?? AS_SENT;
}

export function keepLoudness(known: string, loudness: Loudness): void {
  const { [known]: _, ...others } = kept().people;
  const isUsual = loudness.volume === 1 && !loudness.silent;
  const people = isUsual ? others : { ...others, [known]: loudness };
  keep({ people: Object.fromEntries(Object.entries(people).slice(-MOST_PEOPLE)) });
}

/** What a GainNode is set to. */
export const gainOf = ({ volume, silent }: Loudness): number => (silent ? 0 : Math.min(2, Math.max(0, volume)));
