/** Microphones, cameras and speakers: open them, list them, follow what is plugged in. */

export type Kind = "audioinput" | "videoinput" | "audiooutput";

/** Why a device did not open; each has its own sentence. */
export type DeviceFault = "missing" | "denied" | "busy" | "insecure" | "old";

export class DeviceError extends Error {
  constructor(readonly fault: DeviceFault) {
    super(fault);
  }
}

/** Returns whether this browser can hold a call at all, and why not. */
export function obstacle(): DeviceFault | null {
  if (!window.isSecureContext) return "insecure";
  if (!("RTCPeerConnection" in window) || !("mediaDevices" in navigator)) return "old";
  return null;
}

export function faultOf(reason: unknown): DeviceFault {
  const name = reason instanceof Error ? reason.name : "";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return "busy";
}

const AUDIO: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** Opens the chosen microphone, any other if that one is gone. */
export function openMicrophone(device: string): Promise<MediaStream> {
  return open({ audio: { ...AUDIO, ...(device ? { deviceId: { ideal: device } } : {}) } });
}

/** Opens the chosen camera at 720p or less. */
export function openCamera(device: string): Promise<MediaStream> {
  return open({
    video: {
      width: { ideal: 1280 },
      height: { ideal: 720 },
      ...(device ? { deviceId: { ideal: device } } : { facingMode: "user" }),
    },
  });
}

async function open(constraints: MediaStreamConstraints): Promise<MediaStream> {
  const fault = obstacle();
  if (fault) throw new DeviceError(fault);
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (reason) {
    throw new DeviceError(faultOf(reason));
  }
}

export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Lists devices of a kind that have a name; browsers name them after the first permission. */
export async function devices(kind: Kind): Promise<MediaDeviceInfo[]> {
  if (obstacle()) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind && device.deviceId !== "");
}

export const canChooseSpeaker = (): boolean => "setSinkId" in HTMLMediaElement.prototype;

/** What was plugged in or pulled out, as the difference of two lists. */
export interface Change {
  kind: Kind;
  added: MediaDeviceInfo | null;
  removed: string | null;
}

/** Follows the devices and tells each change; returns how to stop. */
export async function follow(tell: (change: Change) => void): Promise<() => void> {
  if (obstacle()) return () => undefined;
  const kinds: Kind[] = ["audioinput", "audiooutput", "videoinput"];
  const known = new Map<Kind, MediaDeviceInfo[]>();
  for (const kind of kinds) known.set(kind, await devices(kind));
  const look = async (): Promise<void> => {
    for (const kind of kinds) {
      const before = known.get(kind) ?? [];
      const now = await devices(kind);
      known.set(kind, now);
      const added = real(now).find((d) => !before.some((b) => b.deviceId === d.deviceId));
      const removed = real(before).find((b) => !now.some((d) => d.deviceId === b.deviceId));
      if (added || removed) {
        tell({ kind, added: added ?? null, removed: removed?.deviceId ?? null });
      }
    }
  };
  const listener = (): void => void look();
  navigator.mediaDevices.addEventListener("devicechange", listener);
  return () => navigator.mediaDevices.removeEventListener("devicechange", listener);
}

/** "default" and "communications" are second names of a device, not devices. */
function real(list: MediaDeviceInfo[]): MediaDeviceInfo[] {
  return list.filter((d) => d.deviceId !== "default" && d.deviceId !== "communications");
}

/** Measures how loud a stream is, 0 to 1, about 15 times a second. */
export class Level {
  private readonly context = new AudioContext();
  private readonly analyser = this.context.createAnalyser();
  private readonly source: MediaStreamAudioSourceNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private readonly timer: number;

  constructor(stream: MediaStream, tell: (level: number) => void) {
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
    this.timer = window.setInterval(() => tell(this.measure()), 66);
    void this.context.resume();
  }

  close(): void {
    window.clearInterval(this.timer);
    this.source.disconnect();
    void this.context.close();
  }

  private measure(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.samples.length + 1e-9);
    return Math.min(1, Math.max(0, (decibels + 60) / 50));
  }
}

/** Plays a short soft tone on the chosen speaker; returns when it is over. */
export async function testTone(speaker: string): Promise<void> {
  const context = new AudioContext();
  const gain = context.createGain();
  const out = context.createMediaStreamDestination();
  gain.connect(out);
  const element = new Audio();
  element.srcObject = out.stream;
  if (speaker && canChooseSpeaker()) await element.setSinkId(speaker).catch(() => undefined);
  await element.play();
  [523.25, 659.25, 783.99].forEach((hertz, place) => {
    const tone = context.createOscillator();
    const at = context.currentTime + place * 0.22;
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(at);
    tone.stop(at + 0.2);
  });
  gain.gain.value = 0.2;
  await new Promise((done) => setTimeout(done, 900));
  element.srcObject = null;
  await context.close();
}
