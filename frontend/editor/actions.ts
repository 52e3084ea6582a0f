/** The commands of formatted text, in the order of the toolbar. */

import type { Editor } from "@tiptap/core";
import { yUndoPluginKey } from "@tiptap/y-tiptap";
import type { UndoManager } from "yjs";
import type { Action, Around } from "./editing";
import { askForLink } from "./linkdialog";

export function richActions(editor: Editor, around: Around): Action[] {
  const chain = () => editor.chain().focus();
  const mark = (id: string, icon: string, name: string, keys: string, toggle: () => void): Action => ({
    id,
    icon,
    keys,
    label: `pads.editor-${id}`,
    run: toggle,
    active: () => editor.isActive(name),
  });
  const heading = (level: 1 | 2 | 3): Action => ({
    id: `heading-${level}`,
    icon: `heading-${level}`,
    keys: `Mod-Alt-${level}`,
    label: `pads.editor-heading-${level}`,
    run: () => chain().toggleHeading({ level }).run(),
    active: () => editor.isActive("heading", { level }),
  });
  return [
    ...history(editor, around),
    { ...heading(1), apart: true },
    heading(2),
    heading(3),
    { ...mark("bold", "bold", "bold", "Mod-B", () => chain().toggleBold().run()), apart: true },
    mark("italic", "italic", "italic", "Mod-I", () => chain().toggleItalic().run()),
    mark("underline", "underline", "underline", "Mod-U", () => chain().toggleUnderline().run()),
    mark("strike", "strikethrough", "strike", "Mod-Shift-S", () => chain().toggleStrike().run()),
    link(editor, around),
    { ...mark("bullet-list", "list", "bulletList", "Mod-Shift-8", () => chain().toggleBulletList().run()), apart: true },
    mark("ordered-list", "list-ordered", "orderedList", "Mod-Shift-7", () => chain().toggleOrderedList().run()),
    mark("task-list", "list-todo", "taskList", "Mod-Shift-9", () => chain().toggleTaskList().run()),
    { ...mark("quote", "quote", "blockquote", "Mod-Shift-B", () => chain().toggleBlockquote().run()), apart: true },
    mark("code-block", "square-code", "codeBlock", "Mod-Alt-C", () => chain().toggleCodeBlock().run()),
    mark("code", "code", "code", "Mod-E", () => chain().toggleCode().run()),
    mark("subscript", "subscript", "subscript", "Mod-,", () => chain().toggleSubscript().run()),
    mark("superscript", "superscript", "superscript", "Mod-.", () => chain().toggleSuperscript().run()),
    ...table(editor),
    {
      id: "rule",
      icon: "minus",
      label: "pads.editor-rule",
      run: () => chain().setHorizontalRule().run(),
    },
    {
      id: "plain",
      icon: "remove-formatting",
      label: "pads.editor-plain",
      run: () => chain().unsetAllMarks().clearNodes().run(),
    },
  ];
}

/** Undo takes back one's own edits only, never those of others. */
function history(editor: Editor, around: Around): Action[] {
  const manager = (): UndoManager | undefined =>
    (yUndoPluginKey.getState(editor.state) as { undoManager?: UndoManager } | undefined)?.undoManager;
  const act = (what: "undo" | "redo"): void => {
    editor.chain().focus()[what]().run();
    around.changed();
  };
  return [
    {
      id: "undo",
      icon: "undo-2",
      keys: "Mod-Z",
      label: "pads.editor-undo",
      run: () => act("undo"),
      possible: () => (manager()?.undoStack.length ?? 0) > 0,
    },
    {
      id: "redo",
      icon: "redo-2",
      keys: "Mod-Shift-Z",
      label: "pads.editor-redo",
      run: () => act("redo"),
      possible: () => (manager()?.redoStack.length ?? 0) > 0,
    },
  ];
}

function link(editor: Editor, around: Around): Action {
  return {
    id: "link",
    icon: "link",
    keys: "Mod-K",
    label: "pads.editor-link",
    run: () => askForLink(editor, around.texts),
    active: () => editor.isActive("link"),
  };
}

function table(editor: Editor): Action[] {
  const inside = (): boolean => editor.isActive("table");
  const step = (id: string, icon: string, run: () => void): Action => ({
    id,
    icon,
    label: `pads.editor-${id}`,
    run,
    shown: inside,
  });
  const chain = () => editor.chain().focus();
  return [
    {
      id: "table",
      icon: "table",
      label: "pads.editor-table",
      apart: true,
      run: () => {
        chain().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run();
        // A way on below the table, which a thumb finds too.
        const { doc } = editor.state;
        if (doc.lastChild?.type.name !== "table") return;
        editor.commands.insertContentAt(doc.content.size, { type: "paragraph" }, { updateSelection: false });
      },
      shown: () => !inside(),
    },
    { ...step("row-add", "between-horizontal-end", () => chain().addRowAfter().run()), apart: true },
    step("column-add", "between-vertical-end", () => chain().addColumnAfter().run()),
    step("row-remove", "table-rows-split", () => chain().deleteRow().run()),
    step("column-remove", "table-columns-split", () => chain().deleteColumn().run()),
    step("table-remove", "trash-2", () => chain().deleteTable().run()),
  ];
}
