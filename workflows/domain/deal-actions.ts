/** Words that every layer uses when someone acts on a deal or a deal begins to wait. */
import type { WaitReason } from './deal-state';
import type { DealId } from './ids';

/** Who acts and why; kept in deal_events. `actor` is `payer`, `operator:<name>`, `system`… */
export interface ActionBy {
  readonly actor: string;
  readonly reason: string;
}

/** What people do to a deal, as deal_events name it. */
export type DealAction = 'release' | 'refund' | 'retry' | 'rule' | 'correct-account' | 'cancel' | 'close-task';

/**
 * What needs a person beside a wait; it stays open until it is settled or an operator closes it. `late-news-unanswered`: a provider
 * did not answer about news of its own. `late-refund-unknown`: the refund of a late charge is undecided. `refund-not-ours`: the PG
 * refunded what nobody asked for. `paid-after-failure`: the bank paid a transfer it had called failed. `charge-contradicted`: the
 * PG tells of another charge than the stored one. `charge-claimed-late`: it tells of a charge too old to be asked about.
 */
export type AlarmReason =
  | 'late-news-unanswered'
  | 'late-refund-unknown'
  | 'refund-not-ours'
  | 'paid-after-failure'
  | 'charge-contradicted'
  | 'charge-claimed-late';

/** A wait that begins, or goes on. */
export interface WaitRecord {
  readonly dealId: DealId;
  readonly reason: WaitReason;
  /** Null when only a person or a provider moves the deal. */
  readonly nextMoveInMs: number | null;
  /** Raise this for operators, once. */
  readonly raise: 'alarm' | 'task' | null;
}
