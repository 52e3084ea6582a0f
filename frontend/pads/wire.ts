/** The messages of a live pad: y-protocols, and our control messages as type 64 (JSON). */

import { createDecoder, readVarString, readVarUint, readVarUint8Array } from "lib0/decoding";
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { type Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import { messageYjsSyncStep1, messageYjsSyncStep2, readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import type { Doc } from "yjs";

export const SUBPROTOCOL = "allmende.pad.1";
export const ticketProtocol = (ticket: string): string => `ticket.${ticket}`;

const SYNC = 0;
const AWARENESS = 1;
const CONTROL = 64;

export interface Person {
  name: string;
  colour: number;
}

/** Authors are numbers or words; as keys of JSON they are always words. */
export type AuthorId = string | number;

export type Control =
  | {
      t: "hello";
      session: number;
      author: AuthorId;
      capability: Capability;
      locked: boolean;
      clients: Record<string, AuthorId>;
      people: Record<string, Person>;
      present: AuthorId[];
    }
  | { t: "authors"; clients?: Record<string, AuthorId | null>; people?: Record<string, Person> }
  | { t: "present"; people: AuthorId[] }
  | { t: "saved"; sv: string }
  | { t: "unsaved" }
  | { t: "locked"; locked: boolean; capability: Capability }
  | { t: "slow" }
  | { t: "revision"; id: number; name: string }
  | { t: "expiry"; ends_at: string | null }
  | { t: "error"; id: string; text: string };

export type Capability = "read" | "edit" | "admin";

export type Incoming =
  | { kind: "step1"; answer: Uint8Array; vector: Uint8Array }
  | { kind: "step2" }
  | { kind: "update" }
  | { kind: "awareness" }
  | { kind: "control"; control: Control }
  | { kind: "unknown" };

/** Takes one message in; what it changes in `doc` has `origin`. */
export function receive(data: Uint8Array, doc: Doc, awareness: Awareness, origin: unknown): Incoming {
  const decoder = createDecoder(data);
  const type = readVarUint(decoder);
  if (type === CONTROL) return { kind: "control", control: JSON.parse(readVarString(decoder)) as Control };
  if (type === AWARENESS) {
    applyAwarenessUpdate(awareness, readVarUint8Array(decoder), origin);
    return { kind: "awareness" };
  }
  if (type !== SYNC) return { kind: "unknown" };
  const start = decoder.pos;
  const answer = createEncoder();
  writeVarUint(answer, SYNC);
  const kind = readSyncMessage(decoder, answer, doc, origin);
  if (kind === messageYjsSyncStep1) {
    const again = createDecoder(data.subarray(start));
    readVarUint(again);
    return { kind: "step1", answer: toUint8Array(answer), vector: readVarUint8Array(again) };
  }
  return { kind: kind === messageYjsSyncStep2 ? "step2" : "update" };
}

export function step1(doc: Doc): Uint8Array {
  return message(SYNC, (encoder) => writeSyncStep1(encoder, doc));
}

export function update(change: Uint8Array): Uint8Array {
  return message(SYNC, (encoder) => writeUpdate(encoder, change));
}

export function presence(awareness: Awareness, clients: number[]): Uint8Array {
  const states = encodeAwarenessUpdate(awareness, clients);
  return message(AWARENESS, (encoder) => writeVarUint8Array(encoder, states));
}

function message(type: number, write: (encoder: ReturnType<typeof createEncoder>) => void): Uint8Array {
  const encoder = createEncoder();
  writeVarUint(encoder, type);
  write(encoder);
  return toUint8Array(encoder);
}

export function fromBase64(text: string): Uint8Array {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
