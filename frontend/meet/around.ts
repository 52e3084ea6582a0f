/**
 * What the call and the page around it tell each other, as events of the document.
 *
 * The call tells `allmende:call` (who is here, who wants to speak), `allmende:live` (events of the
 * room; browsers allow few streams), `allmende:panel` (a panel that the page shows itself is
 * wanted), `allmende:key` (a key that means nothing to the call), and asks with `allmende:more`
 * and `allmende:keys` what the page adds to its windows. It hears `allmende:act` (an action of the
 * call), `allmende:notice` (a sentence for the person) and `allmende:panels` (what the page shows).
 */

import type { Choice } from "./dialogs";
import type { Person } from "./people";
import type { Session } from "./session";

/** What the page shows of its own, for the buttons of the call. */
export interface Panels {
  chat: boolean;
  unread: number;
}

export interface Heard {
  act(path: string, body: object): void;
  notice(sentence: string): void;
  panels(panels: Panels, close: boolean): void;
}

export function tellPage(name: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(`allmende:${name}`, { detail }));
}

/** Hands on what happened in the room. */
export const tellLive = (name: string, value: unknown): void => tellPage("live", { name, value });

/** What is so in the call, for the page. */
export function tellCall(session: Session, people: Person[]): void {
  tellPage("call", {
    joined: true,
    identity: session.joined.identity,
    role: session.joined.role,
    facilitates: session.facilitates,
    people: people.map(({ identity, name, client, hand, floor, me }) => ({ identity, name, client, hand, floor, me })),
    order: session.state.hands,
    floor: session.state.floor,
  });
}

/** Asks the page what it adds to a window of the call. */
export function moreFromPage(): Choice[] {
  const choices: Choice[] = [];
  tellPage("more", { choices });
  return choices;
}

/** Keys of the page, each with what it does. */
export function keysFromPage(): (readonly [string, string])[] {
  const keys: (readonly [string, string])[] = [];
  tellPage("keys", { keys });
  return keys;
}

/** Hears the page until it is closed. */
export class Around {
  private readonly closing = new AbortController();

  constructor(heard: Heard) {
    this.on<{ path: string; body?: object }>("act", ({ path, body }) => heard.act(path, body ?? {}));
    this.on<{ sentence: string }>("notice", ({ sentence }) => heard.notice(sentence));
    this.on<Panels & { close?: boolean }>("panels", ({ chat, unread, close }) => {
      heard.panels({ chat, unread }, close ?? false);
    });
  }

  close(): void {
    this.closing.abort();
  }

  private on<T>(name: string, hear: (detail: T) => void): void {
    const { signal } = this.closing;
    document.addEventListener(`allmende:${name}`, (event) => hear((event as CustomEvent<T>).detail), { signal });
  }
}
