// A page without a browser. The globals that elements need are those of the page.
import { JSDOM } from "jsdom";

export function page(html: string, lang = "en"): Document {
  const dom = new JSDOM(`<!doctype html><html lang="${lang}"><body>${html}</body></html>`, { url: "https://example.org/" });
  const { window } = dom;
  for (const name of ["document", "HTMLElement", "HTMLDetailsElement", "HTMLDialogElement", "Element", "Node", "customElements"] as const) {
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
  }
  return window.document;
}

export function event(document: Document, type: string, more: Record<string, unknown> = {}): Event {
  const { Event } = document.defaultView as unknown as { Event: typeof globalThis.Event };
  return Object.assign(new Event(type, { bubbles: true, cancelable: true }), more);
}
