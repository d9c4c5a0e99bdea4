import type { Store } from './store';

/** One line of the ground truth (spec §13): `seq` counts from 1 without gaps, `at` is UTC. */
export type Entry = { seq: number; at: string; kind: 'request' | 'effect' | 'webhook'; [fact: string]: unknown };

/**
 * The append-only record of what a sandbox was asked, what it did and what it told. Callers pass only what may be
 * read by anyone: never a card number, CVC or whole account number.
 */
export type ProviderLog = {
  /** @returns the entry's seq */
  append(kind: Entry['kind'], facts: Record<string, unknown>): number;
  /** Completes a request's entry with how it was answered. */
  amend(seq: number, facts: Record<string, unknown>): void;
  list(): Entry[];
};

export function createProviderLog(store: Store, now: () => number): ProviderLog {
  const table = store.table<Entry>('journal');
  return {
    append(kind, facts) {
      const seq = table.size + 1;
      table.set(String(seq), { seq, at: new Date(now()).toISOString(), kind, ...facts });
      return seq;
    },
    amend(seq, facts) {
      const entry = table.get(String(seq));
      if (entry) table.set(String(seq), { ...entry, ...facts }); // absent after a reset: nothing to complete
    },
    list: () => table.values(),
  };
}
