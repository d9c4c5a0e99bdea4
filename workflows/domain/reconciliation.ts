/**
 * Reconciliation (대사): Softpayment's settlement file, our rows and ledger, and the bank's day list, matched per
 * transaction. This is the closed list of what can differ, what each difference means and how it is mended. Pure;
 * docs/reconciliation.md tells it.
 */
import type { Account } from './ledger';

/**
 * A one-sided row is a break only when lists read this long after it lack its other side, on both days it may belong
 * to.
 */
export const CARRY_OVER_MS = 10 * 60_000;
/**
 * From this long after the end of its KST day the settlement file is complete (docs/external-interfaces.md): 23:00 of
 * the next day. A minute less, since a worker's clock may be behind that of the engine, which begins the nightly run at
 * 23:00.
 */
export const SETTLEMENT_COMPLETE_MS = 23 * 3_600_000 - 60_000;

/**
 * From when on both lists of the KST day prove what they lack; the bank's, which is complete with its day, is the
 * earlier one.
 */
export const listsCompleteAt = (day: string): Date =>
  new Date(Date.parse(`${day}T24:00:00+09:00`) + SETTLEMENT_COMPLETE_MS);
/** How long the deals that were woken may take before their breaks are looked at again. */
export const WAKE_PATIENCE_MS = 60_000;
/** A nightly run looks at this earlier day once more: a bank returns money days after it paid it. */
export const SECOND_LOOK_DAYS = 7;

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
}

/** Every class of break. One transaction has at most one break: the first of its source that applies. */
export const BREAK_KINDS = {
  'missing-here': { meaning: 'the PG settles a charge of an order that we do not know', mender: 'provider' },
  'missing-at-pg': { meaning: 'we say charged, and the settlement file lacks it', mender: 'provider' },
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
  },
  'charged-twice': { meaning: 'the PG settles a second charge under one order', mender: 'provider' },
  'key-differs': { meaning: 'the PG settles the order under another paymentKey', mender: 'provider' },
  'amount-differs': { meaning: 'the PG settles another amount than was charged', mender: 'provider' },
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
  'refund-missing-at-pg': { meaning: 'we say refunded, and the settlement file lacks it', mender: 'provider' },
  'refund-not-ours': { meaning: 'the PG refunded what nobody here asked for', mender: 'provider' },
  'refund-amount-differs': { meaning: 'the PG refunded another amount than was asked for', mender: 'provider' },
  'refund-undecided-but-settled': {
    meaning: 'the refund is undecided here, and the PG settles it',
    mender: 'deal',
    leg: 'refund',
  },
  'transfer-unknown-here': { meaning: 'the bank lists a transfer that we did not send', mender: 'provider' },
  'transfer-missing-at-bank': { meaning: 'we say paid out, and the day list lacks it', mender: 'provider' },
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
  'paid-after-failure': { meaning: 'we decided FAILED, and the bank paid', mender: 'deal', leg: 'transfer' },
  'returned-unnoticed': {
    meaning: 'the bank gave the money back, and the deal does not know',
    mender: 'deal',
    leg: 'transfer',
  },
  'transfer-status-differs': { meaning: 'the bank says otherwise than it had told us', mender: 'provider' },
  'transfer-amount-differs': { meaning: 'the bank paid another amount than was sent', mender: 'provider' },
  'transfer-account-differs': { meaning: 'the bank paid another account than was ordered', mender: 'provider' },
  'trading-date-differs': { meaning: 'the bank has the reference under another trading date', mender: 'provider' },
  'duplicate-line': { meaning: 'a list has the same line twice', mender: 'provider' },
  'unknown-line': { meaning: 'a list has a line of a kind that we do not know', mender: 'provider' },
  'cash-not-booked': { meaning: 'money came into our account, or left it, and our books lack it', mender: 'provider' },
  'cash-not-at-bank': { meaning: 'our books moved money that the statement of our account lacks', mender: 'provider' },
  'cash-amount-differs': {
    meaning: 'the statement of our account has another amount than our books',
    mender: 'provider',
  },
  'ledger-differs': { meaning: 'the row and its journal disagree', mender: 'books' },
} as const satisfies Record<string, BreakKind>;

export type BreakClass = keyof typeof BREAK_KINDS;

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
const FLOAT =
  'when the owner moved it: "npm run float -- fund" or "withdraw" with the reference of the line; otherwise ask the ' +
  'bank: "npm run reconcile -- accept <id>" keeps its answer';
const BOOKS = 'npm run reconcile -- accept <id> --reason "<the cause>": it posts the correcting journal';

