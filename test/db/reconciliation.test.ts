/** Matching on a day of deals at rest: clean lists give no break, and each planted difference gives exactly its own. */
import { type Break, breaksAfter } from '../../db/reconciliation/breaks';
import type { BankLine, SettlementLine } from '../../workflows/domain/reconciliation';
import { cancel, change, charge, forgetJournal, lineOf, reconcileLists, transfer } from '../fixtures/reconciling';
import { insertPerson, type Person } from '../fixtures/rows';
import { bankLinesOf, dealOf, insertSettledDay, type SettledDay, settlementLinesOf } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY: SettledDay = { day: '2026-03-02', count: 40 };

let database: TestDatabase;
let person: Person;
beforeEach(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
  await insertSettledDay(database.db, DAY, person);
});
afterEach(() => database.drop());

interface Lists {
  readonly settlement?: readonly SettlementLine[];
  readonly bank?: readonly BankLine[];
}
const cleanSettlement = () => [...settlementLinesOf(DAY)];
const cleanBank = () => [...bankLinesOf(DAY)];

const reconcile = ({ settlement = cleanSettlement(), bank = cleanBank() }: Lists = {}, acceptLoss = false) =>
  reconcileLists(database.db, { day: DAY.day, settlement, bank, acceptLoss });
const openBreaks = (): Promise<Break[]> => breaksAfter(database.db, 0, 'open');
const named = async () => (await openBreaks()).map(({ class: kind, key }) => [kind, key]);

test('a clean day has no break: payments, refunds, fee refunds, failed and returned transfers', async () => {
  const result = await reconcile();
  expect(await openBreaks()).toEqual([]);
  expect(result).toMatchObject({
    sources: { settlement: 48, payments: 40, refunds: 8, bank: 40, transfers: 40 },
    ...{ matched: 88, carried: 0, opened: 0, resolved: 0, open: {} },
  });
});

/** Deals of the day with each fate (test/fixtures/settled-day.ts). */
const PAID = dealOf(DAY, 0);
const FAILED = dealOf(DAY, 11);
const FEE_BACK = dealOf(DAY, 7);
const STRANGER = 'PL260302ZZZZZZZZZZ';

async function update(table: string, where: object, values: object): Promise<void> {
  expect(await database.db(table).where(where).update(values)).toBe(1);
}
const undecidedCharge = async () => {
  await update('payments', { order_id: PAID.orderId }, { status: 'PENDING', payment_key: null, approved_at: null });
  await forgetJournal(database.db, `charge:${PAID.orderId}`);
};
const undecidedTransfer = async () => {
  await update('transfers', { reference: PAID.reference }, { status: 'PROCESSING', decided_at: null });
  await forgetJournal(database.db, `transfer:${PAID.reference}`);
};

