// What really went through: counters of the browser's own connections, in Chromium and Firefox.
import assert from "node:assert/strict";

/** Runs in the page before its scripts: remembers connections and counts small sounds. */
export function watch() {
  const peers = [];
  const Peer = globalThis.RTCPeerConnection;
  if (!Peer) return;
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(...rest) {
      super(...rest);
      peers.push(this);
    }
  };
  const seen = { tones: 0 };
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...rest) {
    seen.tones += 1;
    return start.apply(this, rest);
  };
  const streamOf = (peer, entry) => ({
    key: `${peers.indexOf(peer)} ${entry.id}`,
    kind: entry.kind,
    energy: entry.totalAudioEnergy ?? 0,
    packets: entry.packetsReceived ?? 0,
    lost: entry.packetsLost ?? 0,
    frames: entry.framesDecoded ?? 0,
    width: entry.frameWidth ?? 0,
    height: entry.frameHeight ?? 0,
  });
  const protocolOf = (stats) => {
    for (const entry of stats.values()) {
      if (entry.type !== "candidate-pair" || entry.state !== "succeeded") continue;
      if (!entry.nominated && !entry.selected) continue;
      return stats.get(entry.remoteCandidateId)?.protocol ?? "";
    }
    return "";
  };
  globalThis.watched = async () => {
    const found = { streams: [], protocols: [], tones: seen.tones, connections: peers.length };
    for (const peer of peers) {
      if (peer.connectionState === "closed") continue;
      const stats = await peer.getStats();
      for (const entry of stats.values()) {
        if (entry.type === "inbound-rtp") found.streams.push(streamOf(peer, entry));
      }
      found.protocols.push(protocolOf(stats));
    }
    return found;
  };
  /** Waits here, not over the wire: since when `least` streams sound again, in ms of Date.now(). */
  globalThis.soundsAgain = async (before, least, withinMs) => {
    const was = new Map(before.map((one) => [one.key, one]));
    const first = new Map();
    const until = Date.now() + withinMs;
    while (Date.now() < until) {
      const { streams } = await globalThis.watched();
      let heard = 0;
      for (const one of streams.filter(({ kind }) => kind === "audio")) {
        if (one.packets <= (was.get(one.key)?.packets ?? 0)) continue;
        // What is heard while packets are missing is invented: only energy after the first counts.
        if (!first.has(one.key)) first.set(one.key, was.has(one.key) ? one.energy : 0);
        if (one.energy > first.get(one.key)) heard += 1;
      }
      if (heard >= least) return Date.now();
      await new Promise((next) => setTimeout(next, 40));
    }
    return 0;
  };
}

const pause = () => new Promise((next) => setTimeout(next, 120));

/** Asks again until the answer is true; returns it. Fails with the sentence. */
export async function until(sentence, ask, withinMs = 30_000) {
  const end = Date.now() + withinMs;
  let answer;
  for (;;) {
    answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `not within ${withinMs / 1000} s: ${sentence}`);
    await pause();
  }
}

const read = (page) => page.evaluate(() => globalThis.watched());

/** Returns the counters of a page: streams that come in, protocols of its connections. */
export const watched = read;

/** Waits until `count` streams of a kind rise from what they are now. */
export async function rising(page, kind, count, sentence, withinMs = 30_000) {
  const what = kind === "audio" ? "energy" : "frames";
  const was = new Map((await read(page)).streams.map((one) => [one.key, one[what]]));
  let shown = [];
  try {
    return await until(
      sentence,
      async () => {
        shown = (await read(page)).streams.filter((one) => one.kind === kind);
        return shown.filter((one) => one[what] > (was.get(one.key) ?? 0)).length >= count;
      },
      withinMs,
    );
  } catch (reason) {
    throw new Error(`${reason.message}; ${JSON.stringify(shown)}`);
  }
}

/** Waits until no stream of a kind grows any more. */
export async function silent(page, kind, sentence, withinMs = 30_000) {
  const what = kind === "audio" ? "packets" : "frames";
  const sums = [];
  // Eight looks in a row, about a second, without anything new.
  await until(
    sentence,
    async () => {
      const streams = (await read(page)).streams.filter((one) => one.kind === kind);
      sums.push(JSON.stringify(streams.map((one) => one[what])));
      return sums.length >= 8 && new Set(sums.slice(-8)).size === 1;
    },
    withinMs,
  );
}

export const hears = (page, count, withinMs) => rising(page, "audio", count, `hears ${count}`, withinMs);
export const sees = (page, count, withinMs) => rising(page, "video", count, `sees ${count}`, withinMs);
