// Tones instead of voices: a microphone that whistles, and which frequency comes in.

/** Runs in the page: the microphone gives a tone that no filter touches, as loud as the one before. */
export function whistle(pitch) {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: globalThis.volume?.gain.value ?? 0 });
    const out = context.createMediaStreamDestination();
    tone.connect(volume).connect(out);
    tone.start();
    globalThis.volume = volume;
    return out.stream;
  };
}

/** Runs in the page: the strongest frequency of all that comes in, each 50 ms for a while. */
export async function listen(ms) {
  const context = new AudioContext({ sampleRate: 48_000 });
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  for (const track of globalThis.incomingAudio()) {
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  }
  const bins = new Float32Array(analyser.frequencyBinCount);
  const peaks = [];
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await new Promise((done) => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    let best = 0;
    for (let at = 1; at < bins.length; at += 1) if (bins[at] > bins[best]) best = at;
    if (bins[best] > -60) peaks.push((best * 48_000) / 8192);
  }
  await context.close();
  peaks.sort((a, b) => a - b);
  return { hertz: peaks[Math.floor(peaks.length / 2)] ?? 0, loud: peaks.length * 50 };
}

/** Runs in the page before its scripts: remembers connections, to find what they receive. */
export function remember() {
  const peers = [];
  const Peer = globalThis.RTCPeerConnection;
  if (!Peer) return;
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(...rest) {
      super(...rest);
      peers.push(this);
    }
  };
  globalThis.incomingAudio = () =>
    peers.flatMap((peer) => peer.getReceivers().map(({ track }) => track).filter((track) => track?.kind === "audio"));
}
