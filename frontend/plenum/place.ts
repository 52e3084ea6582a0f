/** Who speaks, who waits, and one's own place, as the call tells it. */

export interface Somebody {
  identity: string;
  name: string;
  /** `mumble` and `web`: by sound alone. */
  client: string;
  hand: number;
  floor: boolean;
  me: boolean;
}

/** The detail of `allmende:call` (frontend/meet/around.ts). */
export interface CallNow {
  joined: boolean;
  identity: string;
  role: string;
  facilitates: boolean;
  people: Somebody[];
  order: string[];
  floor: string | null;
}

export type Mine = "floor" | "next" | "waiting" | "none";

export interface Place {
  mine: Mine;
  /** One's own number in the list, 0 without a hand. */
  number: number;
  speaks: Somebody | undefined;
  waiting: Somebody[];
}

/** The list in its order; who is not here any more is left out. */
export function placeOf(call: CallNow): Place {
  const known = new Map(call.people.map((one) => [one.identity, one]));
  const waiting = call.order.flatMap((identity) => known.get(identity) ?? []);
  const speaks = call.people.find((one) => one.floor);
  const number = waiting.findIndex((one) => one.me) + 1;
  const mine = speaks?.me ? "floor" : number === 1 ? "next" : number > 1 ? "waiting" : "none";
  return { mine, number, speaks, waiting };
}

/** Ids of the sentences: to the tenth place with a word, from there with a number. */
export function sentenceId(place: Place): string {
  if (place.mine !== "waiting") return `plenum.screen-you-${place.mine}`;
  return place.number <= IN_WORDS ? `plenum.screen-place-${String(place.number)}` : "plenum.screen-place-n";
}

const IN_WORDS = 10;
