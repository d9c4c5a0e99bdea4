/**
 * Reconciliation (대사): Softpayment's settlement file, our rows and ledger, and the bank's day list, matched per
 * transaction: when lists are read and what they prove, their lines, and what a run answers. What can differ:
 * breaks.ts. Pure; docs/reconciliation.md tells it.
 */
import type { BreakClass } from './breaks';

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

/** From when on the bank's list of the KST day proves what it lacks. */
export const bankListCompleteAt = (day: string): Date => new Date(Date.parse(`${day}T24:00:00+09:00`) + CARRY_OVER_MS);

/**
 * From when on both lists of the KST day prove what they lack; the bank's, which is complete with its day, is the
 * earlier one.
 */
export const listsCompleteAt = (day: string): Date =>
  new Date(Date.parse(`${day}T24:00:00+09:00`) + SETTLEMENT_COMPLETE_MS);
/** How long the deals that were woken may take before their breaks are looked at again. */
export const WAKE_PATIENCE_MS = 60_000;

/**
 * The nights after a KST day on which its lists are read. On the first it is reconciled whole; on the others the bank's
 * list is read again, since a bank returns money long after it paid it.
 */
export const NIGHTS = [1, 2, 3, 4, 5, 6, 7, 14, 30, 60, 90] as const;
/** On this night a settlement file that has open breaks is read again too: the PG may have corrected it. */
export const REREAD_NIGHT = 7;
/** What was left out is due for so many days after the last of the nights. */
export const OVERDUE_DAYS = 7;
/** No night reads more. In quiet times it is just what is due: a bank list for each night, and one settlement file. */
const LISTS_A_NIGHT = 12;

/** A day of which a night has something to read. */
export interface DayDue {
  /** KST, `YYYY-MM-DD`. */
  readonly day: string;
  /** Its settlement file is read as well as its bank list. */
  readonly settlement: boolean;
}

/** As many of the days as one night may read, first come first served; `left`: the next night begins with them. */
export function planNight(due: readonly DayDue[]): { readonly days: DayDue[]; readonly left: string[] } {
  let lists = 0;
  const fits = ({ settlement }: DayDue): boolean => {
    lists += settlement ? 2 : 1;
    return lists <= LISTS_A_NIGHT;
  };
  const days = due.filter(fits);
  return { days, left: due.slice(days.length).map(({ day }) => day) };
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