/** What an operator is proposed to do about a break; `isOurs`: it is of a deal that we know. */
export function proposedFix(kind: BreakClass, isOurs: boolean): string {
  const { mender } = BREAK_KINDS[kind];
  if (mender === 'books') return BOOKS;
  if (kind === 'cash-not-booked' && !isOurs) return FLOAT;
  if (kind === 'transfer-account-differs') return WRONG_ACCOUNT;
  if (mender === 'provider' || !isOurs) return PROVIDER;
  return 'none: the deal was woken and asks the provider itself; its task says so if it gets no answer';
}

/**
 * A line of the settlement file. Amount, fee and net of a cancel are negative, and net = amount − fee
 * (docs/external-interfaces.md).
 */
export interface SettlementLine {
  readonly orderId: string;
  readonly paymentKey: string;
  /** `payment` or `cancel`; any other is a break. */
  readonly kind: string;
  readonly amount: number;
  readonly fee: number;
  readonly net: number;
  /** When the PG did it, ISO 8601 with its offset. */
  readonly at: string;
  /** The KST day on which the PG pays it, `YYYY-MM-DD`. */
  readonly settleDate: string;
}

/** A line of the bank's list of one trading date. */
export interface BankLine {
  readonly reference: string;
  readonly amount: number;
  /** `done`, `processing`, `failed` or `returned`; any other is a break. */
  readonly status: string;
  readonly code: string | null;
  /** The bank and the last four digits of the account that it names; null: the list does not tell. */
  readonly bankCode: string | null;
  readonly accountLast4: string | null;
  /** Since when it has this status, ISO 8601 with its offset. */
  readonly at: string;
}

/** A line of the statement of our account at the bank. */
export interface StatementLine {
  /** The bank's own; another line has another. */
  readonly id: string;
  /** ISO 8601 with its offset, on the day of the statement. */
  readonly at: string;
  /** Won; negative: out of the account. */
  readonly amount: number;
  /** What it is of; `owner-funds`: whatever is none of the others. */
  readonly kind: 'transfer' | 'return' | 'settlement' | 'owner-funds';
  /** Of the transfer; of a settlement its settle date; else the bank's. */
  readonly reference: string;
}

/** Of a statement: what was in the account before its day and after it, won. They differ by its lines. */
export interface StatementBalances {
  readonly opening: number;
  readonly closing: number;
}

/** One account over the closed day, won: debit positive. */
export interface TrialBalanceRow {
  readonly account: string;
  readonly opening: number;
  readonly debit: number;
  readonly credit: number;
  readonly closing: number;
}

/** One posting of what the PG paid: `amount` won moved from pg_receivable to bank_float now. */
export interface SettlementPosted {
  readonly settleDate: string;
  readonly fileDay: string;
  readonly amount: number;
}

/** What the bank's statement and our books say differently of one money event at the end of a day. */
export interface CashItem {
  readonly event: string;
  /** How far the bank is ahead of our books, won. */
  readonly amount: number;
  /** What explains it; null: nothing does. */
  readonly why: string | null;
}

/** The proof of cash of one day: `closing` = `books` + `explained` + `unexplained`, won. */
export interface CashProof {
  /** Of the statement. */
  readonly closing: number;
  /** `bank_float` at the end of the day. */
  readonly books: number;
  readonly explained: number;
  readonly unexplained: number;
  /** The unexplained and the largest ones. */
  readonly items: readonly CashItem[];
  /** How many further items there are. */
  readonly more: number;
}

/** What one run found; small enough for a workflow's answer. */
export interface ReconciliationResult extends MatchCounts {
  readonly runId: number;
  readonly day: string;
  readonly woken: number;
  /** All open breaks, of this day and earlier ones, by class. */
  readonly open: Readonly<Partial<Record<BreakClass, number>>>;
  readonly settled: readonly SettlementPosted[];
  /** Null: no statement of the day was read. */
  readonly cash: CashProof | null;
  readonly trialBalance: readonly TrialBalanceRow[];
}

/** What one matching counted. */
export interface MatchCounts {
  /** Rows of each source for the day. */
  readonly sources: Readonly<Record<'settlement' | 'payments' | 'refunds' | 'bank' | 'transfers', number>>;
  /** Lines of both lists that agree with our rows and ledger to the won. */
  readonly matched: number;
  /** One-sided rows too near to midnight, or to the reading of the list, to be judged yet. */
  readonly carried: number;
  readonly opened: number;
  readonly resolved: number;
}
