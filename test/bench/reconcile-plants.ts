/** The differences that the bench plants: every class, spread over the day, each with the one break it must give. */
import type { Trx } from '../../db/connection';
import type { BreakClass } from '../../workflows/domain/breaks';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { dealOf, type Fate, type SettledDay } from '../fixtures/settled-day';

export const PLANTS_COUNT = 100;

type Deal = ReturnType<typeof dealOf>;

interface Plant {
  /** Which deals it can be planted on. */
  readonly fate: Fate;
  readonly key: (deal: Deal) => string;
  /** What the providers list for this deal instead. */
  readonly settlement?: (lines: SettlementLine[], deal: Deal) => SettlementLine[];
  readonly bank?: (lines: BankLine[], deal: Deal) => BankLine[];
  /** What our rows hold instead, by statement. */
  readonly rows?: readonly string[];
}

const order = ({ orderId }: Deal) => orderId;
const reference = ({ reference }: Deal) => reference;
const only = (change: Partial<BankLine>) => (lines: BankLine[]) => lines.map((line) => ({ ...line, ...change }));
const first = (change: (line: SettlementLine) => Partial<SettlementLine>) => (lines: SettlementLine[]) =>
  lines.map((line, n) => (n === 0 ? { ...line, ...change(line) } : line));
const more = (change: Partial<SettlementLine>) => (lines: SettlementLine[]) => [
  ...lines,
  { ...(lines[0] as SettlementLine), ...change },
];
const forget = (key: string): string[] => [
  `delete from ledger_entries where journal_id = (select id from ledger_journals where key = ${key})`,
  `delete from ledger_journals where key = ${key}`,
];
const UNDECIDED_CHARGE = [
  `update payments set status = 'PENDING', payment_key = null, approved_at = null where order_id = :orderId`,
  ...forget(`'charge:' || :orderId`),
];
const UNDECIDED_TRANSFER = [
  `update transfers set status = 'PROCESSING', decided_at = null where reference = :reference`,
  ...forget(`'transfer:' || :reference`),
];
const STALE = `update payments set sent_at = approved_at - interval '9 days' where order_id = :orderId`;
const WAITING = `update deals set waiting_reason = 'operator-needed' where deal_no = :dealNo`;
const STRAY = { kind: 'cancel', amount: -4_000, fee: -100, net: -3_900, at: '2026-03-02T12:00:00.000+09:00' };

/** The bench has both lists, and no statement of the account. */
type ListClass = Exclude<BreakClass, `cash-${string}` | `manual-transfer-${string}`>;

