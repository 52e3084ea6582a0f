/** What the server tells a page while it is inside, and what the page asks. */

export interface PersonHere {
  identity: string;
  name: string;
  role: string;
  client: string;
  known: string;
  suppressed: boolean;
  /** A facilitator shut their microphone, and only facilitators let it open again. */
  muted: boolean;
  records: boolean;
}

export interface RosterFacts {
  people: PersonHere[];
  hands: string[];
  floor: string | null;
  moderated: boolean;
  facilitates: boolean;
  waiting: { key: string; name: string }[];
}

export interface TextFacts {
  author: string;
  text: string;
  at: string;
  mine: boolean;
  notice: boolean;
}

interface Kinds {
  roster: RosterFacts;
  slot: { slot: number; identity: string; aimed: boolean };
  talking: { identity: string; on: boolean };
  rights: { speak: boolean };
  muted: { on: boolean };
  offer: object;
  text: TextFacts;
  said: object;
  refused: { do: string; text: string };
  over: { why: "ended" | "removed" };
}

export type Handlers = { [Kind in keyof Kinds]: (facts: Kinds[Kind]) => void };

export interface Order {
  do: "mute" | "deafen" | "act" | "say";
  on?: boolean;
  act?: string;
  target?: string;
  text?: string;
}

/** Close code: the leg is gone; coming back to it is no use. */
const GONE = 4000;

/** One WebSocket. `lost` is told once; `gone`: the server does not know this page any more. */
export class Live {
  private readonly socket: WebSocket;
  private closed = false;

  constructor(room: number, me: string, handlers: Handlers, opened: () => void, lost: (gone: boolean) => void) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams({ me });
    this.socket = new WebSocket(`${scheme}://${location.host}/api/v1/rooms/${room}/voice/live?${query.toString()}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", opened);
    this.socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
      if (!this.closed) dispatch(new TextDecoder().decode(data), handlers);
    });
    this.socket.addEventListener("close", ({ code }) => {
      if (!this.closed) lost(code === GONE);
      this.closed = true;
    });
  }

  /** Returns whether it was sent; what was not is not kept for later. */
  ask(order: Order): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(new TextEncoder().encode(JSON.stringify(order)));
    return true;
  }

  close(): void {
    this.closed = true;
    this.socket.close();
  }
}

export function dispatch(message: string, handlers: Handlers): void {
  const { kind, ...facts } = JSON.parse(message) as { kind: keyof Kinds };
  (handlers[kind] as ((facts: object) => void) | undefined)?.(facts);
}
