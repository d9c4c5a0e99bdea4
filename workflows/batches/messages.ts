/** What the outside may ask of a reconciliation. */
import { defineQuery } from '@temporalio/workflow';

export interface ReconcileInput {
  /** The KST day, `YYYY-MM-DD`; absent: the days that are due at the scheduled time. */
  readonly day?: string;
  /** How near to midnight, or to the reading, a one-sided row is carried over, ms; absent: `CARRY_OVER_MS`. */
  readonly carryOverMs?: number;
  /** The providers have explained what the lists lack of their earlier readings; default: the run fails. */
  readonly acceptLoss?: boolean;
  /** How long the deals that were woken may take, ms; absent: `WAKE_PATIENCE_MS`. */
  readonly wakePatienceMs?: number;
}

/** The step under way, in words. */
export const reconcileProgress = defineQuery<string>('reconcileProgress');

/** The workflow type's name, as the server knows it. */
export const RECONCILE_WORKFLOW = 'transferReconcileWorkflow';

/** What became of personal data whose term has ended, by rule; `held`: rows that a legal hold keeps. */
export interface RetentionResult {
  readonly rules: readonly { readonly rule: string; readonly emptied: number; readonly held: number }[];
}

export const RETENTION_WORKFLOW = 'retentionWorkflow';

/** What a run of the archive did: `2026-09`, rows of all tables, and the months whose deals have not all ended. */
export interface ArchiveResult {
  readonly archived: readonly string[];
  readonly rows: number;
  readonly waiting: readonly { readonly month: string; readonly deals: number }[];
}
