/** What the providers say happened, against our rows and our ledger. */
import type { Db } from '../../db/connection';
import { breaksOfDay, DAY_LAWS, type DayLists } from '../../db/invariants/day-lists';
import { onSnapshot } from '../../db/invariants/invariant';
import { breaksOfJournals, JOURNAL_LAWS, type Journals } from '../../db/invariants/journals';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { type FrozenDatabase, freeze } from '../faults/frozen-database';
import { type EveryDeal, everyDeal } from '../fixtures/every-deal';
import { NO_ANSWERS } from '../fixtures/policy';
import { startHouse } from '../servers/house';
import type { SandboxView } from '../servers/sandboxes';
import { OTHER_STORIES } from './planted/journals';

let deals: EveryDeal;
let frozen: FrozenDatabase;
let truth: Journals;
beforeAll(async () => {
  const house = await startHouse({ policy: NO_ANSWERS });
  try {
    deals = await everyDeal(house);
    const { softpayment, bank } = house.sandboxes;
    truth = { pg: await effectsOf(softpayment), bank: await effectsOf(bank) };
    frozen = await freeze(house.env.DATABASE_URL as string);
  } finally {
    await house.stop();
  }
});
afterAll(() => frozen?.drop());

const effectsOf = async <T>(sandbox: SandboxView): Promise<T[]> =>
  (await sandbox.journal()).filter(({ kind }) => kind === 'effect') as T[];

/** The laws that are broken, and of which deals. */
async function brokenBy(db: Db, journals: Journals): Promise<Record<string, (string | null)[]>> {
  const broken: Record<string, (string | null)[]> = {};
  for (const law of JOURNAL_LAWS) {
    const { breaks } = await onSnapshot(db, (trx) => breaksOfJournals(trx, law, journals));
    if (breaks.length > 0) broken[law.name] = [...new Set(breaks.map(({ dealNo }) => dealNo))];
  }
  return broken;
}

test('what really happened breaks no law', async () => {
  expect(truth.pg.length).toBeGreaterThan(10);
  expect(truth.bank.length).toBeGreaterThan(5);
  expect(await brokenBy(frozen.db, truth)).toEqual({});
});

