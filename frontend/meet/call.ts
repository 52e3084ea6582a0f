/**
 * One connection to a call, without any UI: wraps livekit-client and tells what changed.
 *
 * `Call` is an EventTarget with two events: `change` (look again at people and tracks) and the
 * ones of `CallEvents`. It runs wherever livekit-client runs.
 */

import {
  AudioPresets,
  ConnectionState,
  DisconnectReason,
  type LocalParticipant,
  type LocalTrackPublication,
  type Participant,
  type RemoteParticipant,
  RemoteTrackPublication,
  Room,
  RoomEvent,
  ScreenSharePresets,
  Track,
  VideoPresets,
} from "livekit-client";
import { type Camera, Cameras } from "./cameras";
import { Slots, SLOTS, VOICE } from "./slots";

export { ConnectionQuality, type Participant, Track, type TrackPublication } from "livekit-client";

export type Connection = "connecting" | "connected" | "reconnecting" | "lost";
/** Why a call is over; `lost`: the page should join again. */
export type End = "left" | "removed" | "ended" | "elsewhere" | "lost";

export interface CallOptions {
  microphone: string;
  camera: string;
  speaker: string;
  low: boolean;
}

export interface CallEvents {
  change: undefined;
  connection: Connection;
  end: End;
  reaction: { identity: string; reaction: string };
  muted: "microphone" | "camera";
  joined: string;
  left: string;
  sound: boolean;
  fault: unknown;
}

const REACTION = "allmende.reaction";
const LOW_AUDIO_BPS = 20_000;
const AUDIO_BPS = 24_000;
const LOOK_AGAIN_MS = [1000, 3000];

export class Call {
  readonly room: Room;
  connection: Connection = "connecting";
  readonly slots = new Slots();
  private readonly cameras = new Cameras();
  private readonly targets = new EventTarget();
  /** What the person wants to send, whatever the connection does. */
  readonly wanted = { microphone: false, camera: false };
  private muting = false;
  private hidden = false;
  private leaving = false;

