/** The owner's money in the float: booked once by its reference, to the won, and by nobody's name but an operator's. */
import type { OperatorDeps } from '../../../api/operator/order';
import { fund, withdraw } from '../../../api/operator/owner-funds';
import { INVARIANTS } from '../../../db/invariants/all';
import { examineAll } from '../../../db/invariants/invariant';
import { operatorCommand } from '../../fixtures/commands';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let deps: OperatorDeps;
beforeEach(async () => {
  database = await testDatabase();
  deps = { db: database.db, engine: () => Promise.reject(new Error('the engine was asked for')) };
});
afterEach(() => database.drop());

const BY = { operator: 'kim' };
const AT = '2026-03-02T10:00:00+09:00';
const order = (amount: number, reference = 'OPENING') => ({ amount, reference, at: AT, reason: 'ticket 17' });

const balances = async () => {
  const rows = await database
    .db('ledger_entries')
    .groupBy('account')
    .orderBy('account')
    .select('account')
    .select(database.db.raw('sum(amount) as won'));
  return Object.fromEntries(rows.map(({ account, won }) => [account, Number(won)]));
};
afterEach(async () => {
  const { findings } = await examineAll(database.db, INVARIANTS, { now: new Date(), stuckAfterS: 600 });
  expect(findings.filter(({ total }) => total > 0)).toEqual([]);
});

test('what the owner puts in is in the float, and is the owner’s; what he takes out no longer', async () => {
  expect(await fund.carryOut(deps, BY, order(5_000_000))).toEqual({
    ...{ kind: 'done', words: 'OPENING: 5000000 won put in' },
  });
  await fund.carryOut(deps, BY, order(700_000, 'TOP-UP-1'));
  await withdraw.carryOut(deps, BY, order(200_000, 'DRAWN-1'));
  expect(await balances()).toEqual({ bank_float: 5_500_000, owner_funds: -5_500_000 });
  expect(await database.db('owner_funds').orderBy('id').select('reference', 'amount', 'actor', 'at')).toEqual([
    { reference: 'OPENING', amount: '5000000', actor: 'operator:kim', at: new Date(AT) },
    { reference: 'TOP-UP-1', amount: '700000', actor: 'operator:kim', at: new Date(AT) },
    { reference: 'DRAWN-1', amount: '-200000', actor: 'operator:kim', at: new Date(AT) },
  ]);
});

test('the same order twice is one, also when it is given many times at once', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => fund.carryOut(deps, BY, order(5_000_000))));
  expect(answers.map(({ kind }) => kind)).toEqual(Array(10).fill('done'));
  expect(answers.filter(({ words }) => words.includes('ordered before'))).toHaveLength(9);
  expect(await balances()).toEqual({ bank_float: 5_000_000, owner_funds: -5_000_000 });
});

test('another amount, or the other direction, under a known reference is refused in words', async () => {
  await fund.carryOut(deps, BY, order(5_000_000));
  expect(await fund.carryOut(deps, BY, order(5_000_001))).toEqual({
    ...{ kind: 'refused', why: 'not-now' },
    words: 'OPENING is booked already, with 5000000 won put in; nothing was changed',
  });
  expect(await withdraw.carryOut(deps, BY, order(5_000_000))).toMatchObject({ kind: 'refused' });
  expect(await balances()).toEqual({ bank_float: 5_000_000, owner_funds: -5_000_000 });
});

test('an order is never changed or taken away', async () => {
  await fund.carryOut(deps, BY, order(5_000_000));
  await expect(database.db('owner_funds').update({ amount: 1 })).rejects.toThrow('append-only');
  await expect(database.db('owner_funds').delete()).rejects.toThrow('append-only');
});

test.each([
  ['a fraction of a won', { amount: 1.5 }],
  ['nothing', { amount: 0 }],
  ['a negative amount', { amount: -5 }],
  ['more than can be counted', { amount: 2 ** 53 }],
  ['no reference', { reference: ' ' }],
  ['a phone number as its reference', { reference: '010-1234-5678' }],
  ['a time without its zone', { at: '2026-03-02T10:00:00' }],
  ['a time that has not come', { at: new Date(Date.now() + 3_600_000).toISOString() }],
  ['no reason', { reason: '' }],
  ['something that is not its own', { leg: 'charge' }],
])('an order with %s is not taken', (_, wrong) => {
  for (const { input } of [fund, withdraw]) {
    expect(input.safeParse(order(1_000)).success).toBe(true);
    expect(input.safeParse({ ...order(1_000), ...wrong }).success).toBe(false);
  }
});

test('at the command line it is given with commas or without, and shown', async () => {
  const env = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1', PLIC_PACE: 'demo' };
  const float = (...args: string[]) => operatorCommand('float', { env }, ...args);
  const of = ['--reference', 'TOP-UP-1', '--at', AT];
  const given = ['fund', '--amount', '1,500,000', ...of, '--reason', 'r'];
  expect(await float(...given)).toEqual({ code: 0, text: 'TOP-UP-1: 1500000 won put in\n' });
  expect((await float(...given)).text).toContain('ordered before');
  expect(await float('withdraw', '--amount', '1500000', ...of, '--reason', 'r')).toMatchObject({
    code: 1,
    text: expect.stringContaining('float: TOP-UP-1 is booked already'),
  });
  const { code, text } = await float('fund', '--amount', '1.5', '--at', 'noon');
  expect(code).toBe(1);
  for (const problem of ['reason is missing', 'reference is missing', 'amount must be', 'at must be a time'])
    expect(text).toContain(problem);
  expect((await float('list')).text).toMatch(/TOP-UP-1 +1,500,000 +operator:kim[\s\S]*1,500,000 won in all/);
});
