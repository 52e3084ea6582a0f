/** Colours of authors as decorations: never in the text, worked out again for changed blocks only. */

import { Extension } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { Plugin, PluginKey, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import { ySyncPluginKey } from "@tiptap/y-tiptap";
import * as Y from "yjs";
import { colourOf } from "../pads/people";
import { type Around, gathered } from "./editing";
import { type Range, rangesOf } from "./ranges";

const key = new PluginKey<DecorationSet>("authors");

/** Who wrote what is drawn at `pos`. */
export function authorAt(view: EditorView, pos: number): string | undefined {
  const found = key.getState(view.state)?.find(pos, pos) ?? [];
  const best = found.find((one) => one.from < pos) ?? found[0];
  return (best?.spec as { author?: string } | undefined)?.author;
}

export class AuthorColours {
  private view: EditorView | null = null;
  private readonly soon = gathered(() => this.draw());
  private readonly fragment: Y.XmlFragment;
  /** By block of the document: the node that was shown for it, and its ranges from its start. */
  private known = new WeakMap<object, { node: Node; ranges: Range[] }>();

  constructor(private readonly around: Around) {
    this.fragment = around.copy.doc.getXmlFragment("body");
  }

  readonly extension = Extension.create({
    name: "authorColours",
    addProseMirrorPlugins: () => [this.plugin()],
  });

  /** Who wrote what, or how they look, may be another one. */
  redraw(): void {
    this.known = new WeakMap();
    this.soon();
  }

  private plugin(): Plugin<DecorationSet> {
    return new Plugin<DecorationSet>({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply: (tr, set) => {
          if (tr.getMeta(key) || isOfOthers(tr)) return this.decorations(tr.doc);
          return set.map(tr.mapping, tr.doc);
        },
      },
      props: { decorations: (state) => key.getState(state) },
      view: (view) => {
        this.view = view;
        this.soon();
        return {
          update: (now, before) => {
            if (now.state.doc !== before.doc) this.soon();
          },
          destroy: () => {
            this.soon.stop();
            this.view = null;
          },
        };
      },
    });
  }

  private draw(): void {
    const { view } = this;
    if (view && !view.isDestroyed) view.dispatch(view.state.tr.setMeta(key, true).setMeta("addToHistory", false));
  }

  /** A change of others replaces the whole text, but a block that did not change is the same node. */
  private decorations(doc: Node): DecorationSet {
    const drawn: Decoration[] = [];
    let at = 0;
    for (const [index, child] of this.fragment.toArray().entries()) {
      if (index >= doc.childCount) break;
      const node = doc.child(index);
      if (child instanceof Y.XmlElement) for (const range of this.rangesIn(child, node)) drawn.push(this.decoration(range, at));
      at += node.nodeSize;
    }
    return DecorationSet.create(doc, drawn);
  }

  private rangesIn(block: Y.XmlElement, node: Node): readonly Range[] {
    const before = this.known.get(block);
    if (before?.node === node) return before.ranges;
    const { people } = this.around.client;
    const ranges = rangesOf(block, node, 0, (id) => people.authorOf(id));
    this.known.set(block, { node, ranges });
    return ranges;
  }

  private decoration({ from, to, author }: Range, at: number): Decoration {
    const { client, nameOf } = this.around;
    const tint = colourOf(client.people.person(author));
    const attributes = { class: `author author-${String(tint)}`, title: nameOf(author) };
    return Decoration.inline(at + from, at + to, attributes, { author, inclusiveEnd: author === client.people.me });
  }
}

/** Whether the change came out of the shared document, which then has it already. */
function isOfOthers(tr: Transaction): boolean {
  return Boolean((tr.getMeta(ySyncPluginKey) as { isChangeOrigin?: boolean } | undefined)?.isChangeOrigin);
}
