/** What a pad is asked over HTTP. No user interface in this file. */

import type { AuthorId, Capability } from "./wire";

export interface Me {
  id: AuthorId;
  name: string;
  colour: number;
}

/** The answer to `POST B/session`: one try to connect. */
export interface Session {
  ticket: string;
  url: string;
  capability: Capability;
  author: Me;
  guid: string;
  kind: "rich" | "text";
  language: string;
  locked: boolean;
  ends_at: string | null;
  room: number | null;
  limits: { text_bytes: number; message_bytes: number; updates_per_s: number };
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

export interface Pad {
  session(client: number): Promise<Session>;
  state(): Promise<Uint8Array>;
  call(name: string, colour: number): Promise<void>;
}

export class PadApi implements Pad {
  /** `base` is the path of the pad without a slash at its end. */
  constructor(
    readonly base: string,
    private readonly fetcher: typeof fetch = (...all) => fetch(...all),
  ) {}

  async session(client: number): Promise<Session> {
    const answer = await this.ask("session", post({ client }));
    return (await answer.json()) as Session;
  }

  async state(): Promise<Uint8Array> {
    const answer = await this.ask("state", { method: "GET" });
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Name and colour of this person in this pad. */
  async call(name: string, colour: number): Promise<void> {
    await this.ask("me", post({ name, colour }));
  }

  private async ask(what: string, request: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await this.fetcher(`${this.base}/${what}`, { credentials: "same-origin", ...request });
    } catch {
      throw new Refused(0, "");
    }
    if (answer.ok) return answer;
    const value = (await answer.json().catch(() => null)) as { error?: string; values?: Record<string, string> } | null;
    throw new Refused(answer.status, value?.error ?? "", value?.values ?? {});
  }
}

function post(body: object): RequestInit {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body) };
}
