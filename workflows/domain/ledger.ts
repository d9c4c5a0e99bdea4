/**
 * Journals of money events (spec §3). A posting is signed: debit positive, credit negative; each journal sums to 0.
 * The database enforces the sum and refuses changes; corrections are new journals.
 */
import { pgCost, type Quote } from './fees';
import { subtractWon, type Won } from './money';

export const ACCOUNTS = [
  'pg_receivable',
  'recipient_payable',
  'fee_revenue',
  'pg_fee_expense',
  'bank_float',
  'transfers_in_flight',
  'recipient_overpaid',
  'owner_funds',
  'disputed_charges',
  'chargeback_loss',
  'suspense',
] as const;
export type Account = (typeof ACCOUNTS)[number];

/** How long money may stand in an account that it only passes through, days; longer is a task (assumed). */
export const AGES_MAX_DAYS = {
  transfers_in_flight: 2,
  suspense: 7,
  recipient_overpaid: 14,
  disputed_charges: 120,
} as const satisfies Partial<Record<Account, number>>;

/** Kinds of journals; a `correction` puts the books of another one right. */
export const JOURNAL_KINDS = [
  'charge',
  'transfer-intent',
  'transfer',
  'transfer-failed',
  'return',
  'refund',
  'settlement',
  'owner-funds',
  'chargeback',
  'chargeback-won',
  'chargeback-lost',
  'chargeback-offset',
  'correction',
] as const;
export type JournalKind = (typeof JOURNAL_KINDS)[number];

export interface Posting {
  readonly account: Account;
  /** Won; debit positive, credit negative. */
  readonly amount: number;
}

const debit = (account: Account, amount: Won): Posting => ({ account, amount });
const credit = (account: Account, amount: Won): Posting => ({ account, amount: 0 - amount });
const withoutZeros = (postings: Posting[]): Posting[] => postings.filter((p) => p.amount !== 0);

/** The card was charged: principal owed to the recipient, fee earned, the PG's cost booked. */
export function chargePostings({ principal, fee, total }: Quote): Posting[] {
  const cost = pgCost(total);
  return withoutZeros([
    debit('pg_receivable', total),
    credit('recipient_payable', principal),
    credit('fee_revenue', fee),
    debit('pg_fee_expense', cost),
    credit('pg_receivable', cost),
  ]);
}

/** A transfer may be sent from now on: what the recipient was owed is on its way. */
export function transferIntentPostings(principal: Won): Posting[] {
  return [debit('recipient_payable', principal), credit('transfers_in_flight', principal)];
}

/** The bank paid the recipient. */
export function transferPostings(principal: Won): Posting[] {
  return [debit('transfers_in_flight', principal), credit('bank_float', principal)];
}

/** The transfer surely came to nothing: the reverse of its intent. */
export function transferFailedPostings(principal: Won): Posting[] {
  return [debit('transfers_in_flight', principal), credit('recipient_payable', principal)];
}

/** Paid out with no intent in the books: a transfer that had been called failed, or one that a person made by hand. */
export function directPayoutPostings(principal: Won): Posting[] {
  return [debit('recipient_payable', principal), credit('bank_float', principal)];
}

/** The bank paid it too, after the deal had gone on: the recipient has it for nothing. */
export function overpaidPostings(amount: Won): Posting[] {
  return [debit('recipient_overpaid', amount), credit('bank_float', amount)];
}

/** The bank returned the money (반환): it is owed to the recipient again. */
export function returnPostings(principal: Won): Posting[] {
  return [debit('bank_float', principal), credit('recipient_payable', principal)];
}

/** The owner put so much into the float (negative: took it out), won. */
export function ownerFundsPostings(amount: number): Posting[] {
  return [
    { account: 'bank_float', amount },
    { account: 'owner_funds', amount: 0 - amount },
  ];
}

/** What a refund takes back. `remaining` is the total not yet refunded before it. */
interface RefundSplit {
  readonly principal: Won;
  readonly fee: Won;
  readonly remaining: Won;
}

/** The PG gave money back to the card; its cost shrinks to that of what remains charged. */
export function refundPostings({ principal, fee, remaining }: RefundSplit): Posting[] {
  const refunded = principal + fee;
  const left = subtractWon(remaining, refunded as Won);
  const costBack = subtractWon(pgCost(remaining), pgCost(left));
  return withoutZeros([
    debit('recipient_payable', principal),
    debit('fee_revenue', fee),
    credit('pg_receivable', refunded as Won),
    debit('pg_receivable', costBack),
    credit('pg_fee_expense', costBack),
  ]);
}

/** The card issuer took the charge back: the PG keeps it from what it owes us, and we may still win it back. */
export function chargebackPostings(amount: Won): Posting[] {
  return [debit('disputed_charges', amount), credit('pg_receivable', amount)];
}

/** The dispute was won: the PG owes the charge again. */
export function chargebackWonPostings(amount: Won): Posting[] {
  return [debit('pg_receivable', amount), credit('disputed_charges', amount)];
}

/** The dispute was lost: the charge is gone. */
export function chargebackLostPostings(amount: Won): Posting[] {
  return [debit('chargeback_loss', amount), credit('disputed_charges', amount)];
}

/**
 * The bank returned the principal of a charge lost to a dispute: the payer has it back already, so it makes good the
 * loss.
 */
export function chargebackOffsetPostings(principal: Won): Posting[] {
  return [debit('recipient_payable', principal), credit('chargeback_loss', principal)];
}

/**
 * What brings the books of one money event to what is expected of it, account by account; empty when they are right.
 */
export function correctionPostings(expected: readonly Posting[], booked: readonly Posting[]): Posting[] {
  const inAccount = (postings: readonly Posting[], account: Account) =>
    sumOf(postings.filter((posting) => posting.account === account));
  return withoutZeros(
    ACCOUNTS.map((account) => ({ account, amount: inAccount(expected, account) - inAccount(booked, account) })),
  );
}

/** The PG pays so much beyond what our books say it owes (negative: less), and `bearer` takes the difference. */
export function settlementDifferencePostings(beyond: number, bearer: Account): Posting[] {
  return withoutZeros([
    { account: 'pg_receivable', amount: beyond },
    { account: bearer, amount: 0 - beyond },
  ]);
}

/** The sum of the postings; 0 for every journal. */
export function sumOf(postings: readonly Posting[]): number {
  return postings.reduce((sum, p) => sum + p.amount, 0);
}