const PLANTS: Readonly<Record<ListClass, Plant>> = {
  'missing-here': {
    fate: 'completed',
    key: ({ orderId }) => `X${orderId}`,
    settlement: (lines, { orderId }) => more({ orderId: `X${orderId}` })(lines),
  },
  'missing-at-pg': { fate: 'completed', key: order, settlement: () => [] },
  'charge-undecided-but-settled': { fate: 'completed', key: order, rows: UNDECIDED_CHARGE },
  'charge-undecided-and-unlisted': {
    ...{ fate: 'completed', key: order, settlement: () => [] },
    rows: [STALE, ...UNDECIDED_CHARGE, WAITING],
  },
  'charged-after-failure': {
    ...{ fate: 'completed', key: order },
    rows: [...UNDECIDED_CHARGE, `update payments set status = 'FAILED' where order_id = :orderId`],
  },
  'charged-twice': {
    fate: 'completed',
    key: (deal) => `${order(deal)}#2`,
    settlement: more({ paymentKey: 'pay_second' }),
  },
  'key-differs': { fate: 'completed', key: order, settlement: first(() => ({ paymentKey: 'pay_other' })) },
  'amount-differs': { fate: 'completed', key: order, settlement: first(({ amount }) => ({ amount: amount + 5 })) },
  'fee-differs': {
    fate: 'completed',
    key: order,
    settlement: first(({ fee, net }) => ({ fee: fee + 1, net: net - 1 })),
  },
  'settlement-short': { fate: 'completed', key: order, settlement: first(({ net }) => ({ net: net - 1 })) },
  'refund-missing-at-pg': {
    ...{ fate: 'failed', key: ({ dealNo }) => `${dealNo}-R1` },
    settlement: (lines) => lines.slice(0, 1),
  },
  'refund-not-ours': {
    ...{ fate: 'completed', key: ({ orderId }) => `${orderId}@2026-03-02T12.00.00.000` },
    settlement: more(STRAY),
  },
  'refund-amount-differs': {
    ...{ fate: 'fee-refunded', key: ({ dealNo }) => `${dealNo}-R1` },
    settlement: (lines) => lines.map((line) => (line.kind === 'cancel' ? { ...line, amount: line.amount - 7 } : line)),
  },
  'refund-undecided-but-settled': {
    ...{ fate: 'failed', key: ({ dealNo }) => `${dealNo}-R1` },
    rows: [
      `update refunds set status = 'PENDING', decided_at = null where idempotency_key = :dealNo || '-R1'`,
      ...forget(`'refund:' || :dealNo || '-R1'`),
    ],
  },
  'transfer-unknown-here': {
    ...{ fate: 'completed', key: ({ reference }) => `X${reference}` },
    bank: (lines, { reference }) => [...lines, { ...(lines[0] as BankLine), reference: `X${reference}` }],
  },
  'transfer-missing-at-bank': { fate: 'completed', key: reference, bank: () => [] },
  'transfer-undecided-but-listed': { fate: 'completed', key: reference, rows: UNDECIDED_TRANSFER },
  'transfer-undecided-and-unlisted': { fate: 'completed', key: reference, rows: UNDECIDED_TRANSFER, bank: () => [] },
  'paid-after-failure': { fate: 'failed', key: reference, bank: only({ status: 'done', code: '0000' }) },
  'returned-unnoticed': { fate: 'completed', key: reference, bank: only({ status: 'returned' }) },
  'transfer-status-differs': { fate: 'completed', key: reference, bank: only({ status: 'failed', code: '412' }) },
  'transfer-amount-differs': { fate: 'completed', key: reference, bank: only({ amount: 1 }) },
  'transfer-account-differs': { fate: 'completed', key: reference, bank: only({ accountLast4: '9999' }) },
  'trading-date-differs': {
    ...{ fate: 'completed', key: reference },
    rows: [`update transfers set trading_date = trading_date - 1 where reference = :reference`],
  },
  'duplicate-line': { fate: 'completed', key: (deal) => `${order(deal)}#2`, settlement: more({}) },
  'unknown-line': {
    ...{ fate: 'completed', key: ({ orderId }) => `${orderId}/adjustment/2026-03-02#1` },
    settlement: more({ kind: 'adjustment' }),
  },
  'ledger-differs': {
    fate: 'completed',
    key: (deal) => `charge:${order(deal)}`,
    rows: forget(`'charge:' || :orderId`),
  },
};

const CLASSES = Object.keys(PLANTS) as ListClass[];
const TURN: Readonly<Record<Fate, number>> = { completed: 0, failed: 11, 'fee-refunded': 7, returned: 17 };

export interface Planted {
  readonly class: BreakClass;
  /** Of the deal it is planted on. */
  readonly i: number;
  readonly key: string;
  readonly plant: Plant;
  readonly deal: Deal;
}

/** The plants of a day of at least 20 deals for each of them. */
export function plantsOf(settled: SettledDay): Planted[] {
  const step = Math.floor(settled.count / 20 / PLANTS_COUNT);
  if (step < 1) throw new Error(`at least ${20 * PLANTS_COUNT} deals are needed for ${PLANTS_COUNT} plants`);
  return Array.from({ length: PLANTS_COUNT }, (_, n) => {
    const kind = CLASSES[n % CLASSES.length] as ListClass;
    const plant = PLANTS[kind];
    const i = 20 * n * step + TURN[plant.fate];
    const deal = dealOf(settled, i);
    return { class: kind, i, key: plant.key(deal), plant, deal };
  });
}

/** Changes our rows, past the guards: as if something had gone wrong. */
export async function plantRows(trx: Trx, planted: readonly Planted[]): Promise<void> {
  for (const { plant, deal } of planted) {
    const { orderId, reference: transferReference, dealNo } = deal;
    for (const statement of plant.rows ?? [])
      await trx.raw(statement, { orderId, reference: transferReference, dealNo });
  }
}
