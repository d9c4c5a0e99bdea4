/** What people paid by hand, in the proof of cash: the statement has it under its slip, the list of the API does not. */
import { fund } from '../../api/operator/owner-funds';
import { postEntries } from '../../db/ledger';
import { finishRequest } from '../../db/operator-requests';
import { acceptBreak } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { transferInLists } from '../../db/reconciliation/proof';
import type { DealId } from '../../workflows/domain/ids';
import { returnPostings } from '../../workflows/domain/ledger';
import { won } from '../../workflows/domain/money';
import type { CashProof, StatementLine } from '../../workflows/domain/reconciliation';
import { BY } from '../fixtures/operator';
import { brokenLawsOfCash, expectProven, openBreaks, ownersLine, putIn } from '../fixtures/proof-of-cash';
import { reconcileLists } from '../fixtures/reconciling';
import { approvedRequest } from '../fixtures/requests';
import { insertPerson } from '../fixtures/rows';
import {
  bankLinesOf,
  dealOf,
  insertSettledDay,
  type SettledDay,
  settlementLinesOf,
  statementLinesOf,
} from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY: SettledDay = { day: '2026-03-02', count: 20 };
const NEXT = '2026-03-03';
const PAID = dealOf(DAY, 0);
const OPENED = 5_000_000;

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
  await putIn(database.db, OPENED, 'OPENING', `${DAY.day}T00:30:00+09:00`);
});
afterEach(() => database.drop());

const owners = (reference: string, amount: number, at = `${DAY.day}T00:30:00+09:00`) =>
  ownersLine(reference, amount, at);
const opened = owners('OPENING', OPENED);
const payouts = [...statementLinesOf(DAY)];
const sum = (lines: readonly { amount: number }[]) => lines.reduce((won, { amount }) => won + amount, 0);
const open = () => openBreaks(database.db);
const brokenLaws = () => brokenLawsOfCash(database.db);
const proven = (night: { cash: CashProof | null }, closing: number) => expectProven(database.db, night, closing);

const SLIP = 'SLIP-7';
/** The deal's transfer was made by hand on this day, and booked so, with what shows it of the day `seen`. */
async function paidByHand(day = DAY.day, deal = PAID, seen = NEXT): Promise<string> {
  const { db } = database;
  const reference = deal.reference.replace('-T1', '-M1');
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('transfers')
      .where({ reference: deal.reference })
      .update({
        ...{ reference, trading_date: day, bank_reference: SLIP, paid_by: 'operator:kim' },
        ...{ evidence: 'slip in the safe', evidence_at: `${seen}T23:59:00+09:00` },
      });
    for (const kind of ['transfer', 'transfer-intent'])
      await trx('ledger_journals')
        .where({ key: `${kind}:${deal.reference}` })
        .update({ key: `${kind}:${reference}` });
  });
  return reference;
}
const byApi = payouts.filter(({ reference }) => reference !== PAID.reference);
const slip = (amount = -PAID.principal, day = DAY.day): StatementLine => owners(SLIP, amount, `${day}T14:00:00+09:00`);
const apiLists = () => ({
  settlement: [...settlementLinesOf(DAY)],
  bank: [...bankLinesOf(DAY)].filter(({ reference }) => reference !== PAID.reference),
});
const nightByHand = (
  lines: readonly StatementLine[],
  more: { readonly now?: Date; readonly acceptLoss?: boolean } = {},
) => reconcileLists(database.db, { day: DAY.day, ...apiLists(), statement: { opening: 0, lines }, ...more });

const nextNight = (lines: readonly StatementLine[], opening: number) =>
  reconcileLists(database.db, { day: NEXT, settlement: [], bank: [], statement: { opening, lines } });

test('what was paid by hand is proven by the slip on the statement, and the list that lacks it is no break', async () => {
  await paidByHand();
  await proven(await nightByHand([opened, ...byApi, slip()]), OPENED + sum(payouts));
});

test('the list of a day proves what it lacks although a person paid by hand that day', async () => {
  await paidByHand();
  await nightByHand([opened, ...byApi, slip()]);
  const { db } = database;
  const { id } = await db('deals').where({ deal_no: PAID.dealNo }).first('id');
  const sent = { deal_id: id, leg: 'transfer', key: 'LOST-T1', sent_at: `${DAY.day}T12:00:00+09:00` };
  await db('sends').insert(sent);
  const lost = { reference: 'LOST-T1', tradingDate: DAY.day, amount: PAID.principal };
  expect(await transferInLists(db, lost)).toBe('absent');
});