interface Plant {
  readonly lists?: () => Lists;
  readonly rows?: () => Promise<void>;
  /** Class and key of the only break. */
  readonly gives: readonly [string, string];
  readonly amount: number;
}
const PLANTS: Record<string, Plant> = {
  'a charge of an unknown order': {
    lists: () => ({
      settlement: [
        ...cleanSettlement(),
        { ...lineOf(cleanSettlement(), charge(PAID.orderId)), orderId: `${STRANGER}-1` },
      ],
    }),
    gives: ['missing-here', `${STRANGER}-1`],
    amount: PAID.total,
  },
  'a charge that the settlement file lacks': {
    lists: () => ({ settlement: cleanSettlement().filter((line) => !charge(PAID.orderId)(line)) }),
    gives: ['missing-at-pg', PAID.orderId],
    amount: PAID.total,
  },
  'a settled charge that is undecided here': {
    rows: undecidedCharge,
    gives: ['charge-undecided-but-settled', PAID.orderId],
    amount: PAID.total,
  },
  'a settled charge that was decided failed here': {
    rows: async () => {
      await undecidedCharge();
      await update('payments', { order_id: PAID.orderId }, { status: 'FAILED', decline_code: 'declined' });
    },
    gives: ['charged-after-failure', PAID.orderId],
    amount: PAID.total,
  },
  'a second charge under one order': {
    lists: () => ({
      settlement: [
        { ...lineOf(cleanSettlement(), charge(PAID.orderId)), paymentKey: 'pay_second' },
        ...cleanSettlement(),
      ],
    }),
    gives: ['charged-twice', `${PAID.orderId}#2`],
    amount: PAID.total,
  },
  'a charge under another paymentKey': {
    lists: () => ({ settlement: change(cleanSettlement(), charge(PAID.orderId), { paymentKey: 'pay_other' }) }),
    gives: ['key-differs', PAID.orderId],
    amount: PAID.total,
  },
  'a charge of another amount': {
    lists: () => ({ settlement: change(cleanSettlement(), charge(PAID.orderId), { amount: PAID.total + 7 }) }),
    gives: ['amount-differs', PAID.orderId],
    amount: 7,
  },
  'a charge for another fee': {
    lists: () => {
      const { fee, net } = lineOf(cleanSettlement(), charge(PAID.orderId));
      return { settlement: change(cleanSettlement(), charge(PAID.orderId), { fee: fee + 3, net: net - 3 }) };
    },
    gives: ['fee-differs', PAID.orderId],
    amount: 3,
  },
  'a charge paid short of its own net': {
    lists: () => {
      const { net } = lineOf(cleanSettlement(), charge(PAID.orderId));
      return { settlement: change(cleanSettlement(), charge(PAID.orderId), { net: net - 11 }) };
    },
    gives: ['settlement-short', PAID.orderId],
    amount: 11,
  },
  'a refund that the settlement file lacks': {
    lists: () => ({ settlement: cleanSettlement().filter((line) => !cancel(FAILED.orderId)(line)) }),
    gives: ['refund-missing-at-pg', `${FAILED.dealNo}-R1`],
    amount: FAILED.total,
  },
  'a refund that nobody here asked for': {
    lists: () => {
      const line = { ...lineOf(cleanSettlement(), charge(PAID.orderId)), at: '2026-03-02T12:00:00.250+09:00' };
      const refund = { ...line, kind: 'cancel', amount: -5_000, fee: -125, net: -4_875 };
      return { settlement: [...cleanSettlement(), refund] };
    },
    gives: ['refund-not-ours', `${PAID.orderId}@2026-03-02T12.00.00.250`],
    amount: 5_000,
  },
  'a second refund of the same amount': {
    lists: () => {
      const line = { ...lineOf(cleanSettlement(), cancel(FEE_BACK.orderId)), at: '2026-03-02T23:00:00.000+09:00' };
      return { settlement: [...cleanSettlement(), line] };
    },
    gives: ['refund-not-ours', `${FEE_BACK.orderId}@2026-03-02T23.00.00.000`],
    amount: FEE_BACK.refund,
  },
  'a refund of another amount': {
    lists: () => ({ settlement: change(cleanSettlement(), cancel(FEE_BACK.orderId), { amount: -130 }) }),
    gives: ['refund-amount-differs', `${FEE_BACK.dealNo}-R1`],
    amount: 30,
  },
  'a settled refund that is undecided here': {
    rows: async () => {
      await update('refunds', { idempotency_key: `${FEE_BACK.dealNo}-R1` }, { status: 'PENDING', decided_at: null });
      await forgetJournal(database.db, `refund:${FEE_BACK.dealNo}-R1`);
    },
    gives: ['refund-undecided-but-settled', `${FEE_BACK.dealNo}-R1`],
    amount: FEE_BACK.refund,
  },
  'a transfer that we did not send': {
    lists: () => ({
      bank: [...cleanBank(), { ...lineOf(cleanBank(), transfer(PAID.reference)), reference: `${STRANGER}-T1` }],
    }),
    gives: ['transfer-unknown-here', `${STRANGER}-T1`],
    amount: PAID.principal,
  },
  'a transfer that the day list lacks': {
    lists: () => ({ bank: cleanBank().filter((line) => !transfer(PAID.reference)(line)) }),
    gives: ['transfer-missing-at-bank', PAID.reference],
    amount: PAID.principal,
  },
  'a decided transfer that is undecided here': {
    rows: undecidedTransfer,
    gives: ['transfer-undecided-but-listed', PAID.reference],
    amount: PAID.principal,
  },
  'an undecided transfer that the closed list lacks': {
    rows: undecidedTransfer,
    lists: () => ({ bank: cleanBank().filter((line) => !transfer(PAID.reference)(line)) }),
    gives: ['transfer-undecided-and-unlisted', PAID.reference],
    amount: PAID.principal,
  },
  'a transfer that the bank made after it had called it failed': {
    lists: () => ({ bank: change(cleanBank(), transfer(FAILED.reference), { status: 'done', code: '0000' }) }),
    gives: ['paid-after-failure', FAILED.reference],
    amount: FAILED.principal,
  },
  'a return that nobody noticed': {
    lists: () => ({ bank: change(cleanBank(), transfer(PAID.reference), { status: 'returned' }) }),
    gives: ['returned-unnoticed', PAID.reference],
    amount: PAID.principal,
  },
  'a completed transfer that the bank calls failed': {
    lists: () => ({ bank: change(cleanBank(), transfer(PAID.reference), { status: 'failed', code: '412' }) }),
    gives: ['transfer-status-differs', PAID.reference],
    amount: PAID.principal,
  },
  'a transfer of another amount': {
    lists: () => ({ bank: change(cleanBank(), transfer(PAID.reference), { amount: PAID.principal - 9 }) }),
    gives: ['transfer-amount-differs', PAID.reference],
    amount: 9,
  },
  'a transfer to another account': {
    lists: () => ({ bank: change(cleanBank(), transfer(PAID.reference), { accountLast4: '9999' }) }),
    gives: ['transfer-account-differs', PAID.reference],
    amount: PAID.principal,
  },
  'a charge listed twice': {
    lists: () => ({ settlement: [...cleanSettlement(), lineOf(cleanSettlement(), charge(PAID.orderId))] }),
    gives: ['duplicate-line', `${PAID.orderId}#2`],
    amount: PAID.total,
  },
  'a refund listed twice': {
    lists: () => {
      const line = { ...lineOf(cleanSettlement(), cancel(FAILED.orderId)), at: '2026-03-02T20:00:00.000+09:00' };
      return { settlement: [...change(cleanSettlement(), cancel(FAILED.orderId), { at: line.at }), line] };
    },
    gives: ['duplicate-line', `${FAILED.orderId}@2026-03-02T20.00.00.000#2`],
    amount: FAILED.total,
  },
  'a transfer listed twice': {
    lists: () => ({ bank: [...cleanBank(), lineOf(cleanBank(), transfer(PAID.reference))] }),
    gives: ['duplicate-line', `${PAID.reference}#2`],
    amount: PAID.principal,
  },
  'a settlement line of an unknown kind': {
    lists: () => ({
      settlement: [...cleanSettlement(), { ...lineOf(cleanSettlement(), charge(PAID.orderId)), kind: 'adjustment' }],
    }),
    gives: ['unknown-line', `${PAID.orderId}/adjustment/2026-03-02#1`],
    amount: PAID.total,
  },
  'a transfer of an unknown status': {
    lists: () => ({ bank: change(cleanBank(), transfer(PAID.reference), { status: 'held' }) }),
    gives: ['unknown-line', PAID.reference],
    amount: PAID.principal,
  },
  'a charge without its journal': {
    rows: () => forgetJournal(database.db, `charge:${PAID.orderId}`),
    gives: ['ledger-differs', `charge:${PAID.orderId}`],
    amount: PAID.total,
  },
  'a refund without its journal': {
    rows: () => forgetJournal(database.db, `refund:${FAILED.dealNo}-R1`),
    gives: ['ledger-differs', `refund:${FAILED.dealNo}-R1`],
    amount: FAILED.total,
  },
  'a transfer without its journal': {
    rows: () => forgetJournal(database.db, `transfer:${PAID.reference}`),
    gives: ['ledger-differs', `transfer:${PAID.reference}`],
    amount: PAID.principal,
  },
  'a journal of a charge that there is not': {
    rows: async () => {
      const at = new Date(PAID.at);
      await database.db('ledger_journals').insert({ kind: 'charge', key: 'charge:NOBODY-1', at });
    },
    gives: ['ledger-differs', 'charge:NOBODY-1'],
    amount: 0,
  },
};

test.each(Object.entries(PLANTS))(
  '%s is one break, once, and is resolved when it no longer holds',
  async (_name, plant) => {
    await plant.rows?.();
    const found = await reconcile(plant.lists?.());
    expect(await named()).toEqual([plant.gives]);
    expect(found).toMatchObject({ opened: 1, carried: 0, open: { [plant.gives[0]]: 1 } });
    const [first] = await openBreaks();
    expect(first).toMatchObject({
      amount: plant.amount,
      businessDay: DAY.day,
      proposedFix: expect.stringMatching(/./),
    });

    expect(await reconcile(plant.lists?.())).toMatchObject({ opened: 0, resolved: 0 });
    expect(await openBreaks()).toEqual([{ ...first, lastRun: (first?.lastRun ?? 0) + 1 }]);

    if (plant.rows) return;
    // What a list had too much, or lacked, its provider has put right.
    expect(await reconcile({}, true)).toMatchObject({ opened: 0, resolved: 1, open: {} });
    const [ended] = await breaksAfter(database.db, 0, 'all');
    expect(ended).toMatchObject({
      id: first?.id,
      openedAt: first?.openedAt,
      resolution: expect.stringMatching(/^matched in run \d+$/),
    });
  },
);
