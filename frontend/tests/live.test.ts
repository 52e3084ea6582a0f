import assert from "node:assert/strict";
import test from "node:test";
import { Live, type Source } from "../kit/live";

class FakeSource implements Source {
  closed = false;
  private readonly handlers = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}

  addEventListener(name: string, handler: (event: MessageEvent<string>) => void): void {
    this.handlers.set(name, handler);
  }

  close(): void {
    this.closed = true;
  }

  send(name: string, value: unknown, lastEventId = ""): void {
    this.handlers.get(name)?.({ data: JSON.stringify(value), lastEventId } as MessageEvent<string>);
  }
}

function liveWith(): { live: Live; sources: FakeSource[]; reloads: () => number } {
  const sources: FakeSource[] = [];
  let count = 0;
  const live = new Live(7, () => (count += 1), (url) => {
    const source = new FakeSource(url);
    sources.push(source);
    return source;
  });
  return { live, sources, reloads: () => count };
}

test("events reach those who asked for their name, with the number of the fact", () => {
  const { live, sources } = liveWith();
  const seen: unknown[] = [];
  live.on("chat.message", (value, id) => seen.push([value, id])).start(41);
  assert.equal(sources[0]?.url, "/api/v1/live?room=7&after=41");
  sources[0]?.send("chat.message", { id: 3 }, "42");
  sources[0]?.send("meet.hands", {});
  assert.deepEqual(seen, [[{ id: 3 }, "42"]]);
});

test("a page that was away too long closes the stream and loads again", () => {
  const { live, sources, reloads } = liveWith();
  live.start();
  assert.equal(sources[0]?.url, "/api/v1/live?room=7");
  sources[0]?.send("reload", {});
  assert.equal(reloads(), 1);
  assert.equal(sources[0]?.closed, true);
});

test("starting again closes the stream before", () => {
  const { live, sources } = liveWith();
  live.start();
  live.start(9);
  assert.deepEqual(sources.map((source) => source.closed), [true, false]);
});
