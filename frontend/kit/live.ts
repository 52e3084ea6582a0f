// Live events of a room. Not part of base.js: a page that is live imports it.
// The browser reconnects by itself and says where it was (Last-Event-ID); "reload" means that it
// was away too long, and that the page has to be fetched again.

export type Show = (value: unknown, id: string) => void;

export interface Source {
  addEventListener(name: string, handler: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export class Live {
  private source: Source | null = null;
  private readonly shows = new Map<string, Show[]>();

  constructor(
    private readonly room: number,
    private readonly reload: () => void,
    private readonly open: (url: string) => Source = (url) => new EventSource(url),
  ) {}

  /** Call it before start: one handler for each kind of event. */
  on(name: string, show: Show): this {
    this.shows.set(name, [...(this.shows.get(name) ?? []), show]);
    return this;
  }

  /** after: the number of the newest fact in what the page shows already. */
  start(after?: number): void {
    this.stop();
    const query = new URLSearchParams({ room: String(this.room) });
    if (after !== undefined) query.set("after", String(after));
    this.source = this.open(`/api/v1/live?${query.toString()}`);
    for (const [name, shows] of this.shows) {
      this.source.addEventListener(name, (event) => {
        const value: unknown = JSON.parse(event.data);
        for (const show of shows) show(value, event.lastEventId);
      });
    }
    this.source.addEventListener("reload", () => {
      this.stop();
      this.reload();
    });
  }

  stop(): void {
    this.source?.close();
    this.source = null;
  }
}
