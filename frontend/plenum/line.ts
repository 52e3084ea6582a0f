/** One sentence about the assembly of this room, for those who are not in the call yet. */

import type { Snapshot } from "./api";
import { t } from "./texts";
import { runningOf } from "./times";

export function lineOf(snapshot: Snapshot | null): string {
  const assembly = snapshot?.assembly;
  if (!assembly) return "";
  const { title, state } = assembly;
  const item = runningOf(assembly);
  switch (state) {
    case "planned":
      return t("plenum.screen-line-planned", { title });
    case "open":
      return t("plenum.screen-line-open", { title });
    case "paused":
      return t("plenum.screen-line-paused", { title });
    case "running":
      return item
        ? t("plenum.screen-line-item", { title, item: item.title })
        : t("plenum.screen-line-running", { title });
    case "closed":
      return "";
  }
}
