/** The texts of this page; read once, before anything is shown. */

import { Texts, type Values } from "../kit/texts";

let texts = new Texts({}, "de");

/** The texts, where they are not read from the server. */
export function useTexts(given: Texts): void {
  texts = given;
}

export async function loadTexts(url: string): Promise<void> {
  texts = await Texts.load(url);
}

export const hasText = (id: string): boolean => texts.has(id);

export const t = (id: string, values: Values = {}): string => texts.text(id, values);

/** A day and time in words. */
export function instant(iso: string): string {
  return new Date(iso).toLocaleString(texts.language, { dateStyle: "long", timeStyle: "short" });
}
