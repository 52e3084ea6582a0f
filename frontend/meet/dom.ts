/** What the windows and controls of the call are made of. */

import { el, icon } from "../kit/dom";

export { button, el, icon, openDialog, say, set, setIcon, turn, useSprite } from "../kit/dom";

const SVG = "http://www.w3.org/2000/svg";

/** A path drawn in a square of `size` units: a QR code. */
export function drawing(size: number, path: string, label: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("class", "meet-qr");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("class", "qr-ground");
  ground.setAttribute("width", String(size));
  ground.setAttribute("height", String(size));
  svg.append(ground);
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("class", "qr-modules");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/** A round control of the call: the icon in a face, the word below. */
export function control(name: string, label: string, press: () => void, kind = ""): HTMLButtonElement {
  const node = el("button", { type: "button", class: `control ${kind}`.trim() });
  node.append(el("span", { class: "control-face" }, icon(name)), el("span", { class: "word" }, label));
  node.addEventListener("click", press);
  return node;
}
