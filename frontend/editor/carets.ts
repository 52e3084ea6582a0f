/** Where others write: a line and a flag with the name, hidden from screen readers. */

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey, type EditorState } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import {
  absolutePositionToRelativePosition,
  relativePositionToAbsolutePosition,
  ySyncPluginKey,
} from "@tiptap/y-tiptap";
import * as Y from "yjs";
import { colourOf } from "../pads/people";
import { type Around, gathered } from "./editing";
import { caret } from "./flag";

const key = new PluginKey<DecorationSet>("carets");

interface Binding {
  mapping: Map<Y.AbstractType<unknown>, never>;
}

export class Carets {
  private view: EditorView | null = null;
  private shown = "";
  private readonly soon = gathered(() => this.draw());
  private readonly fragment: Y.XmlFragment;

  constructor(private readonly around: Around) {
    this.fragment = around.copy.doc.getXmlFragment("body");
  }

  readonly extension = Extension.create({
    name: "carets",
    addProseMirrorPlugins: () => [this.plugin()],
  });

  redraw(): void {
    this.soon();
  }

  /** Where the caret of a session is in the text. */
  positionOf(client: number): number | null {
    const cursor = this.around.copy.awareness.getStates().get(client)?.["cursor"] as { head?: unknown } | null | undefined;
    return cursor?.head === undefined || !this.view ? null : this.absolute(cursor.head, this.view.state);
  }

  private plugin(): Plugin<DecorationSet> {
    return new Plugin<DecorationSet>({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply: (tr, set) => (tr.getMeta(key) as DecorationSet | undefined) ?? set.map(tr.mapping, tr.doc),
      },
      props: {
        decorations: (state) => key.getState(state),
        handleDOMEvents: { focus: () => this.mine(), blur: () => this.mine() },
      },
      view: (view) => {
        this.view = view;
        this.around.copy.awareness.on("change", this.soon);
        this.soon();
        return {
          update: (now, before) => {
            if (!now.state.selection.eq(before.selection) || now.state.doc !== before.doc) this.mine();
            if (now.state.doc !== before.doc) this.soon();
          },
          destroy: () => {
            this.around.copy.awareness.off("change", this.soon);
            this.soon.stop();
            this.view = null;
          },
        };
      },
    });
  }

  /** Tells others where one's own caret is, once the change it belongs to is in the document. */
  private readonly mine = (): boolean => {
    queueMicrotask(() => this.tell());
    return false;
  };

  private tell(): void {
    const { view } = this;
    if (!view || view.isDestroyed || !view.editable) return;
    const cursor = view.hasFocus() ? this.cursor(view.state) : null;
    const shown = JSON.stringify(cursor);
    if (shown === this.shown) return;
    this.shown = shown;
    this.around.client.showCaret(cursor);
  }

  private cursor(state: EditorState): unknown {
    const mapping = this.mapping(state);
    if (!mapping) return null;
    const { anchor, head } = state.selection;
    const at = (pos: number): unknown => absolutePositionToRelativePosition(pos, this.fragment, mapping as never);
    return { anchor: at(anchor), head: at(head) };
  }

  private mapping(state: EditorState): Binding["mapping"] | null {
    return (ySyncPluginKey.getState(state) as { binding?: Binding } | undefined)?.binding?.mapping ?? null;
  }

  private absolute(relative: unknown, state: EditorState): number | null {
    const mapping = this.mapping(state);
    if (!mapping) return null;
    try {
      const position = Y.createRelativePositionFromJSON(relative);
      const pos = relativePositionToAbsolutePosition(this.around.copy.doc, this.fragment, position, mapping as never);
      return pos === null ? null : Math.min(pos, state.doc.content.size);
    } catch {
      // Whatever a stranger's program sends as its caret: then it is not shown.
      return null;
    }
  }

  private draw(): void {
    const { view, around } = this;
    if (!view || view.isDestroyed) return;
    const drawn: Decoration[] = [];
    for (const [client, { cursor }] of around.copy.awareness.getStates()) {
      if (client !== around.copy.doc.clientID && cursor) drawn.push(...this.decorations(client, cursor as never, view));
    }
    if (!drawn.length && key.getState(view.state) === DecorationSet.empty) return around.moved();
    const set = drawn.length ? DecorationSet.create(view.state.doc, drawn) : DecorationSet.empty;
    view.dispatch(view.state.tr.setMeta(key, set).setMeta("addToHistory", false));
    around.moved();
  }

  private decorations(client: number, cursor: { anchor?: unknown; head?: unknown }, view: EditorView): Decoration[] {
    const head = this.absolute(cursor.head, view.state);
    const anchor = this.absolute(cursor.anchor, view.state) ?? head;
    if (head === null || anchor === null) return [];
    const { people } = this.around.client;
    const author = people.authorOf(client);
    const tint = colourOf(author === undefined ? undefined : people.person(author));
    const name = author === undefined ? "" : this.around.nameOf(author);
    const widget = Decoration.widget(head, () => caret(tint, name), {
      // A caret that moved is drawn anew, and so its flag is seen again.
      key: `${String(client)} ${String(tint)} ${name} ${JSON.stringify(cursor.head)}`,
      side: 10,
    });
    if (anchor === head) return [widget];
    const [from, to] = [Math.min(anchor, head), Math.max(anchor, head)];
    return [widget, Decoration.inline(from, to, { class: `marked author-${tint}` })];
  }
}
