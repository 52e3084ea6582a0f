/** How long an item has run, what is left of it, and when everything will be over. */

import type { Assembly, Item, Snapshot } from "./api";

/** `early`: below 80 % of the planned time; `late`: from 80 %; `over`: from 100 %. */
export type Phase = "early" | "late" | "over";

const LATE = 0.8;

export interface ItemTime {
  elapsedMs: number;
  /** Below zero: overtime. */
  leftMs: number;
  /** Of the planned time, 0 to 1 and more. */
  part: number;
  phase: Phase;
}

export function timeOf(item: Item, snapshot: Snapshot, serverMs: number): ItemTime {
  const counts = item.state === "running" && snapshot.assembly?.state === "running";
  const since = counts ? Math.max(0, serverMs - snapshot.server_ms) : 0;
  const elapsedMs = item.elapsed_ms + since;
  const planned = item.minutes * 60_000;
  const part = elapsedMs / planned;
  const phase = part >= 1 ? "over" : part >= LATE ? "late" : "early";
  return { elapsedMs, leftMs: planned - elapsedMs, part, phase };
}

/** The expected end, moved by what went by without anything being done: overtime, pauses. */
export function expectedEnd(snapshot: Snapshot, serverMs: number): Date | null {
  const assembly = snapshot.assembly;
  if (!assembly?.expected_end) return null;
  const passed = Math.max(0, serverMs - snapshot.server_ms);
  const item = runningOf(assembly);
  const before = item ? Math.max(0, item.minutes * 60_000 - item.elapsed_ms) : 0;
  const now = item ? Math.max(0, timeOf(item, snapshot, serverMs).leftMs) : 0;
  return new Date(Date.parse(assembly.expected_end) + passed - (before - now));
}

export function runningOf(assembly: Assembly): Item | undefined {
  return assembly.items.find((item) => item.id === assembly.running);
}

/** What `next` would begin: the first that waits below the running one, else the first at all. */
export function comingOf(assembly: Assembly): Item | undefined {
  const place = assembly.items.findIndex((item) => item.id === assembly.running);
  const inTurn = [...assembly.items.slice(place + 1), ...assembly.items.slice(0, place + 1)];
  return inTurn.find((item) => item.state === "waiting");
}

/** Parked items are a list of their own; the others are counted from 1. */
export function agendaOf(assembly: Assembly): { items: Item[]; parked: Item[] } {
  return {
    items: assembly.items.filter((item) => item.state !== "parked"),
    parked: assembly.items.filter((item) => item.state === "parked"),
  };
}

/** Minutes and seconds, hours only where there are some: 4:05, 1:00:00. Rounded up. */
export function shown(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const end = String(rest).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${end}` : `${minutes}:${end}`;
}