test('what was paid by hand and is not on the complete statement of its day is unproven, and doubted', async () => {
  const reference = await paidByHand();
  const before = await nightByHand([opened, ...byApi], { now: new Date(`${DAY.day}T23:59:00+09:00`) });
  expect([before.opened, await open()]).toEqual([0, []]);
  const { cash } = await nightByHand([opened, ...byApi]);
  expect(await breaksAfter(database.db, 0, 'open')).toMatchObject([
    {
      ...{ class: 'manual-transfer-unproven', key: `transfer:${reference}`, dealNo: PAID.dealNo, theirs: null },
      ...{
        businessDay: DAY.day,
        amount: PAID.principal,
        proposedFix: expect.stringMatching(/look at the slip.*the deal is reopened/),
      },
    },
  ]);
  expect(await database.db('doubts').pluck('kind')).toEqual(['transfer-contradicted']);
  expect([cash?.unexplained, await brokenLaws()]).toEqual([0, []]);
  await proven(await nightByHand([opened, ...byApi, slip()]), OPENED + sum(payouts));
  expect(await database.db('doubts').whereNull('closed_at')).toEqual([]);
});

test('accepted as never paid it is out and back again: no statement is asked for it, and a slip that comes is a break', async () => {
  const reference = await paidByHand();
  await nightByHand([opened, ...byApi]);
  const [found] = await breaksAfter(database.db, 0, 'open');
  const { db } = database;
  const dealId = found?.dealId as DealId;
  const order = { breakId: found?.id ?? 0, chargeback: null, dealId, ...BY };
  expect(await db.transaction((trx) => acceptBreak(trx, order))).toEqual({ kind: 'ended', again: false });
  await db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('transfers').where({ reference }).update({ status: 'RETURNED', code: 'returned' });
    await trx('deals').where({ id: dealId }).update({ status: 'TRANSFER_FAILED' });
    const postings = returnPostings(won(PAID.principal));
    await postEntries(trx, { dealId, kind: 'return', key: `return:${reference}`, postings });
  });
  expect(await db('doubts').whereNull('closed_at')).toEqual([]);
  await proven(await nightByHand([opened, ...byApi]), OPENED + sum(byApi));
  await nightByHand([opened, ...byApi, slip()]);
  expect(await open()).toEqual([['cash-amount-differs', `transfer:${reference}`]]);
});

const DAYS = [
  ['the day that was told', DAY.day],
  ['another day', NEXT],
] as const;
test.each(DAYS)('what a statement of %s has is not accepted as never paid', async (_which, day) => {
  await paidByHand();
  await nightByHand([opened, ...byApi]);
  const [found] = await breaksAfter(database.db, 0, 'open');
  const line = { day, reference: SLIP, amount: -PAID.principal };
  const { db } = database;
  const at = `${day}T14:00:00+09:00`;
  await db('statement_lines').insert({ ...line, line_no: 999, line_id: 'O-LATE', kind: 'owner-funds', at });
  const order = { breakId: found?.id ?? 0, chargeback: null, dealId: found?.dealId ?? null, ...BY };
  expect(await db.transaction((trx) => acceptBreak(trx, order))).toEqual({
    ...{ kind: 'refused', why: expect.stringContaining(`the statement of ${day} has its slip`) },
  });
  expect(await open()).toHaveLength(1);
});

test('a slip of that number from before the charge is another payment', async () => {
  await paidByHand();
  await nightByHand([opened, ...byApi]);
  const [found] = await breaksAfter(database.db, 0, 'open');
  const line = { day: '2026-03-01', reference: SLIP, amount: -PAID.principal, at: '2026-03-01T14:00:00+09:00' };
  await database.db('statement_lines').insert({ ...line, line_no: 999, line_id: 'O-OLD', kind: 'owner-funds' });
  await nightByHand([opened, ...byApi]);
  expect(await open()).toContainEqual(['manual-transfer-unproven', found?.key]);
  const order = { breakId: found?.id ?? 0, chargeback: null, dealId: found?.dealId ?? null, ...BY };
  expect(await database.db.transaction((trx) => acceptBreak(trx, order))).toMatchObject({ kind: 'ended' });
});

test('a slip of another amount does not prove what was paid by hand; of another amount and another day it does neither', async () => {
  const reference = await paidByHand();
  await nightByHand([opened, ...byApi, slip(1 - PAID.principal)]);
  expect(await open()).toEqual([['cash-amount-differs', `transfer:${reference}`]]);
  await nightByHand([opened, ...byApi], { acceptLoss: true });
  await nextNight([slip(1 - PAID.principal, NEXT)], OPENED + sum(byApi));
  expect(await open()).toEqual([
    ['manual-transfer-unproven', `transfer:${reference}`],
    ['cash-not-booked', `owner-funds:${SLIP}`],
  ]);
  const found = await breaksAfter(database.db, 0, 'open');
  expect(found.find(({ class: kind }) => kind === 'cash-not-booked')?.proposedFix).toMatch(/manual-transfer/);
});

/** How each break ended. */
const ends = () => database.db('reconciliation_breaks').orderBy('id').pluck('resolution');

test('a slip that was booked as of an earlier day than the bank’s is proven by its line, and the break keeps both days', async () => {
  const reference = await paidByHand();
  await nightByHand([opened, ...byApi]);
  expect(await open()).toEqual([['manual-transfer-unproven', `transfer:${reference}`]]);
  const night = await nextNight([slip(-PAID.principal, NEXT)], OPENED + sum(byApi));
  await proven(night, OPENED + sum(payouts));
  expect(await ends()).toEqual([
    expect.stringMatching(/^matched in run \d+: paid on 2026-03-03, and booked as of 2026-03-02$/),
  ]);
  expect(await database.db('doubts').whereNull('closed_at')).toEqual([]);
});