  constructor(options: CallOptions) {
    this.room = new Room({
      adaptiveStream: { pixelDensity: "screen" },
      dynacast: true,
      singlePeerConnection: true,
      disconnectOnPageLeave: true,
      reconnectPolicy: { nextRetryDelayInMs: nextRetry },
      audioCaptureDefaults: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        ...(options.microphone ? { deviceId: options.microphone } : {}),
      },
      videoCaptureDefaults: {
        resolution: (options.low ? VideoPresets.h180 : VideoPresets.h720).resolution,
        ...(options.camera ? { deviceId: options.camera } : {}),
      },
      audioOutput: options.speaker ? { deviceId: options.speaker } : {},
      publishDefaults: {
        videoCodec: "vp8",
        simulcast: !options.low,
        videoSimulcastLayers: [VideoPresets.h180, VideoPresets.h360],
        backupCodec: false,
        dtx: true,
        red: !options.low,
        audioPreset: {
          ...AudioPresets.speech,
          maxBitrate: options.low ? LOW_AUDIO_BPS : AUDIO_BPS,
        },
        screenShareEncoding: ScreenSharePresets.h1080fps15.encoding,
        stopMicTrackOnMute: false,
      },
    });
    this.listen();
  }

  on<K extends keyof CallEvents>(kind: K, handler: (value: CallEvents[K]) => void): void {
    this.targets.addEventListener(kind, (event) => {
      handler((event as CustomEvent<CallEvents[K]>).detail);
    });
  }

  get me(): LocalParticipant {
    return this.room.localParticipant;
  }

  /** Everybody, oneself first, then in the order of joining. */
  get people(): Participant[] {
    const others = this.heard
      .filter((one) => one.identity !== VOICE)
      .sort((a, b) => (a.joinedAt?.getTime() ?? 0) - (b.joinedAt?.getTime() ?? 0));
    return [this.me, ...others];
  }

  /** All whose tracks carry sound to us, also who is nobody. */
  get heard(): Participant[] {
    return [...this.room.remoteParticipants.values()];
  }

  speaks(person: Participant): boolean {
    return person.isMicrophoneEnabled && (person.isSpeaking || this.slots.carries(person.identity));
  }

  person(identity: string): Participant | undefined {
    return this.room.getParticipantByIdentity(identity);
  }

  /** Connects; `url` is a path of our server or a ws address. */
  async connect(url: string, token: string): Promise<void> {
    const address = new URL(url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    await this.room.connect(address.href.replace(/\/$/, ""), token, {
      autoSubscribe: true,
      maxRetries: 1,
      websocketTimeout: 4000,
      peerConnectionTimeout: 10_000,
    });
    this.readSlots(this.person(VOICE));
    this.moved("connected");
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await this.room.disconnect();
  }

  async microphone(on: boolean): Promise<void> {
    this.wanted.microphone = on;
    await this.switched(() => this.me.setMicrophoneEnabled(on));
  }

  async camera(on: boolean): Promise<void> {
    this.wanted.camera = on;
    await this.switched(() => this.me.setCameraEnabled(on));
  }

  async share(on: boolean): Promise<void> {
    await this.switched(() =>
      this.me.setScreenShareEnabled(on, {
        audio: true,
        contentHint: "detail",
        selfBrowserSurface: "exclude",
        systemAudio: "include",
      }),
    );
  }

  /** May this source be sent? The server says so, and may change its mind. */
  may(source: Track.Source): boolean {
    const permissions = this.me.permissions;
    if (!permissions) return true;
    const words = permissions.canPublishSources.map((s) => Track.sourceFromProto(s));
    return permissions.canPublish && (words.length === 0 || words.includes(source));
  }

  async device(kind: MediaDeviceKind, id: string): Promise<void> {
    await this.room.switchActiveDevice(kind, id);
  }

  async allowSound(): Promise<void> {
    await this.room.startAudio();
  }

  async react(reaction: string): Promise<void> {
    const payload = new TextEncoder().encode(JSON.stringify({ reaction }));
    await this.me.publishData(payload, { reliable: false, topic: REACTION });
    this.tell("reaction", { identity: this.me.identity, reaction });
  }

  /** Asks for the cameras of these where they do not come by themselves. */
  demand(identities: readonly string[]): void {
    if (this.hidden) return;
    const found = new Map<string, Camera>();
    for (const person of this.room.remoteParticipants.values()) {
      const camera = person.getTrackPublication(Track.Source.Camera);
      if (camera instanceof RemoteTrackPublication) found.set(person.identity, camera);
    }
    this.cameras.ask(found, identities);
  }

  /** Takes no video from others, or takes it again; one's own goes on. */
  hideVideo(hidden: boolean): void {
    this.hidden = hidden;
    for (const person of this.room.remoteParticipants.values()) {
      for (const publication of person.videoTrackPublications.values()) {
        if (publication instanceof RemoteTrackPublication) publication.setSubscribed(!hidden);
      }
    }
  }

  /** Less of everything upwards, or as usual again; what is sent already is sent anew. */
  async lowBandwidth(low: boolean): Promise<void> {
    const defaults = this.room.options.publishDefaults;
    if (defaults) {
      defaults.red = !low;
      defaults.audioPreset = { maxBitrate: low ? LOW_AUDIO_BPS : AUDIO_BPS };
    }
    const track = this.me.getTrackPublication(Track.Source.Microphone)?.audioTrack;
    const on = this.me.isMicrophoneEnabled;
    if (!track || !on) return;
    await this.switched(async () => {
      await this.me.unpublishTrack(track.mediaStreamTrack, true);
      return this.me.setMicrophoneEnabled(true);
    });
  }

  private async switched(
    change: () => Promise<LocalTrackPublication | undefined>,
  ): Promise<void> {
    this.muting = true;
    try {
      await change();
    } finally {
      this.muting = false;
      this.tell("change", undefined);
    }
  }

  private listen(): void {
    const room = this.room;
    const changed = (): void => this.tell("change", undefined);
    for (const event of CHANGES) room.on(event, changed);
    // COMPAT livekit-client 2.23.0 keeps back TrackSubscribed for tracks that arrive within about
    // 2 s after a full reconnect: look again without being told.
    room.on(RoomEvent.Reconnected, () => {
      for (const afterMs of LOOK_AGAIN_MS) setTimeout(changed, afterMs);
    });
    room.on(RoomEvent.ParticipantConnected, (p) => {
      if (p.identity === VOICE) this.readSlots(p);
      else this.tell("joined", nameOf(p));
    });
    room.on(RoomEvent.ParticipantDisconnected, (p) => {
      if (p.identity !== VOICE) this.tell("left", nameOf(p));
    });
    room.on(RoomEvent.ParticipantAttributesChanged, (_, p) => this.readSlots(p));
    room.on(RoomEvent.ConnectionStateChanged, (state) => this.moved(CONNECTIONS[state]));
    room.on(RoomEvent.Disconnected, (reason) => {
      this.tell("end", this.leaving ? "left" : endOf(reason));
    });
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => {
      this.tell("sound", room.canPlaybackAudio);
    });
    room.on(RoomEvent.TrackPublished, (publication) => {
      if (this.hidden && publication.kind === Track.Kind.Video) publication.setSubscribed(false);
    });
    room.on(RoomEvent.MediaDevicesError, (fault) => this.tell("fault", fault));
    room.on(RoomEvent.TrackMuted, (publication, participant) => {
      // Somebody else muted this: the server told us, we did not ask for it.
      if (participant !== this.me || this.muting) return;
      const isSound = publication.source === Track.Source.Microphone;
      this.wanted[isSound ? "microphone" : "camera"] = false;
      this.tell("muted", isSound ? "microphone" : "camera");
    });
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      if (topic === REACTION && participant) this.reacted(payload, participant);
      // Only the server sends as nobody.
      if (topic === SLOTS && !participant && this.slots.one(payload)) changed();
    });
  }

  private readSlots(participant: Participant | undefined): void {
    if (participant?.identity === VOICE) this.slots.all(participant.attributes);
  }

  private reacted(payload: Uint8Array, from: RemoteParticipant): void {
    if (payload.length > 200) return;
    try {
      const value = JSON.parse(new TextDecoder().decode(payload)) as { reaction?: unknown };
      if (typeof value.reaction !== "string") return;
      this.tell("reaction", { identity: from.identity, reaction: value.reaction });
    } catch {
      // Not ours.
    }
  }

  private moved(connection: Connection): void {
    if (this.connection === connection) return;
    this.connection = connection;
    this.tell("connection", connection);
  }

  private tell<K extends keyof CallEvents>(kind: K, detail: CallEvents[K]): void {
    this.targets.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}

/** The client repairs for 12 s; then the page joins again, which also finds a restarted server. */
function nextRetry(context: { retryCount: number; elapsedMs: number }): number | null {
  if (context.elapsedMs > 12_000) return null;
  return Math.min(1500, 200 + 300 * context.retryCount);
}

const nameOf = (participant: Participant): string => participant.name || participant.identity;

const CONNECTIONS: Readonly<Record<ConnectionState, Connection>> = {
  [ConnectionState.Disconnected]: "lost",
  [ConnectionState.Connecting]: "connecting",
  [ConnectionState.Connected]: "connected",
  [ConnectionState.Reconnecting]: "reconnecting",
  [ConnectionState.SignalReconnecting]: "reconnecting",
};

function endOf(reason: DisconnectReason | undefined): End {
  if (reason === DisconnectReason.PARTICIPANT_REMOVED) return "removed";
  if (reason === DisconnectReason.ROOM_DELETED) return "ended";
  if (reason === DisconnectReason.DUPLICATE_IDENTITY) return "elsewhere";
  return "lost";
}

const CHANGES = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackStreamStateChanged,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.ParticipantPermissionsChanged,
] as const;
