/** The deal that is being thought of: it outlives the page, and a second tab goes on with the same one. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { Deal } from './data';

interface DraftFields {
  readonly recipientId?: string | undefined;
  /** Won; what was typed so far. */
  readonly principal?: number | undefined;
  readonly category?: Deal['category'] | undefined;
  readonly purpose?: string | undefined;
  readonly cardId?: string | undefined;
  readonly installmentMonths?: number | undefined;
}

interface Draft extends DraftFields {
  /** Told apart from one with the very same fields that is begun later. */
  readonly draftId: string;
  /** Begins another one. */
  begin(): void;
  /** Begins another one with the same fields. */
  renew(): void;
  fill(fields: DraftFields): void;
}

const empty = (): DraftFields & { draftId: string } => ({
  draftId: crypto.randomUUID(),
  recipientId: undefined,
  principal: undefined,
  category: 'rent',
  purpose: undefined,
  cardId: undefined,
  installmentMonths: 0,
});

export const useDraft = create<Draft>()(
  persist(
    (set) => ({
      ...empty(),
      begin: () => set(empty()),
      renew: () => set({ draftId: crypto.randomUUID() }),
      fill: (fields) => set(fields),
    }),
    { name: 'plic-draft' },
  ),
);
