/** Text written without a connection that is gone after it came back.
 *
 * An edit inside a paragraph that others deleted (or deleted and restored, which makes a new
 * paragraph) merges into nothing. What vanished so is offered as text that can be copied.
 */

import type { Doc } from "yjs";
import { type Block, type Kind, blocksOf } from "./pieces";

/** Whether the server may not have what `client` wrote at `clock`. */
export type Unsaved = (client: number, clock: number) => boolean;

/** The blocks that hold something the server may not have, with those pieces only. */
export function unsavedBlocks(doc: Doc, kind: Kind, unsaved: Unsaved): Block[] {
  const found: Block[] = [];
  for (const { text, pieces } of blocksOf(doc, kind)) {
    const own = pieces.filter((piece) => unsaved(piece.client, piece.clock + piece.text.length - 1));
    if (own.some((piece) => piece.text.trim())) found.push({ text, pieces: own });
  }
  return found;
}

/** The texts of `before` whose own pieces are not in the document any more. */
export function vanishedIn(before: readonly Block[], doc: Doc, kind: Kind): string[] {
  if (!before.length) return [];
  const alive = aliveIn(doc, kind);
  return before
    .filter((block) => block.pieces.some((piece) => piece.text.trim() && !isAlive(piece.client, piece.clock, piece.text, alive)))
    .map((block) => block.text);
}

/** The texts of `before` that another document does not have. */
export function missingIn(before: readonly Block[], doc: Doc, kind: Kind): string[] {
  const there = new Set(blocksOf(doc, kind).map((block) => block.text));
  return before.map((block) => block.text).filter((text) => !there.has(text));
}

type Alive = Map<number, [number, number][]>;

function aliveIn(doc: Doc, kind: Kind): Alive {
  const alive: Alive = new Map();
  for (const { pieces } of blocksOf(doc, kind)) {
    for (const { client, clock, text } of pieces) {
      const ranges = alive.get(client) ?? [];
      ranges.push([clock, clock + text.length]);
      alive.set(client, ranges);
    }
  }
  return alive;
}

/** A single sign may have been taken out by others; half of the words may not. */
function isAlive(client: number, clock: number, text: string, alive: Alive): boolean {
  const end = clock + text.length;
  let kept = 0;
  for (const [from, to] of alive.get(client) ?? []) {
    kept += Math.max(0, Math.min(end, to) - Math.max(clock, from));
  }
  return kept * 2 > text.length;
}
