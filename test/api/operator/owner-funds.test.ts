/** The owner's money in the float: booked once by its reference, to the won, and by nobody's name but an operator's. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { OperatorDeps, Outcome } from '../../../api/operator/order';
import { fund, withdraw } from '../../../api/operator/owner-funds';
import { INVARIANTS } from '../../../db/invariants/all';
import { examineAll } from '../../../db/invariants/invariant';
import { givenByTwo, operatorCommand } from '../../fixtures/commands';
import { approvedRequest } from '../../fixtures/requests';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testStack } from '../../servers/stack';

let database: TestDatabase;
let deps: OperatorDeps;
beforeEach(async () => {
  database = await testDatabase();
  deps = withoutEngine(database.db);
});
afterEach(() => database.drop());

const BY = { operator: 'kim' };
const AT = '2026-03-02T10:00:00+09:00';
const order = (amount: number, reference = 'OPENING') => ({ amount, reference, at: AT, reason: 'ticket 17' });

/** Two operators have agreed on it. */
async function give(what: typeof fund, input: ReturnType<typeof order>): Promise<Outcome> {
  const kind = what === fund ? 'fund' : 'withdraw';
  const request = await approvedRequest(database.db, { kind, subject: input.reference, input });
  return what.carryOut(deps, { ...BY, request }, input);
}

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
  expect(await give(fund, order(5_000_000))).toEqual({
    ...{ kind: 'done', words: 'OPENING: 5000000 won put in' },
  });
  await give(fund, order(700_000, 'TOP-UP-1'));
  await give(withdraw, order(200_000, 'DRAWN-1'));
  expect(await balances()).toEqual({ bank_float: 5_500_000, owner_funds: -5_500_000 });
  expect(await database.db('owner_funds').orderBy('id').select('reference', 'amount', 'actor', 'at')).toEqual([
    { reference: 'OPENING', amount: '5000000', actor: 'operator:kim', at: new Date(AT) },
    { reference: 'TOP-UP-1', amount: '700000', actor: 'operator:kim', at: new Date(AT) },
    { reference: 'DRAWN-1', amount: '-200000', actor: 'operator:kim', at: new Date(AT) },
  ]);
});

test('under a request nothing is booked but what two people have agreed on', async () => {
  const input = order(5_000_000);
  const request = await approvedRequest(database.db, { kind: 'fund', subject: 'OPENING', input });
  for (const other of [order(50_000_000), order(5_000_000, 'TOP-UP-1')])
    expect(await fund.carryOut(deps, { ...BY, request }, other)).toMatchObject({
      ...{ kind: 'refused', words: 'its request says something else' },
    });
  expect(await database.db('owner_funds')).toEqual([]);
  expect(await fund.carryOut(deps, { ...BY, request }, input)).toMatchObject({ kind: 'done' });
});

test('the same order twice is one, also when it is given many times at once', async () => {
  const input = order(5_000_000);
  const by = { ...BY, request: await approvedRequest(database.db, { kind: 'fund', subject: 'OPENING', input }) };
  const answers = await Promise.all(Array.from({ length: 10 }, () => fund.carryOut(deps, by, order(5_000_000))));
  expect(answers.map(({ kind }) => kind)).toEqual(Array(10).fill('done'));
  expect(await give(fund, order(5_000_000))).toMatchObject({ kind: 'refused' }); // under another request
  expect(await fund.judge?.(database.db, BY, order(5_000_000))).toMatchObject({
    ...{ kind: 'done', words: expect.stringContaining('ordered before') },
  });
  expect(await balances()).toEqual({ bank_float: 5_000_000, owner_funds: -5_000_000 });
});

test('another amount, or the other direction, under a known reference is refused in words', async () => {
  await give(fund, order(5_000_000));
  expect(await give(fund, order(5_000_001))).toEqual({
    ...{ kind: 'refused', why: 'not-now' },
    words: 'OPENING is booked already, with 5000000 won put in; nothing was changed',
  });
  expect(await give(withdraw, order(5_000_000))).toMatchObject({ kind: 'refused' });
  expect(await balances()).toEqual({ bank_float: 5_000_000, owner_funds: -5_000_000 });
});

test('an order is never changed or taken away', async () => {
  await give(fund, order(5_000_000));
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
  const key = { PLIC_KEY_FILE: join(testStack().dir, `${randomUUID()}.key`) };
  const env = { ...key, DATABASE_URL: database.url, TEMPORAL_ADDRESS: '127.0.0.1:1', PLIC_PACE: 'demo' };
  const float = (...args: string[]) => operatorCommand('float', { env }, ...args);
  const of = ['--reference', 'TOP-UP-1', '--at', AT];
  const given = ['fund', '--amount', '1,500,000', ...of, '--reason', 'r'];
  const asked = await float(...given);
  expect(asked).toMatchObject({ code: 0, text: expect.stringMatching(/request (.*) made.*approve \1$/m) });
  expect(await float(...given)).toEqual(asked); // the same request
  expect(await balances()).toEqual({});
  expect((await float('list')).text).toContain('nothing was put in');
  expect(await givenByTwo('float', { env }, ...given)).toEqual({ code: 0, text: 'TOP-UP-1: 1500000 won put in\n' });
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
