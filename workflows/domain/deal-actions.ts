/** Words that every layer uses when someone acts on a deal or a deal begins to wait. */
import type { WaitReason } from './deal-state';
import type { DealId } from './ids';

/** Who acts and why; kept in deal_events. `actor` is `payer`, `operator:<name>`, `system`… */
export interface ActionBy {
  readonly actor: string;
  readonly reason: string;
}

/** What people do to a deal, as deal_events name it. */
export type DealAction = 'release' | 'refund' | 'retry' | 'rule' | 'correct-account' | 'cancel';

/** A wait that begins, or goes on. */
export interface WaitRecord {
  readonly dealId: DealId;
  readonly reason: WaitReason;
  /** Null when only a person or a provider moves the deal. */
  readonly nextMoveInMs: number | null;
  /** Raise this for operators, once. */
  readonly raise: 'alarm' | 'task' | null;
}
