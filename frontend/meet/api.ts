/** Asks our own server: one small POST per action, and the stream of what happens in the room. */

export interface CallState {
  hands: string[];
  floor: string | null;
  locked: boolean;
  moderated: boolean;
  spotlight: string | null;
  acting: string | null;
  people: number;
  cameras_fit: number;
}

export interface Joined {
  url: string;
  token: string;
  identity: string;
  name: string;
  role: "guest" | "member" | "facilitator";
  rights: { sources: string[]; data: boolean; suppressed: boolean };
  pass: string;
  ends_at: string | null;
  cameras_fit: number;
  camera_refused: string | null;
  state: CallState;
}

export interface Waiting {
  state: "waiting";
  ticket: string;
}

export interface AtDoor {
  key: string;
  name: string;
  since: string;
}

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

/** The JSON below `/api/v1/rooms/ID/call/`. */
export class RoomApi {
  constructor(private readonly room: number) {}

  post<T = Record<string, never>>(path: string, body: object = {}): Promise<T> {
    return post<T>(`/api/v1/rooms/${this.room}/call/${path}`, body);
  }

  state(): Promise<CallState> {
    return ask<CallState>(`/api/v1/rooms/${this.room}/call`, { method: "GET" });
  }

  waiting(): Promise<AtDoor[]> {
    return ask<AtDoor[]>(`/api/v1/rooms/${this.room}/call/waiting`, { method: "GET" });
  }

  /** Tells that this tab leaves, even while the page goes away. */
  leave(identity: string): void {
    const body = new Blob([JSON.stringify({ identity })], { type: "application/json" });
    navigator.sendBeacon(`/api/v1/rooms/${this.room}/call/leave`, body);
  }
}

/** Sends JSON and returns the JSON of the answer; throws `Refused`. */
export function post<T>(path: string, body: object): Promise<T> {
  return ask<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

const PATIENCE_MS = 5000;

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let answer: Response;
  try {
    // A network that swallows everything must not hold a page that wants to come back.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    answer = await fetch(path, { credentials: "same-origin", signal, ...request });
  } catch {
    throw new Refused(0, "offline");
  }
  const value: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    const refusal = (value ?? {}) as { error?: string; values?: Record<string, string> };
    throw new Refused(answer.status, refusal.error ?? "", refusal.values ?? {});
  }
  return value as T;
}

type Handlers = Readonly<Record<string, (value: never) => void>>;

/** The live events of a room; comes back by itself and calls `fresh` each time it is open. */
export class LiveRoom {
  private source: EventSource | undefined;

  constructor(
    private readonly room: number,
    private readonly handlers: Handlers,
    private readonly fresh: () => void = () => undefined,
    private readonly ticket = "",
  ) {}

  open(): void {
    const query = new URLSearchParams({ room: String(this.room) });
    if (this.ticket) query.set("ticket", this.ticket);
    const source = new EventSource(`/api/v1/live?${query.toString()}`);
    source.addEventListener("open", this.fresh);
    for (const [name, handler] of Object.entries(this.handlers)) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        (handler as (value: unknown) => void)(JSON.parse(event.data));
      });
    }
    source.addEventListener("reload", () => this.again(500));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.again(2000);
    });
    this.source = source;
  }

  close(): void {
    this.source?.close();
    this.source = undefined;
  }

  private again(afterMs: number): void {
    if (this.source === undefined) return;
    this.source.close();
    const closed = this.source;
    setTimeout(() => {
      if (this.source === closed) this.open();
    }, afterMs);
  }
}
