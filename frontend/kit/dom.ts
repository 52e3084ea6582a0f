/** Makes elements; texts are set as text, never as HTML. */

type Child = Node | string | null | undefined;
type Attributes = Readonly<Record<string, string | boolean | null | undefined>>;

/** Makes an element; an attribute that is false, null or undefined is left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children.filter((child): child is Node | string => child != null));
  return node;
}

export function set(
  node: Element,
  name: string,
  value: string | boolean | null | undefined,
): void {
  if (value === false || value == null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value === true ? "" : value)) {
    node.setAttribute(name, value === true ? "" : value);
  }
}

/** Changes the text only if it is another one: a live region then stays silent. */
export function say(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";
let sprite = "";

/** Says once where the icons are. */
export function useSprite(url: string): void {
  sprite = url;
}

/** An icon of the sprite; it never stands alone, a word is beside it or in its button. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 24 24");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function setIcon(holder: Element, name: string): void {
  const use = holder.querySelector("use");
  if (use) set(use, "href", `${sprite}#${name}`);
  else holder.prepend(icon(name));
}

/** A button with an icon and a word. */
export function button(
  name: string,
  label: string,
  press: () => void,
  kind = "",
): HTMLButtonElement {
  const node = el("button", { type: "button", class: `button ${kind}`.trim() }, icon(name));
  node.append(el("span", { class: "word" }, label));
  node.addEventListener("click", press);
  return node;
}

/** Gives an icon button another word, icon and pressed state. */
export function turn(
  node: HTMLButtonElement,
  to: { icon?: string; label?: string; pressed?: boolean; disabled?: boolean },
): void {
  if (to.icon) setIcon(node.querySelector(".control-face") ?? node, to.icon);
  const word = node.querySelector(".word");
  if (to.label !== undefined && word) say(word, to.label);
  if (to.pressed !== undefined) set(node, "aria-pressed", String(to.pressed));
  if (to.disabled !== undefined) node.disabled = to.disabled;
}

/** A modal window with a heading and a button that closes it; focus returns by itself. */
export function openDialog(
  heading: string,
  close: string,
  ...content: Node[]
): HTMLDialogElement {
  const title = el("h2", { id: `dialog-${String(counter++)}` }, heading);
  const shut = button("x", close, () => dialog.close(), "button-quiet icon-only");
  const head = el("header", { class: "window-head" }, title, shut);
  const dialog = el("dialog", { class: "dialog window", "aria-labelledby": title.id }, head);
  dialog.append(...content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

let counter = 0;
