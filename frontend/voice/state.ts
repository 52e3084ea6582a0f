/** One's own state in a word: nobody has to guess whether they are heard. */

export interface Facts {
  connection: "connecting" | "waiting" | "on" | "cut";
  hasMicrophone: boolean;
  maySpeak: boolean;
  muted: boolean;
  isTalking: boolean;
  soundAllowed: boolean;
}

export type State = "connecting" | "waiting" | "cut" | "silent-browser" | "listening" | "held-back" | "muted" | "heard" | "not-heard";

export function stateOf(facts: Facts): State {
  if (facts.connection !== "on") return facts.connection;
  if (!facts.soundAllowed) return "silent-browser";
  if (!facts.maySpeak) return "held-back";
  if (!facts.hasMicrophone) return "listening";
  if (facts.isTalking) return "heard";
  return facts.muted ? "muted" : "not-heard";
}

/** Whether the space bar means talking here: not where it types or presses something else. */
export function isFree(target: Element | null): boolean {
  return !target?.closest("input, textarea, select, button, a, summary, [contenteditable]");
}
