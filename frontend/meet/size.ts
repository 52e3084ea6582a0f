/** How wide the window is: phone, middle or wide; the style sheet and the stage follow it. */

const PHONE_PX = 700;
const MIDDLE_PX = 1100;

export type Size = "phone" | "middle" | "wide";

/** Keeps `data-size` of the node true and tells each change. */
export function followSize(node: HTMLElement, tell: (size: Size) => void): void {
  const look = (): void => {
    const width = document.documentElement.clientWidth || window.innerWidth;
    const size = width < PHONE_PX ? "phone" : width < MIDDLE_PX ? "middle" : "wide";
    if (node.dataset["size"] === size) return;
    node.dataset["size"] = size;
    tell(size);
  };
  new ResizeObserver(look).observe(document.documentElement);
  look();
}
