/** The texts of the screen; read once, before anything is shown. */

import { Texts, type Values } from "../kit/texts";
import { Refused } from "./api";

let texts = new Texts({}, "de");

export async function loadTexts(url: string): Promise<void> {
  texts = await Texts.load(url);
}

/** For tests, which have no server. */
export function useTexts(those: Texts): void {
  texts = those;
}

export const t = (id: string, values: Values = {}): string => texts.text(id, values);

/** The time of a day, to the minute. */
export function clock(at: Date): string {
  return at.toLocaleTimeString(texts.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** What to say of a refusal; errors that are bugs are thrown on. */
export function sentenceOf(reason: unknown): string {
  if (!(reason instanceof Refused)) throw reason;
  return texts.has(reason.id) ? t(reason.id, reason.values) : t("plenum.screen-not-done");
}