test('a line of a later day than what shows the payment proves nothing: no payment is later than its slip', async () => {
  const reference = await paidByHand(DAY.day, PAID, DAY.day);
  await nightByHand([opened, ...byApi]);
  await nextNight([slip(-PAID.principal, NEXT)], OPENED + sum(byApi));
  expect(await open()).toEqual([
    ['manual-transfer-unproven', `transfer:${reference}`],
    ['cash-not-booked', `owner-funds:${SLIP}`],
  ]);
});

test('a slip that was booked as of a later day than the bank’s is proven by its line, and so is its return since then', async () => {
  const reference = await paidByHand(NEXT);
  await nightByHand([opened, ...byApi, slip()]);
  await proven(await nextNight([], OPENED + sum(payouts)), OPENED + sum(payouts));
  const back: StatementLine = { ...slip(PAID.principal, NEXT), kind: 'return' };
  await nextNight([back], OPENED + sum(payouts));
  expect(await open()).toEqual([['manual-transfer-returned', `return:${reference}`]]);
});

test('of two payments under one number on other days neither is taken for the slip: people look', async () => {
  const reference = await paidByHand();
  await nightByHand([opened, ...byApi]);
  await nextNight(
    [slip(-PAID.principal, NEXT), { ...slip(-PAID.principal, NEXT), id: 'O-SECOND' }],
    OPENED + sum(byApi),
  );
  expect(await open()).toEqual([
    ['manual-transfer-unproven', `transfer:${reference}`],
    ['cash-not-booked', `owner-funds:${SLIP}`],
  ]);
});

test('a payment that another deal’s slip of that number and day tells of proves no other slip', async () => {
  const reference = await paidByHand();
  // The same number and amount, as the bank's daily numbers may come to be.
  const other = await paidByHand(NEXT, dealOf(DAY, 1));
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('transfers').where({ reference: other }).update({ amount: PAID.principal });
  });
  await nightByHand([opened, ...byApi]);
  await nextNight([slip(-PAID.principal, NEXT)], OPENED + sum(byApi));
  expect(await open()).toContainEqual(['manual-transfer-unproven', `transfer:${reference}`]);
});

test('what the bank gives back of it is one break, on whichever day', async () => {
  const reference = await paidByHand();
  await nightByHand([opened, ...byApi, slip()]);
  const back: StatementLine = { ...slip(PAID.principal, NEXT), kind: 'return' };
  await nextNight([back], OPENED + sum(payouts));
  expect(await breaksAfter(database.db, 0, 'open')).toMatchObject([
    { class: 'manual-transfer-returned', key: `return:${reference}`, amount: PAID.principal, businessDay: NEXT },
  ]);
  expect(await brokenLaws()).toEqual([]);
});

test('a part that comes back is not accepted as the return: the order says so, and the break stays', async () => {
  await paidByHand();
  await nightByHand([opened, ...byApi, slip()]);
  await nextNight([{ ...slip(PAID.principal - 500, NEXT), kind: 'return' }], OPENED + sum(payouts));
  const [found] = await breaksAfter(database.db, 0, 'open');
  expect(found?.class).toBe('manual-transfer-returned');
  const order = { breakId: found?.id ?? 0, chargeback: null, dealId: found?.dealId ?? null, ...BY };
  expect(await database.db.transaction((trx) => acceptBreak(trx, order))).toEqual({
    ...{ kind: 'refused', why: expect.stringMatching(/not the whole amount came back/) },
  });
  expect(await open()).toHaveLength(1);
});

test('what the owner puts in is the owner’s, also under a number that a slip had', async () => {
  await paidByHand();
  await nightByHand([opened, ...byApi, slip()]);
  const at = `${NEXT}T09:00:00+09:00`;
  const deps = { db: database.db, engine: () => Promise.reject(new Error('not needed')) };
  const given = { amount: 700, reference: SLIP, at, reason: 'ticket 17' };
  expect(await fund.judge?.(deps.db, { operator: 'kim' }, given)).toMatchObject({
    ...{ kind: 'refused', words: expect.stringMatching(/is the slip of a transfer made by hand/) },
  });
  // Of a time before slips were asked for.
  const request_id = await approvedRequest(database.db, { kind: 'fund', subject: SLIP });
  await database.db.transaction(async (trx) => {
    await finishRequest(trx, request_id);
    await trx('owner_funds').insert({
      reference: SLIP,
      amount: 700,
      at,
      actor: 'operator:kim',
      reason: 'x',
      request_id,
    });
  });
  await nextNight([owners(SLIP, 700, at)], OPENED + sum(payouts));
  expect((await open()).map(([kind]) => kind)).not.toContain('manual-transfer-returned');
});
