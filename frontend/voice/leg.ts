/**
 * The connection of a light page, without UI: one section that sends, K that receive, a volume
 * for each. It is never negotiated again; after a cut the same sections are offered anew.
 */

import type { Microphone } from "./gate";

export const BITRATE_BPS = 24_000;

export interface LegEvents {
  /** Packets go both ways, or do not any more. */
  connection(on: boolean): void;
  /** The browser plays nothing before somebody touches the page. */
  sound(allowed: boolean): void;
  /** The microphone is gone: pulled out, or taken by a telephone call. */
  microphone(): void;
}

export class VoiceLeg implements Microphone {
  private readonly peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  private readonly up: RTCRtpTransceiver;
  private readonly gains: GainNode[] = [];
  private readonly players: HTMLAudioElement[] = [];
  private readonly master: GainNode;
  private stream: MediaStream | null = null;
  private closed = false;

  /** `context`: made in the tap that joins, so that it may play; `out`: where all sound goes. */
  constructor(
    slots: number,
    private readonly context: AudioContext,
    private readonly events: LegEvents,
    out: AudioNode = context.destination,
  ) {
    this.master = new GainNode(context);
    this.master.connect(out);
    this.up = this.peer.addTransceiver("audio", { direction: "sendonly" });
    for (let slot = 0; slot < slots; slot += 1) this.receive();
    this.peer.addEventListener("connectionstatechange", this.look);
    context.addEventListener("statechange", this.listenable);
    this.listenable();
  }

  /** Returns what is sent to the server; `again` after a cut. */
  async offer(again = false): Promise<string> {
    const offer = await this.peer.createOffer({ iceRestart: again });
    await this.peer.setLocalDescription(offer);
    return offer.sdp ?? "";
  }

  async answered(sdp: string): Promise<void> {
    await this.peer.setRemoteDescription({ type: "answer", sdp });
    await this.limit();
  }

  /** Is this answer of who answered before, so that the connection goes on with it? */
  goesOnWith(sdp: string): boolean {
    const before = this.peer.currentRemoteDescription?.sdp;
    return before === undefined || fingerprintOf(before) === fingerprintOf(sdp);
  }

  get isConnected(): boolean {
    return this.peer.connectionState === "connected";
  }

  get hasMicrophone(): boolean {
    return this.stream !== null;
  }

  /** Gives the connection a microphone, shut until `open`. */
  async take(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    if (!track) return;
    track.enabled = false;
    track.addEventListener("ended", () => {
      if (this.stream !== stream || this.closed) return;
      this.drop();
      this.events.microphone();
    });
    this.drop();
    this.stream = stream;
    await this.up.sender.replaceTrack(track);
  }

  open(on: boolean): void {
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = on;
  }

  send(on: boolean): void {
    void this.limit(on);
  }

  /** Sets how loud a slot is, 0 to 2; slots count from 1. */
  loudness(slot: number, gain: number): void {
    const node = this.gains[slot - 1];
    if (node) node.gain.value = gain;
  }

  volume(gain: number): void {
    this.master.gain.value = gain;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.context.removeEventListener("statechange", this.listenable);
    this.master.disconnect();
    this.drop();
    for (const player of this.players) player.srcObject = null;
    this.peer.close();
  }

  /** Hands the microphone to the connection that comes after this one. */
  giveUp(): MediaStream | null {
    const { stream } = this;
    this.stream = null;
    return stream;
  }

  private receive(): void {
    const { track } = this.peer.addTransceiver("audio", { direction: "recvonly" }).receiver;
    const stream = new MediaStream([track]);
    // Chromium gives Web Audio nothing of a remote stream that no element plays.
    const player = new Audio();
    player.muted = true;
    player.srcObject = stream;
    void player.play().catch(() => undefined);
    const gain = new GainNode(this.context);
    this.context.createMediaStreamSource(stream).connect(gain).connect(this.master);
    this.players.push(player);
    this.gains.push(gain);
  }

  private async limit(active = true): Promise<void> {
    const parameters = this.up.sender.getParameters();
    const [encoding] = parameters.encodings;
    if (!encoding || this.closed) return;
    encoding.active = active;
    encoding.maxBitrate = BITRATE_BPS;
    // Refused while the connection is being made or has ended; then nothing is sent anyway.
    await this.up.sender.setParameters(parameters).catch(() => undefined);
  }

  private drop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  private readonly look = (): void => {
    const { connectionState } = this.peer;
    if (connectionState === "connected") this.events.connection(true);
    else if (connectionState === "disconnected" || connectionState === "failed") this.events.connection(false);
  };

  private readonly listenable = (): void => this.events.sound(this.context.state === "running");
}

const fingerprintOf = (sdp: string): string => /^a=fingerprint:.*$/m.exec(sdp)?.[0] ?? "";
