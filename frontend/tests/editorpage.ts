/** What the editors need of a browser, in jsdom; and a document that nobody else writes. */

import { JSDOM } from "jsdom";
import { Texts } from "../kit/texts";
import { Copy } from "../pads/copy";
import type { PadClient } from "../pads/client";
import { People } from "../pads/people";
import { type Kind } from "../pads/pieces";
import { realTimers } from "../pads/saving";
import type { Around } from "../editor/editing";

const NAMES = [
  "document", "navigator", "Window", "HTMLElement", "HTMLDialogElement", "HTMLIFrameElement", "Element", "Node", "Text", "Document", "DocumentFragment",
  "MutationObserver", "DOMParser", "XMLSerializer", "Event", "KeyboardEvent", "MouseEvent", "CustomEvent", "Range", "ShadowRoot", "CSS", "localStorage",
  "getComputedStyle", "getSelection", "Selection", "InputEvent", "ClipboardEvent",
] as const;

export function editorPage(): Document {
  const dom = new JSDOM('<!doctype html><html lang="en"><body></body></html>', { url: "https://example.org/" });
  const { window } = dom;
  const known = window as unknown as Record<string, unknown>;
  for (const name of NAMES) Object.defineProperty(globalThis, name, { value: known[name], configurable: true, writable: true });
  Object.defineProperty(globalThis, "window", { value: window, configurable: true, writable: true });
  Object.defineProperty(globalThis, "CSS", { value: { escape: (text: string) => text }, configurable: true });
  const later = (callback: () => void): unknown => setTimeout(callback, 0);
  Object.defineProperty(globalThis, "requestAnimationFrame", { value: later, configurable: true });
  Object.assign(window, { requestAnimationFrame: later, cancelAnimationFrame: clearTimeout });
  const nowhere = { left: 0, right: 0, top: 0, bottom: 0, width: 0, height: 0 };
  window.Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
  window.Range.prototype.getBoundingClientRect = () => nowhere as DOMRect;
  window.Element.prototype.scrollIntoView = () => undefined;
  window.document.elementFromPoint = () => null;
  return window.document;
}

/** A catalogue that answers each id with itself and its values. */
export const texts = new Texts(
  new Proxy({} as Record<string, string>, {
    get: (_target, id) => (typeof id === "string" ? id.replace("pads.editor-", "") : undefined),
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: "" }),
    has: () => true,
  }),
  "en",
);

export interface Scene {
  around: Around;
  copy: Copy;
  people: People;
  said: string[];
  left: () => number;
}

/** An editor's surroundings without a server: `carets` keeps what would be shown to others. */
export function scene(kind: Kind, carets: unknown[] = []): Scene {
  const copy = new Copy("guid", kind, "1", () => undefined, realTimers);
  // A test ends although it does not clean up.
  (copy.awareness._checkInterval as NodeJS.Timeout).unref();
  const people = new People();
  people.begin("1");
  copy.writeAs(11);
  people.learn({ 11: "1" }, { 1: { name: "mara", colour: 3 } });
  const said: string[] = [];
  let left = 0;
  const client = { people, session: null, showCaret: (cursor: unknown) => carets.push(cursor) } as unknown as PadClient;
  const around: Around = {
    client,
    copy,
    texts,
    nameOf: (author) => people.person(author)?.name ?? author,
    tell: (sentence) => said.push(sentence),
    leave: () => (left += 1),
    changed: () => undefined,
    moved: () => undefined,
    compact: false,
  };
  return { around, copy, people, said, left: () => left };
}

/** After everything that waits for the next picture. */
export const soon = (): Promise<void> => new Promise((done) => setTimeout(done, 15));
