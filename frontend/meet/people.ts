/** What the views need to know of a participant, read from the connection and the call's state. */

import type { CallState } from "./api";
import { type Call, type Participant, ConnectionQuality, Track } from "./call";
import { t } from "./texts";

/** What somebody came with; by `mumble` and `web` people see no video and have none. */
export type Client = "browser" | "mumble" | "web";

export interface Person {
  identity: string;
  name: string;
  me: boolean;
  role: string;
  client: Client;
  microphone: boolean;
  camera: boolean;
  sharing: boolean;
  speaking: boolean;
  /** Place in the order of hands, 0: hand is down. */
  hand: number;
  floor: boolean;
  /** A facilitator shut the microphone of a program that keeps it shut. */
  muted: boolean;
  /** Says that it records, where the room allows that. */
  records: boolean;
  spotlight: boolean;
  quality: ConnectionQuality;
  participant: Participant;
}

export function people(call: Call, state: CallState): Person[] {
  return call.people.map((participant) => person(participant, call, state));
}

function person(participant: Participant, call: Call, state: CallState): Person {
  const identity = participant.identity;
  const share = participant.getTrackPublication(Track.Source.ScreenShare);
  return {
    identity,
    name: participant.name || t("meet.somebody"),
    me: participant === call.me,
    role: state.acting === identity ? "facilitator" : (participant.attributes[ROLE] ?? "guest"),
    client: clientOf(participant.attributes[CLIENT]),
    microphone: participant.isMicrophoneEnabled,
    camera: participant.isCameraEnabled,
    sharing: share !== undefined && !share.isMuted,
    speaking: call.speaks(participant),
    hand: state.hands.indexOf(identity) + 1,
    floor: state.floor === identity,
    muted: participant.attributes[MUTED] !== undefined,
    records: participant.attributes[RECORDING] !== undefined,
    spotlight: state.spotlight === identity,
    quality: participant.connectionQuality,
    participant,
  };
}

const ROLE = "allmende.role";
const CLIENT = "allmende.client";
const MUTED = "allmende.muted";
const RECORDING = "allmende.recording";

const clientOf = (word: string | undefined): Client => (word === "mumble" || word === "web" ? word : "browser");

/** Those who take part by sound alone. */
export const withoutVideo = (everybody: Person[]): Person[] => everybody.filter((one) => one.client !== "browser");

/** How somebody takes part, in a few words, and in one for small tiles; "" for the page that we are. */
export const clientWord = (client: Client): string => (client === "browser" ? "" : t(`meet.client-${client}`));
export const clientMark = (client: Client): string => (client === "browser" ? "" : t(`meet.mark-${client}`));

/** One or two letters that stand for a face. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ""];
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase();
}

/** One of six calm colours, always the same for the same person in a call. */
export function hue(identity: string): string {
  let sum = 0;
  for (const char of identity) sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return String(sum % 6);
}

/** Connection quality as an icon and a word; null where there is nothing to say. */
export function qualityOf(quality: ConnectionQuality): { icon: string; word: string } | null {
  switch (quality) {
    case ConnectionQuality.Excellent:
      return { icon: "signal-high", word: t("meet.quality-good") };
    case ConnectionQuality.Good:
      return { icon: "signal-medium", word: t("meet.quality-fair") };
    case ConnectionQuality.Poor:
      return { icon: "signal-low", word: t("meet.quality-poor") };
    case ConnectionQuality.Lost:
      return { icon: "signal-zero", word: t("meet.quality-lost") };
    default:
      return null;
  }
}
