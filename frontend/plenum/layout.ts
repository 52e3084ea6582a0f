/** How much is beside each other: phone (one thing), middle (two columns), wide (three). */

import type { Tab } from "./settings";

export type Size = "phone" | "middle" | "wide";

const PHONE_PX = 700;
const WIDE_PX = 1024;

export const sizeOf = (width: number): Size => (width < PHONE_PX ? "phone" : width < WIDE_PX ? "middle" : "wide");

/** The tabs there are; what has its own place in a size is no tab in it. */
export const TABS: Readonly<Record<Size, readonly Tab[]>> = {
  phone: ["room", "list", "minutes", "chat"],
  middle: ["list", "minutes", "chat"],
  wide: ["minutes", "chat"],
};

/** The tab to show of those there are; a phone begins with the call. */
export function tabFor(size: Size, wanted: Tab, hasChat: boolean): Tab {
  if (wanted === "chat" && !hasChat) return size === "phone" ? "room" : "minutes";
  return TABS[size].includes(wanted) ? wanted : "minutes";
}