test('every law has a story of its own here', () => {
  const told = new Set(OTHER_STORIES.flatMap(({ breaks }) => breaks));
  expect(JOURNAL_LAWS.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([]);
});

test.each(OTHER_STORIES)('$story: a break', async ({ of, breaks, tell }) => {
  const dealNo = of ? deals[of] : 'PL000000STRANGER00';
  const found = await brokenBy(frozen.db, tell(truth, dealNo));
  expect(found).toEqual(Object.fromEntries(breaks.map((name) => [name, [dealNo]])));
});

test('what is undecided here may or may not have happened there', async () => {
  await frozen.undone(async (db) => {
    const idOf = async (kind: keyof EveryDeal) => (await db('deals').where({ deal_no: deals[kind] }).first('id')).id;
    const [held, completed, refunded] = [await idOf('held'), await idOf('completed'), await idOf('refunded')];
    await db('payments').where({ deal_id: held }).update({ status: 'PENDING' });
    await db('transfers').where({ deal_id: completed }).update({ status: 'PROCESSING' });
    await db('refunds').where({ deal_id: refunded }).update({ status: 'PENDING', statement_by: null });
    await db('payments').where({ deal_id: refunded }).update({ status: 'PAID', refunded_amount: 0 });
    const without = (dealNo: string) => ({
      pg: truth.pg.filter(({ orderId }) => orderId !== `${dealNo}-1`),
      bank: truth.bank,
    });
    expect(await brokenBy(db, truth)).toEqual({});
    expect(await brokenBy(db, without(deals.held))).toEqual({});
  });
});

describe('the lists of a day', () => {
  const OLD = '2026-03-02';
  const noon = `${OLD}T12:00:00+09:00`;

  /** The deal's charge, refund and transfer as they would be had they happened at noon of that day, in rows and in lists. */
  async function atNoon(db: Db): Promise<DayLists> {
    await db('payments')
      .whereNotNull('approved_at')
      .update({ approved_at: new Date(noon) });
    await db('refunds').update({ created_at: new Date(noon), decided_at: new Date(noon) });
    await db.raw('alter table transfers disable trigger all');
    await db('transfers').update({ trading_date: OLD });
    const payments = await db('payments').whereIn('status', ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED']);
    const line = { at: noon, settleDate: '2026-03-04' };
    const lineOf = (kind: string, { order_id, payment_key }: Record<string, string>, amount: number, fee: number) => ({
      ...{ ...line, kind, orderId: String(order_id), paymentKey: String(payment_key), amount, fee, net: amount - fee },
    });
    const transfers = await db('transfers')
      .join('bank_accounts as a', 'a.id', 'transfers.recipient_id')
      .select({
        ...{ reference: 'reference', amount: 'amount', status: 'status', code: 'code' },
        ...{ bankCode: 'bank_code', accountLast4: 'account_last4' },
      });
    const ended: Record<string, string> = { COMPLETED: 'done', RETURNED: 'returned', FAILED: 'failed' };
    return {
      day: OLD,
      settlement: payments.flatMap((p) => [
        lineOf('payment', p, Number(p.amount), Math.floor((Number(p.amount) * 250) / 10_000)),
        ...(p.refunded_amount === '0' ? [] : [lineOf('cancel', p, -Number(p.refunded_amount), 0)]),
      ]),
      bank: transfers.map(({ amount, status, ...facts }) => ({
        ...{ ...facts, amount: Number(amount), status: ended[status] ?? '', at: noon },
      })),
    };
  }

  async function brokenOn(db: Db, lists: DayLists): Promise<Record<string, string[]>> {
    const broken: Record<string, string[]> = {};
    for (const law of DAY_LAWS) {
      const { breaks } = await onSnapshot(db, (trx) => breaksOfDay(trx, law, lists));
      if (breaks.length > 0) broken[law.name] = breaks.map(({ dealNo, fact }) => `${dealNo} ${fact}`);
    }
    return broken;
  }

  const onDay = (change: (lists: DayLists) => DayLists) =>
    frozen.undone(async (db) => brokenOn(db, change(await atNoon(db))));
  const orderOf = (kind: keyof EveryDeal) => `${deals[kind]}-1`;
  const transferOf = (kind: keyof EveryDeal) => `${deals[kind]}-T1`;

  test('a day that all three tell alike breaks no law', async () => {
    expect(await onDay((lists) => lists)).toEqual({});
  });

  test('another day knows nothing of these rows, nor they of it', async () => {
    expect(await onDay(() => ({ day: kstDayOf(new Date()), settlement: [], bank: [] }))).toEqual({});
  });

  test.each([
    [
      'settled-charges',
      'lacks it',
      (l: DayLists) => ({
        ...l,
        settlement: l.settlement.filter((s) => s.kind !== 'payment' || s.orderId !== orderOf('completed')),
      }),
    ],
    [
      'settled-charges',
      'fee 2576',
      (l: DayLists) => ({
        ...l,
        settlement: l.settlement.map((s) => (s.orderId === orderOf('completed') ? { ...s, fee: s.fee + 1 } : s)),
      }),
    ],
    [
      'settled-charges',
      '2 times',
      (l: DayLists) => ({
        ...l,
        settlement: [...l.settlement, ...l.settlement.filter((s) => s.orderId === orderOf('completed'))],
      }),
    ],
    [
      'settled-refunds',
      '0 by the file',
      (l: DayLists) => ({
        ...l,
        settlement: l.settlement.filter((s) => s.kind !== 'cancel' || s.orderId !== orderOf('refunded')),
      }),
    ],
    [
      'settled-refunds',
      'given back by the file',
      (l: DayLists) => ({
        ...l,
        settlement: [
          ...l.settlement,
          {
            ...(l.settlement.find((s) => s.orderId === orderOf('completed')) as DayLists['settlement'][0]),
            kind: 'cancel',
            amount: -1,
          },
        ],
      }),
    ],
    [
      'listed-transfers',
      'is not in the list',
      (l: DayLists) => ({ ...l, bank: l.bank.filter((t) => t.reference !== transferOf('completed')) }),
    ],
    [
      'listed-transfers',
      'returned in the list, COMPLETED here',
      (l: DayLists) => ({
        ...l,
        bank: l.bank.map((t) => (t.reference === transferOf('completed') ? { ...t, status: 'returned' } : t)),
      }),
    ],
    [
      'listed-transfers',
      'in the list, 100000 here',
      (l: DayLists) => ({
        ...l,
        bank: l.bank.map((t) => (t.reference === transferOf('completed') ? { ...t, amount: 1 } : t)),
      }),
    ],
    [
      'listed-transfers',
      '…9999 in the list, to 092 …1234 here',
      (l: DayLists) => ({
        ...l,
        bank: l.bank.map((t) => (t.reference === transferOf('completed') ? { ...t, accountLast4: '9999' } : t)),
      }),
    ],
  ])('%s: %s', async (law, fact, change) => {
    const found = await onDay(change);
    expect(Object.keys(found)).toEqual([law]);
    expect(found[law]).toEqual([expect.stringContaining(fact)]);
    expect(found[law]?.[0]).toMatch(new RegExp(`^(${deals.completed}|${deals.refunded}) `));
  });
});
