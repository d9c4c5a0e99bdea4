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

/**
 * What needs a person beside a wait; it stays open until it is settled or an operator closes it. `late-news-unanswered`: a provider
 * did not answer about news of its own. `late-refund-unknown`: the refund of a late charge is undecided. `refund-not-ours`: the PG
 * refunded what nobody asked for. `paid-after-failure`: the bank paid a transfer it had called failed, and the deal went
 * on meanwhile; nothing more is paid out or given back before it is closed. `transfer-contradicted`: the bank calls a transfer failed that it
 * had called done. `charge-contradicted`: the
 * PG tells of another charge than the stored one. `charge-claimed-late`: it tells of a charge too old to be asked about.
 * `transfer-job-open`: the deal has ended while its transfer job says it is under way. Of the whole system: `float-low`: the bank's
 * balance may not cover the deals in flight, new charges are stopped; `float-unknown`: that balance cannot be read;
 * `batch-late`: a batch does not end, or its Schedule is not set.
 * `chargeback-open`: the card issuer took the charge back, and the dispute is not decided.
 * `overdue`: charged a day ago, and not ended.
 * `workflow-stuck`: the code of the deal's workflow fails again and again; the deal stands still.
 * `invariant-broken`: a law of money does not hold for the deal, or for the system; `invariant-unchecked`: one could not be looked at.
 * `reconcile-break`: the providers' lists and our rows or ledger differ (detail: the classes), for the deal, or for none of ours;
 * `reconcile-failed`: a day could not be reconciled.
 */
export type AlarmReason =
  | 'late-news-unanswered'
  | 'late-refund-unknown'
  | 'refund-not-ours'
  | 'paid-after-failure'
  | 'transfer-contradicted'
  | 'charge-contradicted'
  | 'charge-claimed-late'
  | 'transfer-job-open'
  | 'batch-late'
  | 'float-low'
  | 'float-unknown'
  | 'chargeback-open'
  | 'overdue'
  | 'workflow-stuck'
  | 'invariant-broken'
  | 'invariant-unchecked'
  | 'reconcile-break'
  | 'reconcile-failed';

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
