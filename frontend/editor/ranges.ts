/** Who wrote which stretch of a formatted text: Yjs items beside the nodes that the editor shows. */

import type { Node } from "@tiptap/pm/model";
import * as Y from "yjs";
import { piecesOf } from "../pads/pieces";

export interface Range {
  from: number;
  to: number;
  author: string;
}

type AuthorOf = (client: number) => string | undefined;

/** The ranges inside of `node`, which begins at `start` and is what the editor shows for `element`.
 *
 * Where the two do not fit (the editor is about to be told of a change) there are none.
 */
export function rangesOf(element: Y.XmlElement, node: Node, start: number, authorOf: AuthorOf): Range[] {
  const ranges: Range[] = [];
  return collect(element, node, start, authorOf, ranges) ? ranges : [];
}

function collect(element: Y.XmlElement, node: Node, start: number, authorOf: AuthorOf, ranges: Range[]): boolean {
  if (element.nodeName !== node.type.name) return false;
  let inside = 0;
  for (const child of element.toArray()) {
    if (child instanceof Y.XmlText) {
      for (const { client, text } of piecesOf(child)) {
        add(ranges, start + 1 + inside, text.length, authorOf(client));
        inside += text.length;
      }
    } else if (child instanceof Y.XmlElement) {
      if (inside >= node.content.size) return false;
      const { node: shown } = node.childAfter(inside);
      if (!shown || shown.isText || !collect(child, shown, start + 1 + inside, authorOf, ranges)) return false;
      inside += shown.nodeSize;
    }
  }
  return inside === node.content.size;
}

function add(ranges: Range[], from: number, length: number, author: string | undefined): void {
  if (author === undefined || length === 0) return;
  const last = ranges.at(-1);
  if (last && last.author === author && last.to === from) last.to += length;
  else ranges.push({ from, to: from + length, author });
}
