/** Asks for name and colour: what others see beside one's text. */

import type { Texts } from "../kit/texts";
import { type Pad, Refused } from "../pads/api";
import { COLOURS } from "../pads/people";
import { el } from "../kit/dom";
import { field, openWindow } from "./windows";

const MAX_NAME = 40;

export function askForMe(pad: Pad, texts: Texts, me: { name: string; colour: number }): void {
  const name = field(texts.text("pads.editor-your-name"), me.name, texts.text("pads.editor-your-name-hint"));
  name.input.maxLength = MAX_NAME;
  const colours = palette(texts, me.colour);
  openWindow({
    heading: texts.text("pads.editor-you"),
    content: [name.row, colours.row],
    confirm: texts.text("pads.editor-you-keep"),
    cancel: texts.text("pads.editor-cancel"),
    confirmed: async () => {
      try {
        await pad.call(name.input.value.trim(), colours.chosen());
        return true;
      } catch (reason) {
        if (!(reason instanceof Refused)) throw reason;
        const known = reason.status !== 0 && texts.has(reason.id);
        name.wrong(known ? texts.text(reason.id, reason.values) : texts.text("pads.editor-you-not-kept"));
        return false;
      }
    },
  });
}

function palette(texts: Texts, chosen: number): { row: HTMLElement; chosen: () => number } {
  const inputs = Array.from({ length: COLOURS }, (_, colour) => {
    const input = el("input", { type: "radio", name: "colour", value: String(colour), class: `editor-colour author-${String(colour)}` });
    input.setAttribute("aria-label", texts.text("pads.editor-colour-number", { number: colour + 1 }));
    input.checked = colour === chosen;
    return input;
  });
  const row = el("fieldset", { class: "field" }, el("legend", {}, texts.text("pads.editor-your-colour")));
  row.append(el("div", { class: "editor-palette" }, ...inputs));
  return { row, chosen: () => Number(inputs.find((input) => input.checked)?.value ?? chosen) };
}
