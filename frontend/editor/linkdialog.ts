/** Asks for the address of a link. */

import type { Editor } from "@tiptap/core";
import type { Texts } from "../kit/texts";
import { field, openWindow } from "./windows";
import { hrefOf } from "./links";

export function askForLink(editor: Editor, texts: Texts): void {
  const before = String(editor.getAttributes("link")["href"] ?? "");
  const { row, input, wrong } = field(texts.text("pads.editor-link-address"), before);
  input.type = "text";
  input.inputMode = "url";
  input.autocapitalize = "none";
  const dialog = openWindow({
    heading: texts.text("pads.editor-link"),
    content: [row],
    confirm: texts.text("pads.editor-link-set"),
    cancel: texts.text("pads.editor-cancel"),
    extra: before ? { label: texts.text("pads.editor-link-remove"), press: () => unlink(editor) } : undefined,
    confirmed: () => {
      const href = hrefOf(input.value);
      if (!href) {
        wrong(texts.text("pads.editor-link-wrong"));
        return false;
      }
      setLink(editor, href);
      return true;
    },
    closed: () => editor.commands.focus(),
  });
  dialog.querySelector("input")?.select();
}

function setLink(editor: Editor, href: string): void {
  const { empty } = editor.state.selection;
  const chain = editor.chain().focus().extendMarkRange("link");
  if (empty && !editor.isActive("link")) {
    const shown = href.replace(/^(https?:\/\/|mailto:)/, "");
    chain.insertContent({ type: "text", text: shown, marks: [{ type: "link", attrs: { href } }] }).run();
  } else chain.setLink({ href }).run();
}

function unlink(editor: Editor): void {
  editor.chain().focus().extendMarkRange("link").unsetLink().run();
}
