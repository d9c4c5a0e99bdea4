/** What the PG pays otherwise than our books say: once an operator accepts it, it is booked, and the PG owes nothing more. */

import pino from 'pino';
import { chargebackActivities } from '../../activities/deal/chargebacks';
import { acceptBreak as acceptOrder } from '../../api/operator/accept-break';
import { acceptBreak, acceptByTwo } from '../../db/reconciliation/accepting';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { takeTurn } from '../../db/reconciliation/matching';
import type { SettlementLine } from '../../workflows/domain/reconciliation';
import {
  BY,
  DAY,
  dearer,
  ENDED,
  LINE,
  NET,
  NEXT,
  PAID,
  reconciliationFixture,
  refusedFor,
  SETTLE_DAY,
  settlement,
  withLine,
} from '../fixtures/reconciliation-fixture';
import { forgetJournal } from '../fixtures/reconciling';
import { approvedRequest } from '../fixtures/requests';
import { insertPerson } from '../fixtures/rows';
import { dealOf, insertSettledDay } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const FEE_BACK = dealOf(DAY, 7);

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
});
afterEach(() => database.drop());
const { reconcile, open, accept, balance, received, sound } = reconciliationFixture(() => database);

describe('what the PG pays otherwise than our books say', () => {
  test.each(['before', 'after'])(
    'a fee that is accepted %s the PG pays is a cost, and the PG owes nothing more',
    async (when) => {
      const cost = await balance('pg_fee_expense');
      await reconcile(dearer(40));
      if (when === 'after') await reconcile([], SETTLE_DAY);
      expect(await accept()).toEqual(ENDED);
      expect(await reconcile([], SETTLE_DAY)).toMatchObject({ opened: 0, open: {} });
      expect([await received(), await balance('pg_receivable')]).toEqual([NET - 40, 0]);
      expect(await balance('pg_fee_expense')).toBe(cost + 40);
      expect((await reconcile([], SETTLE_DAY)).settled).toEqual([]);
      await sound();
    },
  );

  test('a net that the PG pays short, once accepted, is a cost too; a charge of nobody is in suspense', async () => {
    const cost = await balance('pg_fee_expense');
    await reconcile(withLine({ net: LINE.net - 11 }));
    expect(await accept()).toEqual(ENDED);
    expect(await balance('pg_fee_expense')).toBe(cost + 11);
    await reconcile([{ ...LINE, orderId: 'NOBODY-1' }], NEXT);
    expect(await accept()).toEqual(ENDED);
    await reconcile([], SETTLE_DAY);
    expect([await received(), await balance('pg_receivable')]).toEqual([NET - 11 + LINE.net, 0]);
    expect(await balance('suspense')).toBe(0 - LINE.net);
    await sound();
  });

  test('an accepted difference that the PG corrects later is taken back, and its break keeps its story', async () => {
    const cost = await balance('pg_fee_expense');
    await reconcile(dearer(40));
    await accept();
    await reconcile([], SETTLE_DAY);
    await reconcile();
    await reconcile([], SETTLE_DAY);
    expect([await received(), await balance('pg_receivable')]).toEqual([NET, 0]);
    expect(await balance('pg_fee_expense')).toBe(cost);
    expect(await breaksAfter(database.db, 0, 'all')).toMatchObject([
      { class: 'fee-differs', resolution: 'accepted by operator:kim: the PG agrees' },
    ]);
    await sound();
  });

  test('a difference is not booked on books that have changed since it was found', async () => {
    await reconcile(dearer(40));
    await forgetJournal(database.db, `charge:${PAID.orderId}`);
    expect(await accept()).toEqual(refusedFor(/have changed since/));
    expect(await balance('suspense')).toBe(0);
  });

  test('what has changed since two people agreed on it is not ended as they agreed', async () => {
    const { db } = database;
    await reconcile(dearer(40));
    const [found] = await breaksAfter(db, 0, 'open');
    const [breakId, dealId] = [found?.id ?? 0, found?.dealId ?? null];
    const seen = async () => (await acceptOrder.look(db, { operator: 'kim', breakId }, BY)).state;
    const agreed = () => approvedRequest(db, { kind: 'accept', subject: `${breakId}`, dealId });
    const give = (request: string) =>
      db.transaction((trx) => acceptByTwo(trx, { ...BY, breakId, dealId, chargeback: null, request }));
    const [before, request] = [await seen(), await agreed()];
    await reconcile(dearer(90));
    expect(await seen()).not.toEqual(before); // an approval finds it stale
    expect(await give(request)).toEqual(refusedFor(/have changed since it was asked for/));
    expect([(await open()).length, await db('ledger_journals').where({ kind: 'correction' })]).toEqual([1, []]);
    expect(await give(await agreed())).toEqual(ENDED);
  });

  test('the same order twice is one; another one of an ended break is refused, and so is one in the middle of a matching', async () => {
    await reconcile(dearer(40));
    const [found] = await breaksAfter(database.db, 0, 'open');
    const order = { ...BY, breakId: found?.id ?? 0, dealId: found?.dealId ?? null, chargeback: null };
    const give = (more: object = {}) => database.db.transaction((trx) => acceptBreak(trx, { ...order, ...more }));
    await database.db.transaction(async (trx) => {
      await takeTurn(trx);
      expect(await give()).toEqual(refusedFor(/under way/));
    });
    expect(await give({ dealId: null })).toEqual(refusedFor(/another deal/));
    expect(await give({ breakId: 4_711 })).toEqual(refusedFor(/no break 4711/));
    expect(await give()).toEqual(ENDED);
    expect(await give()).toEqual({ kind: 'ended', again: true });
    expect(await give({ reason: 'another' })).toEqual(refusedFor(/has ended: accepted by operator:kim/));
    expect(await database.db('ledger_journals').where({ kind: 'correction' })).toHaveLength(1);
  });
});

