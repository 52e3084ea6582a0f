/**
 * Tracks in which several people take turns. They belong to "voice", who is nobody: it carries
 * those who came by Mumble or by the light page, and everybody in a large call. The server says
 * who is in which of them, in the attributes of "voice" to who joins, then as data.
 */

/** Identity of who carries the slots. */
export const VOICE = "voice";
export const SLOTS = "allmende.slots";

const NAME = /^slot-(\d{1,3})$/;
const MOST_BYTES = 400;

export class Slots {
  private readonly carried = new Map<number, string>();

  /** Takes the attributes of "voice": what is in all slots now. */
  all(attributes: Readonly<Record<string, string>>): void {
    this.carried.clear();
    for (const [name, identity] of Object.entries(attributes)) {
      const slot = Number(NAME.exec(name)?.[1] ?? 0);
      if (slot) this.fill(slot, identity);
    }
  }

  /** Takes news of one slot; false: these are none. */
  one(payload: Uint8Array): boolean {
    if (payload.length > MOST_BYTES) return false;
    try {
      const value = JSON.parse(new TextDecoder().decode(payload)) as { slot?: unknown; identity?: unknown };
      const { slot, identity } = value;
      if (typeof slot !== "number" || !NAME.test(`slot-${String(slot)}`) || typeof identity !== "string") return false;
      this.fill(slot, identity);
      return true;
    } catch {
      return false;
    }
  }

  /** Is somebody heard by one of them? Their sound stopped at most a second ago. */
  carries(identity: string): boolean {
    return [...this.carried.values()].includes(identity);
  }

  private fill(slot: number, identity: string): void {
    if (identity) this.carried.set(slot, identity);
    else this.carried.delete(slot);
  }
}
