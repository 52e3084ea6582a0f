/** A list of listeners for each kind of event. */

type Listener<T extends unknown[]> = (...values: T) => void;

export class Events<Kinds extends Record<keyof Kinds, unknown[]>> {
  private readonly listeners = new Map<keyof Kinds, Set<Listener<never>>>();

  /** Returns what ends it. */
  on<K extends keyof Kinds>(name: K, listener: Listener<Kinds[K]>): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener as Listener<never>));
    return () => all.delete(listener as Listener<never>);
  }

  protected emit<K extends keyof Kinds>(name: K, ...values: Kinds[K]): void {
    for (const listener of this.listeners.get(name) ?? []) (listener as Listener<Kinds[K]>)(...values);
  }
}
