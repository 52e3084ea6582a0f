// Sound and connections without a browser: what VoiceLeg and Stay use of them, remembered.

type Listener = (event: unknown) => void;

class Speaks {
  private readonly listeners = new Map<string, Set<Listener>>();

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.listeners.get(type)?.delete(listener);
  }

  tell(type: string, event: unknown = {}): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) listener(event);
  }
}

export class FakeTrack extends Speaks {
  enabled = true;
  stopped = false;

  stop(): void {
    this.stopped = true;
  }
}

export class FakeStream {
  constructor(readonly tracks: FakeTrack[] = [new FakeTrack()]) {}

  getAudioTracks(): FakeTrack[] {
    return this.tracks;
  }

  getTracks(): FakeTrack[] {
    return this.tracks;
  }
}

class FakeNode {
  readonly gain = { value: 1 };

  connect<T>(to: T): T {
    return to;
  }

  disconnect(): void {
    return;
  }
}

export class FakeContext extends Speaks {
  state = "running";
  readonly destination = new FakeNode();

  createMediaStreamSource(): FakeNode {
    return new FakeNode();
  }

  resume(): Promise<void> {
    this.state = "running";
    this.tell("statechange");
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.state = "closed";
    return Promise.resolve();
  }
}

interface Encoding {
  active?: boolean;
  maxBitrate?: number;
}

export class FakePeer extends Speaks {
  static all: FakePeer[] = [];
  readonly directions: string[] = [];
  readonly offers: boolean[] = [];
  readonly encodings: Encoding[] = [{}];
  connectionState = "new";
  currentRemoteDescription: { sdp: string } | null = null;
  sends: FakeTrack | null = null;

  constructor() {
    super();
    FakePeer.all.push(this);
  }

  addTransceiver(_: string, { direction }: { direction: string }): object {
    this.directions.push(direction);
    const sender = {
      replaceTrack: (track: FakeTrack) => Promise.resolve(void (this.sends = track)),
      getParameters: () => ({ encodings: this.encodings }),
      setParameters: () => (this.connectionState === "closed" ? Promise.reject(new Error("closed")) : Promise.resolve()),
    };
    return { sender, receiver: { track: new FakeTrack() } };
  }

  createOffer({ iceRestart = false }: { iceRestart?: boolean }): Promise<{ sdp: string }> {
    this.offers.push(iceRestart);
    return Promise.resolve({ sdp: `offer ${FakePeer.all.indexOf(this)}.${this.offers.length}` });
  }

  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }

  setRemoteDescription(answer: { sdp: string }): Promise<void> {
    if (this.connectionState === "closed") return Promise.reject(new Error("closed"));
    this.currentRemoteDescription = answer;
    return Promise.resolve();
  }

  close(): void {
    this.connectionState = "closed";
  }

  /** The network says so. */
  turns(state: string): void {
    this.connectionState = state;
    this.tell("connectionstatechange");
  }
}

export class FakeSocket extends Speaks {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  binaryType = "";
  readonly asked: unknown[] = [];

  constructor(readonly url: string) {
    super();
    FakeSocket.all.push(this);
  }

  send(data: Uint8Array): void {
    this.asked.push(JSON.parse(new TextDecoder().decode(data)));
  }

  close(): void {
    this.readyState = 3;
  }

  opens(): void {
    this.readyState = 1;
    this.tell("open");
  }

  hears(kind: string, facts: object = {}): void {
    this.tell("message", { data: new TextEncoder().encode(JSON.stringify({ kind, ...facts })) });
  }

  breaks(code = 1006): void {
    this.readyState = 3;
    this.tell("close", { code });
  }
}

class FakeEvents extends Speaks {
  close(): void {
    return;
  }
}

/** Puts all of them where a page finds them, and begins anew. */
export function withoutBrowser(): void {
  FakePeer.all = [];
  FakeSocket.all = [];
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  const player = class {
    muted = false;
    srcObject: unknown = null;
    play = (): Promise<void> => Promise.resolve();
  };
  const globals = {
    RTCPeerConnection: FakePeer,
    WebSocket: FakeSocket,
    MediaStream: FakeStream,
    GainNode: FakeNode,
    Audio: player,
    localStorage: storage,
    EventSource: FakeEvents,
    location: { protocol: "https:", host: "example.org" },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
