/**
 * Breaks: the closed list of what can differ between Softpayment's settlement file, the bank's list and statement, our
 * rows and our ledger, what each difference means, whom it keeps from moving money, and how it is mended. Pure;
 * docs/reconciliation.md tells it.
 */
import type { DoubtKind } from './doubts';
import type { Account } from './ledger';

/**
 * Who mends it. `deal`: the deal's workflow, which is woken at once, asks the provider and looks at the lists.
 * `provider`: only the provider can say or mend it. `books`: our own rows and ledger
 * disagree.
 */
type Mender = 'deal' | 'provider' | 'books';

interface BreakKind {
  readonly meaning: string;
  readonly mender: Mender;
  /** Which of a deal's legs the workflow is to ask about. */
  readonly leg?: 'charge' | 'transfer' | 'refund';
  /**
   * Which account takes what the PG pays otherwise, once an operator accepts it; `suspense` unless the PG's fee
   * explains it.
   */
  readonly bearer?: Account;
  /** What its deal's money is in, from when the break is found until it ends. */
  readonly doubt?: DoubtKind;
}

/** Every class of break. One transaction has at most one break: the first of its source that applies. */
export const BREAK_KINDS = {
  'missing-here': { meaning: 'the PG settles a charge of an order that we do not know', mender: 'provider' },
  'missing-at-pg': {
    meaning: 'we say charged, and the settlement file lacks it',
    mender: 'provider',
    doubt: 'charge-denied',
  },
  'charge-undecided-but-settled': {
    meaning: 'the charge is undecided here, and the PG settles it',
    mender: 'deal',
    leg: 'charge',
  },
  'charge-undecided-and-unlisted': {
    meaning: 'the charge is undecided here, and no settlement file of the days it was sent on has it',
    mender: 'deal',
    leg: 'charge',
  },
  'charged-after-failure': {
    meaning: 'we decided FAILED, and the PG settles the charge: it is given back',
    mender: 'deal',
    leg: 'charge',
    doubt: 'charge-claimed',
  },
  'charged-twice': {
    meaning: 'the PG settles a second charge under one order',
    mender: 'provider',
    doubt: 'second-charge',
  },
  'key-differs': {
    meaning: 'the PG settles the order under another paymentKey',
    mender: 'provider',
    doubt: 'charge-denied',
  },
  'amount-differs': {
    meaning: 'the PG settles another amount than was charged',
    mender: 'provider',
    doubt: 'charge-denied',
  },
  'fee-differs': {
    meaning: 'the PG keeps, or gives back, another fee than agreed',
    mender: 'provider',
    bearer: 'pg_fee_expense',
  },
  'settlement-short': {
    meaning: 'the PG pays another net than its own amount and fee say',
    mender: 'provider',
    bearer: 'pg_fee_expense',
  },
  'refund-missing-at-pg': {
    meaning: 'we say refunded, and the settlement file lacks it',
    mender: 'provider',
    doubt: 'refund-denied',
  },
  'refund-not-ours': {
    meaning: 'the PG refunded what nobody here asked for',
    mender: 'provider',
    doubt: 'foreign-refund',
  },
  'refund-amount-differs': {
    meaning: 'the PG refunded another amount than was asked for',
    mender: 'provider',
    doubt: 'foreign-refund',
  },
  'refund-undecided-but-settled': {
    meaning: 'the refund is undecided here, and the PG settles it',
    mender: 'deal',
    leg: 'refund',
  },
  'transfer-unknown-here': {
    meaning: 'the bank lists a transfer that we did not send',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'transfer-missing-at-bank': {
    meaning: 'we say paid out, and the day list lacks it',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'transfer-undecided-but-listed': {
    meaning: 'the transfer is undecided here, and the bank has decided it',
    mender: 'deal',
    leg: 'transfer',
  },
  'transfer-undecided-and-unlisted': {
    meaning: 'the transfer is undecided here, and the closed day list lacks it',
    mender: 'deal',
    leg: 'transfer',
  },
  'paid-after-failure': {
    meaning: 'we decided FAILED, and the bank paid',
    mender: 'deal',
    leg: 'transfer',
    doubt: 'transfer-claimed',
  },
  'returned-unnoticed': {
    meaning: 'the bank gave the money back, and the deal does not know',
    mender: 'deal',
    leg: 'transfer',
  },
  'transfer-status-differs': {
    meaning: 'the bank says otherwise than it had told us',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'transfer-amount-differs': {
    meaning: 'the bank paid another amount than was sent',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'transfer-account-differs': {
    meaning: 'the bank paid another account than was ordered',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'trading-date-differs': {
    meaning: 'the bank has the reference under another trading date',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'duplicate-line': { meaning: 'a list has the same line twice', mender: 'provider' },
  'unknown-line': { meaning: 'a list has a line of a kind that we do not know', mender: 'provider' },
  'cash-not-booked': { meaning: 'money came into our account, or left it, and our books lack it', mender: 'provider' },
  'cash-not-at-bank': { meaning: 'our books moved money that the statement of our account lacks', mender: 'provider' },
  'cash-amount-differs': {
    meaning: 'the statement of our account has another amount than our books',
    mender: 'provider',
  },
  'manual-transfer-unproven': {
    meaning: 'a person said that it was paid out by hand, and no statement has its slip',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'manual-transfer-returned': {
    meaning: 'the bank gave back what a person had paid out by hand, and the deal does not know',
    mender: 'provider',
    doubt: 'transfer-contradicted',
  },
  'ledger-differs': { meaning: 'the row and its journal disagree', mender: 'books' },
} as const satisfies Record<string, BreakKind>;

export type BreakClass = keyof typeof BREAK_KINDS;

/** The doubt that a break of this class is; null: its deal's money may go on meanwhile. */
export function doubtOfBreak(kind: BreakClass): DoubtKind | null {
  const { doubt }: BreakKind = BREAK_KINDS[kind];
  return doubt ?? null;
}

/** The account that takes what the PG pays otherwise than our books say. */
export function bearerOf(kind: BreakClass): Account {
  const { bearer = 'suspense' }: BreakKind = BREAK_KINDS[kind];
  return bearer;
}

const PROVIDER =
  'none here: ask the provider; "npm run reconcile -- accept <id>" books what it says and keeps its answer';
const WRONG_ACCOUNT =
  'none here: have the bank take the money back; its return reopens the deal, ' +
  'to be refunded or paid to another account. ' +
  '"npm run reconcile -- accept <id>" keeps its answer when the account was right';
const PAID_TOO = [
  'none when the deal has not gone on: it asks the bank itself, and the transfer completes it. Otherwise have the bank',
  'take the money back; "npm run reconcile -- accept <id>" books it meanwhile as owed by the recipient',
].join(' ');
const FLOAT =
  'when the owner moved it: "npm run float -- fund" or "withdraw" with the reference of the line; when a person ' +
  'paid a deal by hand: the order manual-transfer of that deal, with the reference; otherwise ask the bank: ' +
  '"npm run reconcile -- accept <id>" keeps its answer';
const UNPROVEN =
  'look at the slip: when it was paid after all, the statement will have it; when it was not, ' +
  '"npm run reconcile -- accept <id>" says so: the deal is reopened, to be refunded or paid';
const CAME_BACK =
  '"npm run reconcile -- accept <id>" books the return: the deal is reopened, to be refunded, or paid to another ' +
  'account. Of another amount than the whole it books nothing: ask the bank for the rest, or what it kept';
const BOOKS = 'npm run reconcile -- accept <id> --reason "<the cause>": it posts the correcting journal';

/** What an operator is proposed to do about a break; `isOurs`: it is of a deal that we know. */
export function proposedFix(kind: BreakClass, isOurs: boolean): string {
  const { mender } = BREAK_KINDS[kind];
  if (mender === 'books') return BOOKS;
  if (kind === 'cash-not-booked' && !isOurs) return FLOAT;
  if (kind === 'transfer-account-differs') return WRONG_ACCOUNT;
  if (kind === 'paid-after-failure') return PAID_TOO;
  if (kind === 'manual-transfer-unproven') return UNPROVEN;
  if (kind === 'manual-transfer-returned') return CAME_BACK;
  if (mender === 'provider' || !isOurs) return PROVIDER;
  return 'none: the deal was woken and asks the provider itself; its task says so if it gets no answer';
}
