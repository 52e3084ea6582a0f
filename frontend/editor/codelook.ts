/** The look of the text editor. It lives in a shadow root: CodeMirror adopts its sheets there. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { COLOURS } from "../pads/people";

type Rules = Record<string, Record<string, string>>;

function authors(): Rules {
  const rules: Rules = {};
  for (let colour = 0; colour < COLOURS; colour += 1) {
    rules[`.author-${String(colour)}`] = {
      "--tint": `var(--author-${String(colour)})`,
      "--strong-tint": `var(--author-strong-${String(colour)})`,
    };
  }
  return rules;
}

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "transparent", minHeight: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit" },
  ".cm-content": { padding: "var(--space-4) 0", caretColor: "var(--ink)", minHeight: "calc(4 * var(--target))" },
  ".cm-line": { padding: "0 var(--space-2)" },
  ".cm-gutters": { color: "var(--ink-soft)", backgroundColor: "transparent", border: "0" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ...authors(),
  // Around an editor whose colours are off, --shown-tint is transparent.
  ".author": { backgroundColor: "var(--shown-tint, var(--tint))" },
  ".marked": { backgroundColor: "var(--tint)", boxShadow: "inset 0 calc(-1 * var(--line-mid)) var(--strong-tint)" },
  ".caret": {
    position: "relative",
    borderInlineStart: "var(--line-mid) solid var(--strong-tint)",
    marginInline: "calc(-1 * var(--line-thin))",
    pointerEvents: "none",
  },
  ".caret-flag": {
    position: "absolute",
    insetBlockEnd: "100%",
    insetInlineStart: "calc(-1 * var(--line-mid))",
    padding: "0 var(--space-1)",
    borderRadius: "var(--radius-s)",
    color: "var(--on-author-strong)",
    backgroundColor: "var(--strong-tint)",
    fontFamily: "var(--face-text)",
    fontSize: "var(--text-xs)",
    lineHeight: "1.4",
    whiteSpace: "nowrap",
    animation: "caret-flag var(--caret-flag) steps(1, jump-end) forwards",
  },
  "@keyframes caret-flag": { from: { visibility: "visible" }, to: { visibility: "hidden" } },
  ".caret-flag:empty": { display: "none" },
});

const highlight = HighlightStyle.define([
  { tag: [tags.heading, tags.strong], fontWeight: "var(--strong)" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strikethrough, textDecoration: "line-through" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.tagName, tags.definitionKeyword], color: "var(--accent)", fontWeight: "var(--strong)" },
  { tag: [tags.string, tags.regexp, tags.attributeValue], color: "var(--danger)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--danger)" },
  { tag: [tags.comment, tags.meta, tags.processingInstruction], color: "var(--ink-soft)", fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent)", textDecoration: "underline" },
]);

export const look: Extension = [theme, syntaxHighlighting(highlight)];
