/** Doubts stop money (spec/verdicts.md, "Doubts"): every cell of the matrix, as the database refuses it. */
import { randomUUID } from 'node:crypto';
import { barOf, endDoubts, raiseDoubt } from '../../db/doubts';
import { recordSend } from '../../db/sends';
import { stopLeg } from '../../db/stop-switches';
import type { Beginning, DoubtKind } from '../../workflows/domain/doubts';
import type { DealId } from '../../workflows/domain/ids';
import { liftStopOf, stopOf } from '../fixtures/operator';
import { poll } from '../fixtures/poll';
import { insertDeal, insertPayment, insertPerson, insertRefund, insertTransfer, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
let deal: DealId;
beforeAll(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
beforeEach(async () => {
  deal = (await insertDeal(database.db, person)) as DealId;
});
afterAll(() => database.drop());

const WAITS_FOR_LOCK = `select 1 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;
const raise = (kind: DoubtKind, attempt: number | null = null) =>
  database.db.transaction((trx) => raiseDoubt(trx, { dealId: deal, kind, attempt, raisedBy: 'webhook' }));
const charged = () => ({ status: 'PAID', payment_key: randomUUID() });
const fee = { principal: 0, fee: 100, amount: 100, cause: 'fee-refunded' };
const now = () => new Date();

/** Each beginning as its rows, on a deal of which all that must be before it is there; answers with what was made. */
const BEGINNINGS: Readonly<
  Record<Beginning | 're-sent transfer' | 're-sent refund', () => Promise<() => Promise<unknown>>>
> = {
  async charge() {
    await insertPayment(database.db, person, deal, { status: 'FAILED' });
    return () => insertPayment(database.db, person, deal, { attempt: 2, sent_at: now() });
  },
  async transfer() {
    await insertPayment(database.db, person, deal, charged());
    return () => insertTransfer(database.db, person, deal);
  },
  async refund() {
    const payment = await insertPayment(database.db, person, deal, charged());
    return () => insertRefund(database.db, deal, payment);
  },
  async 'fee-refund'() {
    const payment = await insertPayment(database.db, person, deal, charged());
    return () => insertRefund(database.db, deal, payment, fee);
  },
  async 're-sent transfer'() {
    await insertPayment(database.db, person, deal, charged());
    const reference = randomUUID();
    await insertTransfer(database.db, person, deal, { reference });
    return () => database.db('sends').insert({ deal_id: deal, leg: 'transfer', key: reference, sent_at: now() });
  },
  async 're-sent refund'() {
    const payment = await insertPayment(database.db, person, deal, charged());
    const key = randomUUID();
    await insertRefund(database.db, deal, payment, { idempotency_key: key });
    return () => database.db('sends').insert({ deal_id: deal, leg: 'refund', key, sent_at: now() });
  },
};
type Begun = keyof typeof BEGINNINGS;
const ALL = Object.keys(BEGINNINGS) as Begun[];

/** spec/verdicts.md, by one kind of doubt a row, or all of a row. */
const MATRIX: readonly (readonly [string, readonly DoubtKind[], readonly Begun[]])[] = [
  ['the standing charge', ['dispute-open', 'foreign-refund', 'charge-denied'], ALL],
  ['another charge attempt', ['second-charge', 'charge-claimed'], ['charge']],
  [
    'any transfer',
    ['transfer-claimed', 'paid-after-failure', 'transfer-contradicted'],
    ['transfer', 'refund', 're-sent transfer', 're-sent refund'],
  ],
  ['the refund of the standing charge', ['refund-denied'], ALL.filter((begun) => begun !== 'charge')],
];
const CELLS = MATRIX.flatMap(([about, kinds, barred]) =>
  kinds.flatMap((kind) => ALL.map((begun) => ({ about, kind, begun, isBarred: barred.includes(begun) }))),
);

test.each(CELLS.filter(({ isBarred }) => isBarred))(
  'while $about is in doubt ($kind) there is no $begun; when it is ended there is',
  async ({ kind, begun }) => {
    const begin = await BEGINNINGS[begun]();
    await raise(kind);
    await expect(begin()).rejects.toMatchObject({ code: 'PL003' });
    await endDoubts(database.db, deal, { kinds: [kind] }, 'operator');
    await begin();
  },
);

test.each(CELLS.filter(({ isBarred }) => !isBarred))(
  'a doubt about $about ($kind) keeps no $begun',
  async ({ kind, begun }) => {
    const begin = await BEGINNINGS[begun]();
    await raise(kind);
    await begin();
  },
);

test.each(CELLS.flatMap(({ kind }) => [kind]).filter((kind, i, all) => all.indexOf(kind) === i))(
  'whatever is in doubt (%s), an undecided charge is asked about again and a late charge is given back',
  async (kind) => {
    await insertPayment(database.db, person, deal, { order_id: deal, sent_at: now() });
    const late = await insertPayment(database.db, person, deal, { ...charged(), attempt: 2, late: true });
    await raise(kind);
    expect(await recordSend(database.db, { dealId: deal, leg: 'charge', key: deal }, now())).not.toBeNull();
    await insertRefund(database.db, deal, late);
  },
);

test('of an attempt whose charge is in doubt nothing is given back but by the proving cancel', async () => {
  const declined = await insertPayment(database.db, person, deal, { status: 'FAILED' });
  await raise('charge-claimed', 1);
  await expect(insertRefund(database.db, deal, declined)).rejects.toMatchObject({ code: 'PL003' });
  await database.db('payments').where({ id: declined }).update({ payment_key: 'pay_claimed', late: true });
  await insertRefund(database.db, deal, declined);
});

test('a stop keeps new intents of its leg and re-sent transfers, and nothing else', async () => {
  const resend = await BEGINNINGS['re-sent transfer']();
  await stopLeg(database.db, stopOf('transfer'));
  await stopLeg(database.db, stopOf('charge'));
  try {
    await expect(resend()).rejects.toMatchObject({ code: 'PL003' });
    for (const begun of ['refund', 'fee-refund'] as const) {
      deal = (await insertDeal(database.db, person)) as DealId;
      await (await BEGINNINGS[begun]())();
    }
    deal = (await insertDeal(database.db, person)) as DealId;
    const order = { order_id: deal, sent_at: now() };
    await expect(insertPayment(database.db, person, deal, order)).rejects.toMatchObject({ code: 'PL003' });
    await insertPayment(database.db, person, deal, charged());
    await expect(insertTransfer(database.db, person, deal)).rejects.toMatchObject({ code: 'PL003' });
    expect(await barOf(database.db, deal, 'transfer')).toBe('stopped');
    expect(await barOf(database.db, deal, 'refund')).toBeNull();
  } finally {
    await liftStopOf(database.db, 'transfer');
    await liftStopOf(database.db, 'charge');
  }
});

test('on a charge that a dispute has lost nothing is paid out', async () => {
  const payment = await insertPayment(database.db, person, deal, charged());
  const lost = { status: 'LOST', decided_at: now(), evidence: 'mail of the PG' };
  await database
    .db('chargebacks')
    .insert({ id: randomUUID(), deal_id: deal, payment_id: payment, reference: deal, amount: 10_300, ...lost });
  await expect(insertTransfer(database.db, person, deal)).rejects.toMatchObject({ code: 'PL003' });
});

test('a POST that a doubt bars is not noted, so it never goes', async () => {
  await insertPayment(database.db, person, deal, charged());
  const reference = randomUUID();
  await insertTransfer(database.db, person, deal, { reference });
  const send = { dealId: deal, leg: 'transfer', key: reference } as const;
  await raise('paid-after-failure');
  expect(await recordSend(database.db, send, now())).toBeNull();
  await endDoubts(database.db, deal, { kinds: ['paid-after-failure'] }, 'return');
  expect(await recordSend(database.db, send, now())).not.toBeNull();
});

test('a doubt waits for whoever holds the deal: what began before it is older', async () => {
  await insertPayment(database.db, person, deal, charged());
  const begun = await database.db.transaction(async (trx) => {
    await trx('deals').where({ id: deal }).forUpdate().first('id');
    const raising = raise('transfer-claimed');
    await poll(
      () => database.db.raw(WAITS_FOR_LOCK),
      ({ rows }) => rows.length > 0,
      { what: 'the doubt waits for the lock' },
    );
    await insertTransfer(trx, person, deal);
    const { rows } = await trx.raw('select clock_timestamp() as at');
    return { at: rows[0].at, raising };
  });
  await begun.raising;
  const doubt = await database.db('doubts').where({ deal_id: deal }).first('opened_at');
  expect(doubt.opened_at.getTime()).toBeGreaterThanOrEqual(begun.at.getTime());
});

test('a doubt is one row while it is open, learns its detail, and ends with its task', async () => {
  const told = () => database.db('operator_tasks').where({ deal_id: deal, closed_at: null }).pluck('detail');
  await raise('charge-claimed', 1);
  await raise('charge-claimed', 1);
  await raise('charge-claimed', 2);
  expect(await database.db('doubts').where({ deal_id: deal })).toHaveLength(2);
  expect(await told()).toEqual(['attempt 2']);
  await endDoubts(database.db, deal, { kinds: ['charge-claimed'], attempt: 1 }, 'booking');
  expect(await told()).toHaveLength(1); // the second attempt is in doubt still
  await endDoubts(database.db, deal, { kinds: ['charge-claimed'], attempt: 2 }, 'files');
  expect(await told()).toEqual([]);
  const ends = await database.db('doubts').where({ deal_id: deal }).orderBy('id').pluck('closed_by');
  expect(ends).toEqual(['booking', 'files']);
});
