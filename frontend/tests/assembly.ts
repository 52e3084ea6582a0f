/** Snapshots for tests. */

import type { Assembly, Item, Snapshot } from "../plenum/api";

export function item(id: number, more: Partial<Item> = {}): Item {
  return {
    id,
    title: `Item ${String(id)}`,
    kind: "discussion",
    minutes: 10,
    presenter: "",
    note: "",
    state: "waiting",
    elapsed_ms: 0,
    started_at: null,
    ...more,
  };
}

export function snapshot(assembly: Partial<Assembly> | null, more: Partial<Snapshot> = {}): Snapshot {
  const whole: Assembly | null = assembly && {
    id: 1,
    title: "Weekly assembly",
    state: "running",
    expected_end: "2026-11-23T20:00:00+00:00",
    minutes: null,
    items: [],
    running: null,
    ...assembly,
  };
  return { as_of: 1, server_ms: 1_000_000, assembly: whole, may: { facilitate: true }, ...more };
}
