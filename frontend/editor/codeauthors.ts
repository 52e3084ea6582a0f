/** Colours of authors and carets of others in the text editor, as decorations. */

import { Annotation, type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, type ViewUpdate, WidgetType } from "@codemirror/view";
import * as Y from "yjs";
import { colourOf } from "../pads/people";
import { piecesOf } from "../pads/pieces";
import { type Around, gathered } from "./editing";
import { caret } from "./flag";

const quiet = Annotation.define<boolean>();

function layer(): { field: StateField<DecorationSet>; effect: ReturnType<typeof StateEffect.define<DecorationSet>> } {
  const effect = StateEffect.define<DecorationSet>();
  const field = StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update: (set, tr) => tr.effects.find((one) => one.is(effect))?.value ?? set.map(tr.changes),
    provide: (one) => EditorView.decorations.from(one),
  });
  return { field, effect };
}

class CaretWidget extends WidgetType {
  constructor(
    private readonly tint: number,
    private readonly name: string,
    private readonly place: string,
  ) {
    super();
  }

  /** A caret that moved is drawn anew, and so its flag is seen again. */
  override eq(other: CaretWidget): boolean {
    return other.tint === this.tint && other.name === this.name && other.place === this.place;
  }

  toDOM(): HTMLElement {
    return caret(this.tint, this.name);
  }

  override get estimatedHeight(): number {
    return -1;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

export class CodeAuthors {
  private view: EditorView | null = null;
  private shown = "";
  private readonly colours = layer();
  private readonly carets = layer();
  private readonly text: Y.Text;
  private readonly drawColours = gathered(() => this.colour());
  private readonly drawCarets = gathered(() => this.showCarets());
  readonly extension: Extension;

  constructor(private readonly around: Around) {
    this.text = around.copy.doc.getText("body");
    this.extension = [
      this.colours.field,
      this.carets.field,
      EditorView.updateListener.of((update) => this.updated(update)),
    ];
  }

  begin(view: EditorView): void {
    this.view = view;
    this.text.observe(this.drawColours);
    this.around.copy.awareness.on("change", this.drawCarets);
    this.redraw();
  }

  end(): void {
    this.text.unobserve(this.drawColours);
    this.around.copy.awareness.off("change", this.drawCarets);
    this.drawColours.stop();
    this.drawCarets.stop();
    this.view = null;
  }

  redraw(): void {
    this.drawColours();
    this.drawCarets();
  }

  authorAt(pos: number): string | undefined {
    let end = 0;
    for (const { client, text } of piecesOf(this.text)) {
      end += text.length;
      if (end >= pos) return this.around.client.people.authorOf(client);
    }
    return undefined;
  }

  positionOf(client: number): number | null {
    const cursor = this.around.copy.awareness.getStates().get(client)?.["cursor"] as { head?: unknown } | null | undefined;
    return cursor?.head === undefined ? null : this.absolute(cursor.head);
  }

  private updated(update: ViewUpdate): void {
    if (update.transactions.some((tr) => tr.annotation(quiet))) return;
    if (update.selectionSet || update.focusChanged || update.docChanged) queueMicrotask(() => this.tell());
    if (update.docChanged) this.drawCarets();
    this.around.changed();
  }

  private tell(): void {
    const { view } = this;
    if (!view || view.state.readOnly) return;
    const { anchor, head } = view.state.selection.main;
    const at = (pos: number): Y.RelativePosition => Y.createRelativePositionFromTypeIndex(this.text, Math.min(pos, this.text.length));
    const cursor = view.hasFocus ? { anchor: at(anchor), head: at(head) } : null;
    const shown = JSON.stringify(cursor);
    if (shown === this.shown) return;
    this.shown = shown;
    this.around.client.showCaret(cursor);
  }

  private colour(): void {
    const { view } = this;
    if (!view || view.state.doc.length !== this.text.length) return;
    const { client, nameOf } = this.around;
    const marks = [];
    let at = 0;
    for (const piece of piecesOf(this.text)) {
      const author = client.people.authorOf(piece.client);
      if (author !== undefined) {
        const tint = colourOf(client.people.person(author));
        const mark = Decoration.mark({ class: `author author-${String(tint)}`, attributes: { title: nameOf(author) } });
        marks.push(mark.range(at, at + piece.text.length));
      }
      at += piece.text.length;
    }
    view.dispatch({ effects: this.colours.effect.of(Decoration.set(marks)), annotations: quiet.of(true) });
  }

  private showCarets(): void {
    const { view, around } = this;
    if (!view) return;
    const drawn = [];
    for (const [id, { cursor }] of around.copy.awareness.getStates()) {
      if (id === around.copy.doc.clientID || !cursor) continue;
      const { head: headAt, anchor: anchorAt } = cursor as { head?: unknown; anchor?: unknown };
      const head = this.absolute(headAt);
      if (head === null || head > view.state.doc.length) continue;
      const anchor = Math.min(this.absolute(anchorAt) ?? head, view.state.doc.length);
      const author = around.client.people.authorOf(id);
      const tint = colourOf(author === undefined ? undefined : around.client.people.person(author));
      const name = author === undefined ? "" : around.nameOf(author);
      drawn.push(Decoration.widget({ widget: new CaretWidget(tint, name, JSON.stringify(headAt)), side: 1 }).range(head));
      if (anchor !== head) {
        const marked = Decoration.mark({ class: `marked author-${String(tint)}` });
        drawn.push(marked.range(Math.min(anchor, head), Math.max(anchor, head)));
      }
    }
    view.dispatch({ effects: this.carets.effect.of(Decoration.set(drawn, true)), annotations: quiet.of(true) });
    around.moved();
  }

  private absolute(relative: unknown): number | null {
    try {
      const position = Y.createRelativePositionFromJSON(relative);
      const found = Y.createAbsolutePositionFromRelativePosition(position, this.around.copy.doc);
      return found?.type === this.text ? found.index : null;
    } catch {
      // Whatever a stranger's program sends as its caret: then it is not shown.
      return null;
    }
  }
}
