/** The JSON of the assembly of a room. No user interface in this file. */

export type Kind = "info" | "discussion" | "decision" | "break";

export interface Item {
  id: number;
  title: string;
  kind: Kind;
  minutes: number;
  presenter: string;
  note: string;
  state: "waiting" | "running" | "done" | "parked";
  /** As of `server_ms` of the snapshot, pauses left out. */
  elapsed_ms: number;
  started_at: string | null;
}

export interface Assembly {
  id: number;
  title: string;
  state: "planned" | "open" | "running" | "paused" | "closed";
  expected_end: string | null;
  minutes: { path: string; name: string } | null;
  items: Item[];
  running: number | null;
}

export interface Snapshot {
  /** The number of the newest fact in it. */
  as_of: number;
  server_ms: number;
  assembly: Assembly | null;
  may: { facilitate: boolean };
}

export interface NewItem {
  title: string;
  minutes: number;
  kind: Kind;
  presenter: string;
  note: string;
}

/** The commands below `/api/v1/rooms/ID/plenum/`, each with what it carries. */
export interface Commands {
  open: { title?: string; agenda?: string };
  start: Nothing;
  pause: Nothing;
  resume: Nothing;
  close: Nothing;
  reopen: Nothing;
  add: NewItem;
  change: { item: number } & NewItem;
  move: { item: number; by: -1 | 1 };
  remove: { item: number };
  import: { agenda: string };
  begin: { item: number };
  /** `after`, `item`: what was seen running, so that two who press at once mean one. */
  next: { after: number | null };
  end: { item: number | null };
  extend: { item: number; minutes: number };
  park: { item: number };
}

type Nothing = Record<string, never>;

/** Returns "" once it is done, else a sentence that says why not. */
export type Act = <K extends keyof Commands>(command: K, body: Commands[K]) => Promise<string>;

/** What the server refused, as the id of a text; `status` 0: it was not reached. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    readonly values: Readonly<Record<string, string | number>> = {},
  ) {
    super(id);
  }
}

/** Between which moments of this browser an answer came, in ms. */
export interface Answer {
  snapshot: Snapshot;
  askedMs: number;
  answeredMs: number;
}

export class PlenumApi {
  private readonly path: string;

  constructor(
    room: number,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.path = `/api/v1/rooms/${room}/plenum`;
  }

  snapshot(): Promise<Answer> {
    return this.ask(this.path, { method: "GET" });
  }

  act<K extends keyof Commands>(command: K, body: Commands[K]): Promise<Answer> {
    const headers = { "Content-Type": "application/json" };
    return this.ask(`${this.path}/${command}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  private async ask(path: string, request: RequestInit): Promise<Answer> {
    const askedMs = this.now();
    let answer: Response;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      answer = await fetch(path, { credentials: "same-origin", signal, ...request });
    } catch {
      throw new Refused(0, "plenum.screen-offline");
    }
    const answeredMs = this.now();
    const value: unknown = await answer.json().catch(() => null);
    if (!answer.ok) {
      const refusal = (value ?? {}) as { error?: string; values?: Record<string, string> };
      throw new Refused(answer.status, refusal.error ?? "", refusal.values ?? {});
    }
    // Cut off on its way, by a page that goes away or a line that breaks.
    if (value === null) throw new Refused(0, "plenum.screen-offline");
    return { snapshot: value as Snapshot, askedMs, answeredMs };
  }
}

const PATIENCE_MS = 8000;
