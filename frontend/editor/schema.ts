/** What a formatted text may hold: an allow-list. What is pasted passes through it, nothing else. */

import { type Extensions, InputRule, Node } from "@tiptap/core";
import { Blockquote } from "@tiptap/extension-blockquote";
import { Bold } from "@tiptap/extension-bold";
import { Code } from "@tiptap/extension-code";
import { CodeBlock } from "@tiptap/extension-code-block";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { HorizontalRule } from "@tiptap/extension-horizontal-rule";
import { Italic } from "@tiptap/extension-italic";
import { Link } from "@tiptap/extension-link";
import { BulletList, ListItem, OrderedList, TaskItem, TaskList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Strike } from "@tiptap/extension-strike";
import { Subscript } from "@tiptap/extension-subscript";
import { Superscript } from "@tiptap/extension-superscript";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
import { Text } from "@tiptap/extension-text";
import { Underline } from "@tiptap/extension-underline";
import { cleanHref } from "./links";

/** Source text that the schema has no word for: kept and shown, never run. */
const Raw = Node.create({
  name: "raw",
  group: "block",
  content: "text*",
  marks: "",
  code: true,
  defining: true,
  parseHTML: () => [{ tag: "pre[data-raw]", preserveWhitespace: "full", priority: 60 }],
  renderHTML: () => ["pre", { "data-raw": "", class: "raw" }, ["code", 0]],
});

/** A link is its address; where it opens and what it tells is the same for all. */
const SafeLink = Link.extend({
  addAttributes() {
    return {
      href: {
        default: null,
        parseHTML: (element: HTMLElement) => cleanHref(element.getAttribute("href") ?? ""),
        renderHTML: ({ href }: { href?: unknown }) => {
          const clean = cleanHref(String(href ?? ""));
          return clean === null ? {} : { href: clean };
        },
      },
    };
  },
  parseHTML: () => [
    {
      tag: "a[href]",
      getAttrs: (element: HTMLElement) => (cleanHref(element.getAttribute("href") ?? "") === null ? false : null),
    },
  ],
  // Only what one types oneself becomes a link: what others typed is theirs to change.
  addInputRules() {
    const { type } = this;
    return [
      new InputRule({
        find: /(?:^|\s)(https?:\/\/[^\s/?#][^\s]*) $/,
        handler: ({ state, range, match }) => {
          const typed = match[1] ?? "";
          const href = cleanHref(typed);
          const to = range.from + match[0].length - 1;
          if (href === null) return null;
          state.tr.addMark(to - typed.length, to, type.create({ href })).insertText(" ", to);
          return undefined;
        },
      }),
    ];
  },
  renderHTML: ({ HTMLAttributes }) => {
    const address = typeof HTMLAttributes["href"] === "string" ? { href: HTMLAttributes["href"] } : {};
    return ["a", { ...address, rel: "nofollow noopener noreferrer ugc", target: "_blank" }, 0];
  },
});

/** Lists are numbered by numbers: the kinds of HTML are not kept. */
const PlainOrderedList = OrderedList.extend({
  addAttributes() {
    return {
      start: {
        default: 1,
        parseHTML: (element: HTMLElement) => boundedStart(element.getAttribute("start")),
        renderHTML: ({ start }: { start?: unknown }) => (start === 1 ? {} : { start: boundedStart(start) }),
      },
    };
  },
});

function boundedStart(start: unknown): number {
  const number = Math.trunc(Number(start ?? 1));
  return Number.isFinite(number) ? Math.min(Math.max(number, 0), 999_999_999) : 1;
}

function spanOf(element: HTMLElement, name: string): number {
  const number = Math.trunc(Number(element.getAttribute(name) ?? 1));
  return Number.isFinite(number) ? Math.min(Math.max(number, 1), 100) : 1;
}

/** A cell has its spans, no widths and no alignment. */
const spans = {
  colspan: { default: 1, parseHTML: (element: HTMLElement) => spanOf(element, "colspan") },
  rowspan: { default: 1, parseHTML: (element: HTMLElement) => spanOf(element, "rowspan") },
  // prosemirror-tables wants to know; it is never stored.
  colwidth: { default: null, parseHTML: () => null, renderHTML: () => ({}) },
};

export interface SchemaTexts {
  task: (text: string) => string;
}

export function schema(texts: SchemaTexts): Extensions {
  return [
    Document,
    Paragraph,
    Text,
    Heading.configure({ levels: [1, 2, 3, 4, 5, 6] }),
    BulletList,
    PlainOrderedList,
    ListItem,
    TaskList,
    TaskItem.configure({
      nested: true,
      a11y: { checkboxLabel: ({ firstChild }) => texts.task(firstChild?.textContent ?? "") },
    }),
    Blockquote,
    CodeBlock.configure({ languageClassPrefix: "language-" }),
    // Without a node view: what a browser types beside its frame would be lost.
    Table.configure({ resizable: false, View: null }).extend({ renderHTML: () => ["table", ["tbody", 0]] }),
    TableRow,
    TableHeader.extend({ addAttributes: () => spans }),
    TableCell.extend({ addAttributes: () => spans }),
    HorizontalRule,
    HardBreak,
    Raw,
    Bold,
    Italic,
    Underline,
    Strike,
    Code,
    Subscript,
    Superscript,
    SafeLink.configure({
      openOnClick: false,
      autolink: false,
      linkOnPaste: true,
      defaultProtocol: "https",
      isAllowedUri: (address) => cleanHref(address ?? "") !== null,
    }),
  ];
}
