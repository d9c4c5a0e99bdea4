/** Words that every layer uses when someone acts on a deal or a deal begins to wait. */
import type { WaitReason } from './deal-state';
import type { DealId } from './ids';

/** Who acts and why; kept in deal_events. `actor` is `payer`, `operator:<name>`, `system`… */
export interface ActionBy {
  readonly actor: string;
  readonly reason: string;
}

/** What people do to a deal: the cause of an event that moves nothing. */
export const DEAL_ACTIONS = [
  'release',
  'refund',
  'refund-fee',
  'retry',
  'rule',
  'correct-account',
  'chargeback',
  'accept-break',
  'cancel',
  'close-task',
] as const;
export type DealAction = (typeof DEAL_ACTIONS)[number];

/** A wait that begins, or goes on. */
export interface WaitRecord {
  readonly dealId: DealId;
  readonly reason: WaitReason;
  /** Null when only a person or a provider moves the deal. */
  readonly nextMoveInMs: number | null;
  /** The leg and attempt it waits to hear of; the wait is not recorded once that is decided in the database. */
  readonly about?: { readonly leg: 'charge' | 'transfer' | 'refund'; readonly attempt: number };
  /** Raise this for operators, once. */
  readonly raise: 'alarm' | 'task' | null;
}
