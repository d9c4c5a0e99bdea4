/** Words that every layer uses when someone acts on a deal or a deal begins to wait. */
import type { WaitReason } from './deal-state';
import type { DealId } from './ids';
import type { Leg } from './provider-news';

/** Who acts and why; kept in deal_events. `actor` is `payer`, `operator:<name>`, `system`… */
export interface ActionBy {
  readonly actor: string;
  readonly reason: string;
  /** What two people give: the request that was approved. */
  readonly request?: string;
  /** Of an order that came with a key: the name of its update, which the engine takes off. */
  readonly orderKey?: string;
}

/**
 * What people do to a deal: the cause of an event that moves nothing. `overtaken`: what one of them ordered was not
 * carried out, since the deal had gone on.
 */
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
  'overtaken',
  'manual-transfer',
  'pay-by-hand',
  'stop-paying-by-hand',
] as const;
export type DealAction = (typeof DEAL_ACTIONS)[number];

/** Of a ruling's attempt: what the database takes. What it refuses would be tried for ever. */
export const ATTEMPT_MAX = 2_147_483_647;

/** An operator's decision of an outcome that no provider could decide (spec §5.2). */
export interface Ruling extends ActionBy {
  readonly leg: Leg;
  /** Which charge or transfer it is about, or the n of a refund's key; one of another is refused. */
  readonly attempt: number;
  readonly verdict: 'done' | 'failed';
  /** What the decision rests on, e.g. the line of the settlement file. */
  readonly evidence: string;
  /** Of when that evidence is, ISO 8601 with its offset. */
  readonly evidenceAt: string;
  /** Softpayment's key; required to rule a charge done, since a refund needs it. */
  readonly paymentKey?: string;
}

/** A person has paid the recipient at the bank's own console, and says so: PLIC books it, and sends nothing. */
export interface ManualTransfer extends ActionBy {
  /** Whom it was paid to: the recipient row of the deal. */
  readonly recipientId: string;
  /** The number of the bank's slip; on its trading date it pays one deal. */
  readonly bankReference: string;
  /** The day on which the bank moved the money, `YYYY-MM-DD` (KST). */
  readonly tradingDate: string;
  /** Won; the deal's whole principal. */
  readonly amount: number;
  /** Where the slip is kept. */
  readonly evidence: string;
  /** Of when that evidence is, ISO 8601 with its offset. */
  readonly evidenceAt: string;
}

/** A clock of another machine may be ahead of ours by so much, ms. */
const CLOCKS_DIFFER_MS = 60_000;

/** Whether evidence is said to be of a time that has not come yet. */
export const isYetToCome = (evidenceAt: string, now: Date): boolean =>
  Date.parse(evidenceAt) > now.getTime() + CLOCKS_DIFFER_MS;

/** A wait that begins, or goes on. */
export interface WaitRecord {
  readonly dealId: DealId;
  readonly reason: WaitReason;
  /** Null when only a person or a provider moves the deal. */
  readonly nextMoveInMs: number | null;
  /** The leg and attempt it waits to hear of; the wait is not recorded once that is decided in the database. */
  readonly about?: { readonly leg: Leg; readonly attempt: number };
  /** Raise this for operators, once. */
  readonly raise: 'alarm' | 'task' | null;
}
