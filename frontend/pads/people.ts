/** Who wrote which part (clientID -> author), what they are called, and who is here. */

import type { AuthorId, Person } from "./wire";

export const COLOURS = 24;

/** A colour of the tokens, whatever number comes. */
export function colourOf(person: { colour: number } | undefined): number {
  const colour = Math.trunc(person?.colour ?? 0);
  return Number.isFinite(colour) ? ((colour % COLOURS) + COLOURS) % COLOURS : 0;
}

export class People {
  me = "";
  /** One entry for each open editor. */
  present: readonly string[] = [];
  private readonly authors = new Map<number, string>();
  private readonly persons = new Map<string, Person>();

  /** The author of what `client` wrote; undefined where no colour is shown. */
  authorOf(client: number): string | undefined {
    return this.authors.get(client);
  }

  person(author: string): Person | undefined {
    return this.persons.get(author);
  }

  /** Everybody who is here, once, oneself first, then by name. */
  get here(): readonly string[] {
    const name = (author: string): string => this.persons.get(author)?.name ?? "";
    const others = [...new Set(this.present)].filter((author) => author !== this.me);
    others.sort((one, other) => name(one).localeCompare(name(other)));
    return this.present.includes(this.me) ? [this.me, ...others] : others;
  }

  /** People without a name are counted in the order in which they came to the pad. */
  guestNumber(author: string): number {
    const nameless = [...this.persons].filter(([id, person]) => id === author || !person.name.trim()).map(([id]) => id);
    nameless.sort((one, other) => Number(one) - Number(other) || one.localeCompare(other));
    return nameless.indexOf(author) + 1 || nameless.length + 1;
  }

  begin(me: AuthorId): void {
    this.me = String(me);
    this.authors.clear();
  }

  /** A client without an author has no colour any more. */
  learn(clients: Readonly<Record<string, AuthorId | null>> = {}, people: Readonly<Record<string, Person>> = {}): void {
    for (const [client, author] of Object.entries(clients)) {
      if (author === null) this.authors.delete(Number(client));
      else this.authors.set(Number(client), String(author));
    }
    for (const [author, person] of Object.entries(people)) this.persons.set(author, person);
  }
}
