/** Asks the server to let somebody in, and puts a refusal into words. */

import { type Joined, Refused, type RoomApi, type Waiting } from "./api";
import type { Entry, RoomOptions } from "./options";
import { doorPass } from "./settings";
import { hasText, t } from "./texts";

/** Presses join at the server. */
export async function askToJoin(
  api: RoomApi,
  options: RoomOptions,
  entry: Entry,
  again: string | null = null,
): Promise<Joined | Waiting> {
  return api.post<Joined | Waiting>("join", {
    name: entry.name,
    link: options.link,
    pass: doorPass(options.room),
    again,
    audio: entry.microphone,
    video: entry.camera,
    low: entry.low,
  });
}

/** A refusal in words. */
export function sentenceOf(reason: unknown): string {
  if (!(reason instanceof Refused)) return t("meet.did-not-work");
  if (reason.status === 0) return t("meet.offline");
  return hasText(reason.id) ? t(reason.id, reason.values) : t("meet.did-not-work");
}
