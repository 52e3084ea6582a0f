/** The editor of plain text and code: CodeMirror on the text that all share. */

import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { YSyncConfig, ySync, ySyncFacet } from "y-codemirror.next";
import { UndoManager } from "yjs";
import { CodeAuthors } from "./codeauthors";
import { look } from "./codelook";
import type { Action, Around, Editor } from "./editing";
import { isProse, languageSupport } from "./languages";

const ROOM_PX = { top: 120, bottom: 56 };

export function openCode(around: Around, writes: boolean, language: string): Editor {
  return new CodeEditor(around, writes, language);
}

class CodeEditor implements Editor {
  readonly node = document.createElement("div");
  readonly actions: readonly Action[];
  private readonly view: EditorView;
  private readonly authors: CodeAuthors;
  private readonly access = new Compartment();
  private readonly language = new Compartment();
  private readonly undo: UndoManager;

  constructor(
    private readonly around: Around,
    writes: boolean,
    language: string,
  ) {
    const text = around.copy.doc.getText("body");
    this.authors = new CodeAuthors(around);
    this.node.className = "editor-text editor-code";
    const root = this.node.attachShadow({ mode: "open" });
    const sync = new YSyncConfig(text, around.copy.awareness);
    // Undo takes back what this editor wrote, never what others did.
    this.undo = new UndoManager(text, { trackedOrigins: new Set([sync]) });
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text.toString(),
        extensions: [
          EditorState.lineSeparator.of("\n"),
          this.keys(),
          this.access.of(this.rights(writes)),
          this.language.of([]),
          isProse(language) ? [] : lineNumbers(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": around.texts.text("pads.editor-text") }),
          EditorView.scrollMargins.of(() => (around.compact ? null : ROOM_PX)),
          EditorView.domEventHandlers({ paste: (event) => this.tooLarge(event) }),
          placeholder(around.texts.text("pads.editor-placeholder")),
          look,
          ySyncFacet.of(sync),
          ySync,
          this.authors.extension,
        ],
      }),
    });
    this.authors.begin(this.view);
    this.actions = this.commands();
    void languageSupport(language).then((support) => this.view.dispatch({ effects: this.language.reconfigure(support) }));
  }

  setWrites(writes: boolean): void {
    this.view.dispatch({ effects: this.access.reconfigure(this.rights(writes)) });
  }

  recolour(): void {
    this.authors.redraw();
  }

  focus(): void {
    this.view.focus();
  }

  authorHere(): string | undefined {
    return this.authors.authorAt(this.view.state.selection.main.head);
  }

  showCaretOf(client: number): boolean {
    const at = this.authors.positionOf(client);
    if (at === null || at > this.view.state.doc.length) return false;
    this.view.dispatch({ effects: EditorView.scrollIntoView(at, { y: "center" }) });
    return true;
  }

  destroy(): void {
    this.authors.end();
    this.view.destroy();
    this.undo.destroy();
  }

  private rights(writes: boolean) {
    return [EditorState.readOnly.of(!writes), EditorView.editable.of(writes), EditorView.contentAttributes.of({ tabindex: "0" })];
  }

  private keys() {
    const leave = (): boolean => {
      this.around.leave();
      return true;
    };
    return keymap.of([
      { key: "Mod-z", run: () => this.step("undo"), preventDefault: true },
      { key: "Mod-y", mac: "Mod-Shift-z", run: () => this.step("redo"), preventDefault: true },
      { key: "Mod-Shift-z", run: () => this.step("redo"), preventDefault: true },
      { key: "Escape", run: leave },
      indentWithTab,
      ...defaultKeymap,
    ]);
  }

  private step(what: "undo" | "redo"): boolean {
    this.undo[what]();
    this.around.changed();
    return true;
  }

  private commands(): Action[] {
    const act = (what: "undo" | "redo"): void => {
      this.step(what);
      this.view.focus();
    };
    return [
      { id: "undo", icon: "undo-2", keys: "Mod-Z", label: "pads.editor-undo", run: () => act("undo"), possible: () => this.undo.canUndo() },
      { id: "redo", icon: "redo-2", keys: "Mod-Shift-Z", label: "pads.editor-redo", run: () => act("redo"), possible: () => this.undo.canRedo() },
    ];
  }

  /** One change must fit into one message. */
  private tooLarge(event: ClipboardEvent): boolean {
    const most = (this.around.client.session?.limits.message_bytes ?? 512_000) / 4;
    if ((event.clipboardData?.getData("text/plain") ?? "").length < most) return false;
    event.preventDefault();
    this.around.tell(this.around.texts.text("pads.editor-paste-too-large"));
    return true;
  }
}
