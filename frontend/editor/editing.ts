/** What the two editors have in common, and what they are given. */

import type { Texts } from "../kit/texts";
import type { PadClient } from "../pads/client";
import type { Copy } from "../pads/copy";

/** A command of the toolbar. */
export interface Action {
  id: string;
  icon: string;
  /** The id of its text. */
  label: string;
  /** As people press it: "Mod" is Ctrl, or Cmd on a Mac. */
  keys?: string;
  run: () => void;
  /** Whether it is on, where it can be on. */
  active?: () => boolean;
  /** Whether it can be pressed now. */
  possible?: () => boolean;
  /** Whether it is shown now. */
  shown?: () => boolean;
  /** A gap before it. */
  apart?: boolean;
}

export interface Around {
  client: PadClient;
  copy: Copy;
  texts: Texts;
  /** How an author is called. */
  nameOf: (author: string) => string;
  /** A sentence for everybody, seen and heard. */
  tell: (sentence: string) => void;
  /** The keyboard leaves the text. */
  leave: () => void;
  /** Something that the toolbar shows may be another one. */
  changed: () => void;
  /** Carets may have moved. */
  moved: () => void;
  compact: boolean;
}

export interface Editor {
  readonly node: HTMLElement;
  readonly actions: readonly Action[];
  setWrites(writes: boolean): void;
  /** Names, colours or who wrote what may be others. */
  recolour(): void;
  focus(): void;
  /** Who wrote the text at the caret. */
  authorHere(): string | undefined;
  /** Scrolls to the caret of a session; false if it has none. */
  showCaretOf(client: number): boolean;
  destroy(): void;
}

/** The client ids of the sessions of an author that show a caret. */
export function caretsOf(around: Around, author: string): number[] {
  const { copy, client } = around;
  return [...copy.awareness.getStates().entries()]
    .filter(([id, state]) => state["cursor"] && id !== copy.doc.clientID && client.people.authorOf(id) === author)
    .map(([id]) => id);
}

/** Runs soon, once for many calls: before the next picture where there is one. */
export function gathered(run: () => void): { (): void; stop: () => void } {
  let waiting = 0;
  let stopped = false;
  const soon: (callback: () => void) => number =
    typeof requestAnimationFrame === "function" && typeof document !== "undefined" && !document.hidden
      ? (callback) => requestAnimationFrame(callback)
      : (callback) => setTimeout(callback, 0) as unknown as number;
  const call = (): void => {
    if (waiting || stopped) return;
    waiting = soon(() => {
      waiting = 0;
      if (!stopped) run();
    });
  };
  call.stop = () => {
    stopped = true;
  };
  return call;
}