describe('the line of a chargeback', () => {
  const { total } = PAID;
  const deduction = (fee: number): SettlementLine => ({
    ...LINE,
    ...{ kind: 'chargeback', amount: 0 - total, fee, net: 0 - total - fee },
  });
  const givenBack: SettlementLine = { ...LINE, kind: 'chargeback-won', amount: total, fee: 0, net: total };
  const note = async (standing: 'open' | 'won' | 'lost', { dealNo } = PAID) => {
    const { db } = database;
    const { id: dealId } = await db('deals').where({ deal_no: dealNo }).first('id');
    const { recordChargeback } = chargebackActivities({ db, clock: () => new Date(), log: pino({ enabled: false }) });
    const told = { ...BY, dealId, standing, reference: `case-${dealNo}`, evidence: 'mail of the PG' };
    expect(await recordChargeback(told)).toEqual({ kind: 'noted' });
  };
  const CASE = { chargeback: `case-${PAID.dealNo}` };

  test.each([
    ['the charge', 0],
    ['the charge and a fee of its own', 15_000],
  ])('of a lost one the PG keeps %s: it owes nothing more, and the float is what it paid', async (_what, fee) => {
    await note('open');
    await note('lost');
    const cost = await balance('pg_fee_expense');
    await reconcile([...settlement(), deduction(fee)]);
    expect(await open()).toEqual([['unknown-line', expect.stringContaining(PAID.orderId)]]);
    expect(await accept(CASE)).toEqual(ENDED);
    expect(await reconcile([], SETTLE_DAY)).toMatchObject({ opened: 0, open: {} });
    expect([await received(), await balance('pg_receivable')]).toEqual([NET - total - fee, 0]);
    expect([await balance('chargeback_loss'), await balance('pg_fee_expense')]).toEqual([total, cost + fee]);
    await sound();
  });

  test('of a won one the PG keeps the charge and gives it back: each line is of the dispute once', async () => {
    await note('open');
    await reconcile([...settlement(), deduction(0)]);
    await accept(CASE);
    await reconcile([givenBack], NEXT);
    expect(await accept(CASE)).toEqual(refusedFor(/not won/));
    await note('won');
    expect(await accept(CASE)).toEqual(ENDED);
    await reconcile([], SETTLE_DAY);
    expect([await received(), await balance('pg_receivable')]).toEqual([NET, 0]);
    await sound();
    await reconcile([deduction(0)], SETTLE_DAY);
    expect(await accept(CASE)).toEqual(refusedFor(/already/));
  });

  test('it is of the dispute that the operator names, or of none and in suspense; another deal’s or amount is refused', async () => {
    await note('open');
    await note('open', FEE_BACK);
    await reconcile([...settlement(), { ...deduction(0), amount: -5_000, net: -5_000 }]);
    expect(await accept()).toEqual(refusedFor(/--case/));
    expect(await accept({ chargeback: 'case-unheard-of' })).toEqual(refusedFor(/no chargeback/));
    expect(await accept({ chargeback: `case-${FEE_BACK.dealNo}` })).toEqual(refusedFor(/another deal/));
    expect(await accept(CASE)).toEqual(refusedFor(/of -5000/));
    expect(await accept({ chargeback: 'none' })).toEqual(ENDED);
    expect(await balance('suspense')).toBe(5_000);
    await reconcile([], SETTLE_DAY);
    expect(await received()).toBe(NET - 5_000);
    await sound();
  });
});
