/**
 * What a provider's webhook tells, and whether anyone must be woken (spec §6). A webhook is a hint: at most it makes the deal's
 * workflow ask the provider. Pure; the webhook route and the sweep share it.
 */
import { z } from 'zod';
import type { PaymentState, TransferState, WaitReason } from './deal-state';
import type { DealId } from './ids';

export const PROVIDERS = ['softpayment', 'bank'] as const;
export type Provider = (typeof PROVIDERS)[number];
type Leg = 'charge' | 'transfer' | 'refund';

/** What the event claims happened to one leg of one deal. */
export interface Claim {
  readonly dealNo: string;
  readonly leg: Leg;
  /** Of a refund: the attempt of the payment that was cancelled. */
  readonly attempt: number;
  readonly happened: 'done' | 'failed' | 'returned';
  /** Won. */
  readonly amount: number;
  readonly paymentKey: string | null;
  readonly tradingDate: string | null;
}

export interface ProviderEvent {
  /** `unreadable` when the body is not a known shape. */
  readonly type: string;
  /** Null when the event tells nothing about a deal of ours. */
  readonly claim: Claim | null;
}

const payment = z.object({
  type: z.enum(['payment.done', 'payment.failed', 'payment.canceled']),
  data: z.object({
    orderId: z.string().regex(/^[0-9A-Z]+-[1-9]\d{0,5}$/),
    paymentKey: z.string().nullish(),
    amount: z.int().nonnegative(),
  }),
});
const transfer = z.object({
  type: z.enum(['transfer.done', 'transfer.failed', 'transfer.returned']),
  data: z.object({
    reference: z.string().regex(/^[0-9A-Z]+-T[1-9]\d{0,5}$/),
    tradingDate: z.string(),
    amount: z.int().nonnegative(),
  }),
});
const envelope = z.object({ type: z.string().regex(/^[\w.-]{1,100}$/) });

const PAYMENT_CLAIMS = {
  'payment.done': { leg: 'charge', happened: 'done' },
  'payment.failed': { leg: 'charge', happened: 'failed' },
  'payment.canceled': { leg: 'refund', happened: 'done' },
} as const;
const TRANSFER_CLAIMS = {
  'transfer.done': 'done',
  'transfer.failed': 'failed',
  'transfer.returned': 'returned',
} as const;

/** Reads the body of a verified webhook; never throws. */
export function readProviderEvent(provider: Provider, body: string): ProviderEvent {
  const json = parseJson(body);
  const type = envelope.safeParse(json).data?.type ?? 'unreadable';
  const claim = provider === 'softpayment' ? paymentClaim(json) : transferClaim(json);
  return { type, claim };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function paymentClaim(json: unknown): Claim | null {
  const { data: event } = payment.safeParse(json);
  if (!event) return null;
  const { orderId, amount, paymentKey } = event.data;
  const [dealNo = '', attempt = ''] = orderId.split('-');
  const { leg, happened } = PAYMENT_CLAIMS[event.type];
  const key = { dealNo, leg, attempt: Number(attempt) };
  return { ...key, happened, amount, paymentKey: paymentKey ?? null, tradingDate: null };
}

function transferClaim(json: unknown): Claim | null {
  const { data: event } = transfer.safeParse(json);
  if (!event) return null;
  const { reference, amount, tradingDate } = event.data;
  const [dealNo = '', attempt = ''] = reference.split('-T');
  const key = { dealNo, leg: 'transfer', attempt: Number(attempt) } as const;
  return { ...key, happened: TRANSFER_CLAIMS[event.type], amount, paymentKey: null, tradingDate };
}

/** What the database holds about the claimed leg; `payment` and `transfer` are the attempt's rows, null when there is none. */
export interface LegFacts {
  readonly dealId: DealId;
  readonly waitingReason: WaitReason | null;
  readonly payment: {
    readonly status: PaymentState;
    readonly amount: number;
    readonly paymentKey: string | null;
  } | null;
  readonly refunds: readonly { readonly status: 'PENDING' | 'DONE' | 'REJECTED'; readonly amount: number }[];
  readonly transfer: { readonly status: TransferState; readonly amount: number; readonly tradingDate: string } | null;
}

/**
 * `settled`: nobody need hear of it. `wake`: the deal's workflow must ask the provider. `leave`: the leg is being decided right
 * now; the transaction of its result, or the sweep, deals with the event.
 */
export type Verdict = 'settled' | 'wake' | 'leave';

/** Whether the claim agrees with the stored row, contradicts it, or tells of money still undecided. */
export function judgeClaim(claim: Claim, facts: LegFacts): Verdict {
  const stored = STORED[claim.leg](claim, facts);
  if (stored === 'undecided') return facts.waitingReason === `${claim.leg}-unknown` ? 'wake' : 'leave';
  return stored === 'agrees' ? 'settled' : 'wake';
}

/** The hint that the workflow gets. */
export function newsOf({ leg, attempt }: Claim) {
  return leg === 'refund' ? { leg } : { leg, attempt };
}

type Stored = 'agrees' | 'contradicts' | 'undecided';
const agreesIf = (same: boolean): Stored => (same ? 'agrees' : 'contradicts');

const STORED: Readonly<Record<Leg, (claim: Claim, facts: LegFacts) => Stored>> = {
  charge(claim, { payment: row }) {
    if (!row) return 'agrees'; // the intent is committed before the call: this order is not ours
    if (row.status === 'PENDING') return 'undecided';
    const sameMoney = row.amount === claim.amount && (!row.paymentKey || row.paymentKey === claim.paymentKey);
    return agreesIf(sameMoney && (row.status === 'FAILED') === (claim.happened === 'failed'));
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
    return agreesIf(sameMoney && AGREEING[row.status].includes(claim.happened));
  },
};

/** A returned transfer was done before, whichever event comes last. */
const AGREEING: Readonly<Record<'COMPLETED' | 'FAILED' | 'RETURNED', readonly Claim['happened'][]>> = {
  COMPLETED: ['done'],
  FAILED: ['failed'],
  RETURNED: ['done', 'returned'],
};
