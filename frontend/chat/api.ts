/** The JSON of the chat of a room. No user interface in this file. */

export interface Piece {
  text: string;
  link: string;
}

/** A sentence of the house: the id of a text with its values. */
export interface Sentence {
  id: string;
  values: Record<string, string | number>;
}

export interface Message {
  id: number;
  author: string;
  pieces: Piece[];
  sent_at: string;
  mine: boolean;
  /** Not empty: nobody wrote this, the house says it. */
  notice?: Sentence[];
}

export interface History {
  as_of: number;
  messages: Message[];
  more: boolean;
}

/** What the server refused, as the id of a text; `status` 0: it was not reached. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    readonly values: Readonly<Record<string, string | number>>,
  ) {
    super(id);
  }
}

export class ChatApi {
  constructor(private readonly room: number) {}

  history(before?: number): Promise<History> {
    const query = before === undefined ? "" : `?before=${before}`;
    return ask<History>(`${this.path}${query}`, { method: "GET" });
  }

  /** The same key sent twice is stored once, so trying again is safe. */
  say(text: string, key: string): Promise<Message> {
    return ask<Message>(this.path, post({ text, key }));
  }

  retract(id: number): Promise<unknown> {
    return ask(`${this.path}/${id}/retract`, post({}));
  }

  private get path(): string {
    return `/api/v1/rooms/${this.room}/messages`;
  }
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function post(body: object): RequestInit {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...request });
  } catch {
    throw new Refused(0, "chat.not-sent", {});
  }
  const value: unknown = await answer.json().catch(() => null);
  if (!answer.ok) {
    const refusal = (value ?? {}) as { error?: string; values?: Record<string, string> };
    throw new Refused(answer.status, refusal.error ?? "", refusal.values ?? {});
  }
  return value as T;
}
