/** The keyboard never falls out of what changes: where a button goes, the focus stays near. */

const LOST = "[hidden], :disabled";

/** Carries out a change; if what had the focus inside `node` cannot have it any more, `near` gets it. */
export function keepFocus(node: Element, near: () => HTMLElement, change: () => void): void {
  const held = node.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (held && (!held.isConnected || held.closest(LOST))) near().focus();
}
