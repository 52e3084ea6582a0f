/** Languages of the text editor; each is fetched when a pad asks for it. */

import type { Extension } from "@codemirror/state";

const legacy = async (mode: Promise<unknown>): Promise<Extension> => {
  const [{ StreamLanguage }, parser] = await Promise.all([import("@codemirror/language"), mode]);
  return StreamLanguage.define(parser as Parameters<typeof StreamLanguage.define>[0]);
};

const LANGUAGES: Readonly<Record<string, () => Promise<Extension>>> = {
  markdown: async () => (await import("@codemirror/lang-markdown")).markdown(),
  python: async () => (await import("@codemirror/lang-python")).python(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  json: async () => (await import("@codemirror/lang-json")).json(),
  yaml: async () => (await import("@codemirror/lang-yaml")).yaml(),
  html: async () => (await import("@codemirror/lang-html")).html(),
  css: async () => (await import("@codemirror/lang-css")).css(),
  sql: async () => (await import("@codemirror/lang-sql")).sql(),
  shell: () => legacy(import("@codemirror/legacy-modes/mode/shell").then(({ shell }) => shell)),
};

/** Prose has long lines and no numbers. */
export const isProse = (language: string): boolean => !Object.hasOwn(LANGUAGES, language) || language === "markdown";

/** How a language is coloured and indented; nothing for plain text and for unknown ones. */
export async function languageSupport(language: string): Promise<Extension> {
  return Object.hasOwn(LANGUAGES, language) ? ((await LANGUAGES[language]?.()) ?? []) : [];
}
