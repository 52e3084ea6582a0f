/** Who wrote what: the visible items of a document, block by block. Nothing of it is stored. */

import * as Y from "yjs";

/** A stretch of text that one client wrote without a break. */
export interface Piece {
  client: number;
  clock: number;
  text: string;
}

/** A paragraph, a heading, a line of code: what a person takes for one piece of text. */
export interface Block {
  text: string;
  pieces: Piece[];
}

export type Kind = "rich" | "text";

/** The visible pieces of one Y.Text in order. Something that is not text counts as one sign. */
export function piecesOf(text: Y.Text): Piece[] {
  const pieces: Piece[] = [];
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const { client, clock } = item.id;
    const shown = item.content instanceof Y.ContentString ? item.content.str : "\ufffc";
    pieces.push({ client, clock, text: shown });
  }
  return pieces;
}

/** The blocks of a whole document in order. */
export function blocksOf(doc: Y.Doc, kind: Kind): Block[] {
  if (kind === "text") return lines(piecesOf(doc.getText("body")));
  const blocks: Block[] = [];
  collect(doc.getXmlFragment("body"), blocks);
  return blocks;
}

function collect(parent: Y.XmlFragment, blocks: Block[]): void {
  const pieces: Piece[] = [];
  for (const child of parent.toArray()) {
    if (child instanceof Y.XmlText) pieces.push(...piecesOf(child));
    else if (child instanceof Y.XmlElement) collect(child, blocks);
  }
  if (pieces.length) blocks.push(block(pieces));
}

function block(pieces: Piece[]): Block {
  return { text: pieces.map((piece) => piece.text).join(""), pieces };
}

function lines(pieces: Piece[]): Block[] {
  const blocks: Block[] = [];
  let line: Piece[] = [];
  for (const { client, clock, text } of pieces) {
    let from = 0;
    for (const part of text.split("\n").entries()) {
      const [index, words] = part;
      if (index > 0) {
        blocks.push(block(line));
        line = [];
        from += 1;
      }
      if (words) line.push({ client, clock: clock + from, text: words });
      from += words.length;
    }
  }
  blocks.push(block(line));
  return blocks;
}
