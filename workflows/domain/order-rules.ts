/**
 * When operators' orders of a deal are taken (spec §4). The deal's workflow judges by these rules, and what operators
 * read as a deal's `actions` comes from them: so what they are offered is what will be taken. Pure.
 */
import type { DealState, WaitReason } from './deal-state';
import type { Leg } from './provider-news';

/** Orders about a deal that stands still, each with the waits in which it is taken. */
export const ORDER_WAITS = {
  release: ['risk-review'],
  retry: ['retry-due'],
  'correct-account': ['retry-due', 'operator-needed'],
  refund: ['risk-review', 'bank-closed', 'retry-due', 'operator-needed'],
  'pay-by-hand': ['bank-closed', 'retry-due', 'operator-needed'],
  'manual-transfer': ['paying-by-hand'],
  'stop-paying-by-hand': ['paying-by-hand'],
} as const satisfies Readonly<Record<string, readonly WaitReason[]>>;
export type WaitingOrder = keyof typeof ORDER_WAITS;

/** What the rules look at. */
interface OrderStanding {
  readonly state: DealState;
  /** Why it waits; null: it does not. */
  readonly waiting: WaitReason | null;
  /** The money of the deal's own course that was asked for and is not decided; null: none. */
  readonly undecided: Leg | null;
  /** Another order is being recorded or carried out; of rows alone nobody can tell, and it is false. */
  readonly ordering: boolean;
}

/** Why an order is refused just now, in words; null when it is its time. */
export function whyNotOrder(
  order: WaitingOrder,
  { state, waiting, undecided, ordering }: OrderStanding,
): string | null {
  const waits: readonly WaitReason[] = ORDER_WAITS[order];
  if (ordering) return 'another order is being carried out';
  if (state === 'TRANSFERRING') return 'a transfer that has begun is finished first';
  if (undecided) return `the ${undecided} is undecided: rule it, or wait for the provider's answer`;
  if (waiting === null || !waits.includes(waiting)) return `it must wait for ${waits.join(' or ')}`;
  return null;
}
