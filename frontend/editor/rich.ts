/** The editor of formatted text: TipTap on the document that all share. */

import { Editor as TipTap } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Gapcursor, Placeholder } from "@tiptap/extensions";
import { richActions } from "./actions";
import { Carets } from "./carets";
import { AuthorColours, authorAt } from "./colours";
import type { Action, Around, Editor } from "./editing";
import { askForLink } from "./linkdialog";
import { schema } from "./schema";

const ROOM_PX = { top: 120, bottom: 56, left: 0, right: 0 };
const ROOM_COMPACT_PX = { top: 24, bottom: 32, left: 0, right: 0 };

export function openRich(around: Around, writes: boolean): Editor {
  return new RichEditor(around, writes);
}

class RichEditor implements Editor {
  readonly node = document.createElement("div");
  readonly actions: readonly Action[];
  private readonly colours: AuthorColours;
  private readonly carets: Carets;
  private readonly tiptap: TipTap;

  constructor(
    private readonly around: Around,
    writes: boolean,
  ) {
    const { copy, texts } = around;
    this.colours = new AuthorColours(around);
    this.carets = new Carets(around);
    this.node.className = "editor-text";
    const room = around.compact ? ROOM_COMPACT_PX : ROOM_PX;
    this.tiptap = new TipTap({
      element: this.node,
      editable: writes,
      injectCSS: false,
      extensions: [
        ...schema({ task: (text) => texts.text("pads.editor-task", { text }) }),
        Gapcursor,
        Placeholder.configure({ placeholder: texts.text("pads.editor-placeholder") }),
        Collaboration.configure({ document: copy.doc, field: "body" }),
        this.colours.extension,
        this.carets.extension,
      ],
      editorProps: {
        attributes: { class: "prose", role: "textbox", "aria-multiline": "true", "aria-label": texts.text("pads.editor-text") },
        scrollMargin: room,
        scrollThreshold: room,
        handleKeyDown: (_view, event) => this.pressed(event),
        handlePaste: (_view, event) => this.tooLarge(event.clipboardData),
        handleDrop: (_view, event) => this.tooLarge(event.dataTransfer),
      },
      onTransaction: () => around.changed(),
    });
    this.node.addEventListener("click", (event) => this.below(event));
    this.actions = richActions(this.tiptap, around);
    this.setWrites(writes);
  }

  setWrites(writes: boolean): void {
    if (this.tiptap.isEditable !== writes) this.tiptap.setEditable(writes, false);
    // A text that one only reads is reached by the keyboard too, to scroll and to select.
    this.tiptap.view.dom.setAttribute("aria-readonly", String(!writes));
    this.tiptap.view.dom.tabIndex = 0;
  }

  recolour(): void {
    this.colours.redraw();
    this.carets.redraw();
  }

  focus(): void {
    this.tiptap.commands.focus();
  }

  authorHere(): string | undefined {
    return authorAt(this.tiptap.view, this.tiptap.state.selection.head);
  }

  showCaretOf(client: number): boolean {
    const at = this.carets.positionOf(client);
    if (at === null) return false;
    const { node } = this.tiptap.view.domAtPos(at);
    const element = node instanceof Element ? node : node.parentElement;
    element?.scrollIntoView({ block: "center" });
    return true;
  }

  destroy(): void {
    this.tiptap.destroy();
  }

  private pressed(event: KeyboardEvent): boolean {
    if (event.isComposing) return false;
    if (event.key === "Escape") this.around.leave();
    else if (event.key === "k" && (event.ctrlKey || event.metaKey) && this.tiptap.isEditable) askForLink(this.tiptap, this.around.texts);
    else return false;
    event.preventDefault();
    return true;
  }

  /** A press below the text goes on writing there, also where the text ends with a table. */
  private below(event: MouseEvent): void {
    if (event.target !== this.node || !this.tiptap.isEditable) return;
    const { doc } = this.tiptap.state;
    const atEnd = this.tiptap.chain().focus("end");
    if (doc.lastChild?.isTextblock) atEnd.run();
    else atEnd.insertContentAt(doc.content.size, { type: "paragraph" }).focus("end").run();
  }

  /** One change must fit into one message; a longer text is imported, or pasted in parts. */
  private tooLarge(data: DataTransfer | null): boolean {
    const most = (this.around.client.session?.limits.message_bytes ?? 512_000) / 4;
    const text = data?.getData("text/plain") ?? "";
    if (text.length < most) return false;
    this.around.tell(this.around.texts.text("pads.editor-paste-too-large"));
    return true;
  }
}
