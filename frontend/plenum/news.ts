/** What is worth a sentence when one snapshot follows another. */

import type { Snapshot } from "./api";
import { t } from "./texts";
import { agendaOf, runningOf } from "./times";

const STATES: Readonly<Record<string, string>> = {
  open: "plenum.screen-said-open",
  running: "plenum.screen-said-running",
  paused: "plenum.screen-said-paused",
  closed: "plenum.screen-said-closed",
};

/** Returns a sentence; "" where nothing changed that one has to hear. */
export function newsOf(before: Snapshot | null, now: Snapshot): string {
  const [was, is] = [before?.assembly, now.assembly];
  if (!is || !before) return "";
  const item = runningOf(is);
  if (item && was?.running !== is.running) {
    const n = agendaOf(is).items.indexOf(item) + 1;
    return t("plenum.screen-said-item", { n, title: item.title });
  }
  const id = was?.state === is.state ? undefined : STATES[is.state];
  if (!id) return "";
  if (is.state === "running" && was?.state === "paused") return t("plenum.screen-said-resumed");
  return t(id);
}
