/**
 * What a provider's webhook tells, in our own words, and whether anyone must be woken (spec §6). A webhook is a hint:
 * at most it makes the deal's workflow ask the provider. Pure; the webhook route, the sweep and the money activities
 * share it. How a provider says it is its own business (infra/providers, `webhook.ts`).
 */
import type { PaymentState, TransferState, WaitReason } from './deal-state';
import type { DoubtKind } from './doubts';
import type { DealId } from './ids';

/** What a deal does with money at a provider. */
export type Leg = 'charge' | 'transfer' | 'refund';

/** `returned`: of a transfer that was done, the money came back. A refund that a provider tells of is done. */
export type Says = 'done' | 'failed' | 'returned';

/** What the event claims happened to one leg of one deal. */
export interface Claim {
  readonly dealNo: string;
  readonly leg: Leg;
  /** Of a refund: the attempt of the payment that was cancelled. */
  readonly attempt: number;
  readonly says: Says;
  /** Won. */
  readonly amount: number;
  readonly paymentKey: string | null;
  /** `YYYY-MM-DD`; null when none was told, or one that is no day. */
  readonly tradingDate: string | null;
}

/** A webhook's body, read. */
export interface ProviderEvent {
  /** The provider's own word, kept as evidence; `unreadable` when the body is not a known shape. */
  readonly type: string;
  /** Null when the event tells nothing about a deal of ours. */
  readonly claim: Claim | null;
  /** The type is one that we act upon, and what it claims could not be read: it is not done (spec §6). */
  readonly unread: boolean;
}

/** Reads a webhook's body, byte by byte as it came; never throws. By provider. */
export type EventReaders = Readonly<Record<string, (body: Uint8Array) => ProviderEvent>>;

/** A hint that a provider has news; the workflow asks the provider before it believes anything. */
export type ProviderNews =
  | { readonly leg: 'charge'; readonly attempt: number }
  | { readonly leg: 'transfer'; readonly attempt: number }
  | { readonly leg: 'refund' };

/**
 * What the database holds about the claimed leg; `payment` and `transfer` are the attempt's rows, null when there is
 * none.
 */
export interface LegFacts {
  readonly dealId: DealId;
  readonly waitingReason: WaitReason | null;
  readonly payment: {
    readonly status: PaymentState;
    readonly amount: number;
    readonly paymentKey: string | null;
    /** Not when it was refused before any call. */
    readonly isSent: boolean;
    /** It charged after it had been decided FAILED: it is given back beside the deal's own charge. */
    readonly isLate: boolean;
    /** One of its POSTs was declined, or nobody knows how it was answered: a decline that is told may be that one's. */
    readonly mayHaveBeenDeclined: boolean;
  } | null;
  /** The claimed paymentKey is that of another charge of ours. */
  readonly isKeyOfAnother: boolean;
  readonly refunds: readonly { readonly status: 'PENDING' | 'DONE' | 'REJECTED'; readonly amount: number }[];
  readonly transfer: { readonly status: TransferState; readonly amount: number; readonly tradingDate: string } | null;
}

/**
 * `settled`: nobody need hear of it. `wake`: the deal's workflow must ask the provider. `leave`: the leg is being
 * decided right now; the transaction of its result, or the sweep, deals with the event.
 */
type Verdict = 'settled' | 'wake' | 'leave';

/** Whether the claim agrees with the stored row, contradicts it, or tells of money still undecided. */
export function judgeClaim(claim: Claim, facts: LegFacts): Verdict {
  const stored = storedOf(claim, facts);
  if (stored === 'undecided') return facts.waitingReason === `${claim.leg}-unknown` ? 'wake' : 'leave';
  return stored === 'agrees' ? 'settled' : 'wake';
}

/**
 * The doubt that the claim raises about what was decided (spec/verdicts.md); null: none. An event that names the key of
 * a charge that stands says nothing new, and a return is no contradiction.
 */
export function doubtOf(claim: Claim, facts: LegFacts): DoubtKind | null {
  if (storedOf(claim, facts) !== 'contradicts') return null;
  if (claim.leg === 'transfer') return isReturn(claim, facts) ? null : 'transfer-claimed';
  const { payment, isKeyOfAnother } = facts;
  if (!payment) return null;
  // Of an attempt that is not the standing charge.
  if (payment.status === 'FAILED') {
    if ((claim.leg === 'charge' && claim.says === 'failed') || isKeyOfAnother) return null;
    return payment.isSent ? 'charge-claimed' : 'second-charge';
  }
  if (payment.isLate) return 'second-charge';
  // The cancel of another key says nothing of the charge that stands.
  if (claim.leg === 'refund') return claim.paymentKey === payment.paymentKey ? 'foreign-refund' : 'second-charge';
  if (claim.says !== 'failed') return 'second-charge';
  return payment.mayHaveBeenDeclined ? null : 'charge-denied';
}

/** What the stored row says to the claim. */
export const storedOf = (claim: Claim, facts: LegFacts): Stored => STORED[claim.leg](claim, facts);

/** Money that came back, or that nobody holds any more. */
const isReturn = ({ says }: Claim, { transfer }: LegFacts): boolean =>
  transfer?.status === 'RETURNED' ||
  (transfer?.status === 'COMPLETED' && says === 'returned') ||
  (transfer?.status === 'FAILED' && says === 'failed');

/** The hint that the workflow gets. */
export function newsOf({ leg, attempt }: Pick<Claim, 'leg' | 'attempt'>): ProviderNews {
  return leg === 'refund' ? { leg } : { leg, attempt };
}

type Stored = 'agrees' | 'contradicts' | 'undecided';
const agreesIf = (same: boolean): Stored => (same ? 'agrees' : 'contradicts');

const STORED: Readonly<Record<Leg, (claim: Claim, facts: LegFacts) => Stored>> = {
  charge(claim, { payment: row }) {
    if (!row) return 'agrees'; // the intent is committed before the call: this order is not ours
    if (row.status === 'PENDING') return 'undecided';
    const sameMoney = row.amount === claim.amount && (!row.paymentKey || row.paymentKey === claim.paymentKey);
    return agreesIf(sameMoney && (row.status === 'FAILED') === (claim.says === 'failed'));
  },
  refund(claim, { payment: row, refunds }) {
    if (!row) return 'agrees';
    const ours = refunds.filter(({ amount }) => row.paymentKey === claim.paymentKey && amount === claim.amount);
    if (ours.some(({ status }) => status === 'DONE')) return 'agrees';
    return ours.some(({ status }) => status === 'PENDING') ? 'undecided' : 'contradicts';
  },
  transfer(claim, { transfer: row }) {
    if (!row) return 'agrees';
    if (row.status === 'PENDING' || row.status === 'PROCESSING') return 'undecided';
    const sameMoney = row.amount === claim.amount && row.tradingDate === claim.tradingDate;
    return agreesIf(sameMoney && AGREEING[row.status].includes(claim.says));
  },
};

/** A returned transfer was done before, whichever event comes last. */
const AGREEING: Readonly<Record<'COMPLETED' | 'FAILED' | 'RETURNED', readonly Says[]>> = {
  COMPLETED: ['done'],
  FAILED: ['failed'],
  RETURNED: ['done', 'returned'],
};
