/**
 * Operators at their command line: an order reaches the deal, a refused one says why, and what waits is shown with what
 * to do.
 */
import { refundFee } from '../../api/operator/refund-fee';
import { raise } from '../../db/operator-tasks';
import { expectMoneyBalanced } from '../fixtures/balance';
import { operatorCommand } from '../fixtures/commands';
import { REVIEWED, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const deal = (...args: string[]) => operatorCommand('deal', house, ...args);

test('a held deal is released; a part of its fee given back twice for one reason is one refund', async () => {
  const { payer, id, dealNo } = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  expect(await deal(dealNo, 'retry', '--reason', 'r')).toMatchObject({
    code: 1,
    text: expect.stringMatching(/^deal: .+\n$/),
  });
  const released = await deal(dealNo, 'release', '--reason', 'called the payer');
  expect(released).toEqual({ code: 0, text: `${dealNo}: release accepted\n` });
  await payer.waitForStatus(id, 'COMPLETED');
  const given = await deal(dealNo, 'refund-fee', '--amount', '1,000', '--reason', 'a late payout');
  expect(given).toEqual({ code: 0, text: `${dealNo}: refund-fee accepted\n` });
  const again = { amount: 1_000, reason: 'a late payout' };
  const deps = { db: house.db, engine: async () => house.engine };
  expect(await refundFee.carryOut(deps, { operator: 'lee', dealNo }, again)).toMatchObject({ kind: 'done' });
  expect(await house.db('refunds').where({ deal_id: id }).pluck('amount')).toEqual(['1000']);
  const actors = await house.db('deal_events').where({ deal_id: id }).distinct('actor').pluck('actor');
  expect(actors).toContain('operator:kim');
  await expectMoneyBalanced(house, dealNo);
});

test('what waits is shown with what to do; a wrong order is told every mistake, and opens nothing', async () => {
  const { id, dealNo } = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await raise(house.db, id, 'task', 'refund-not-ours');
  for (const said of [await deal('stuck'), await deal(dealNo)]) {
    expect(said.code).toBe(0);
    expect(said.text).toContain(dealNo);
    expect(said.text).toContain('refund-not-ours: the PG refunded what nobody here asked for\n    -> find out who did');
  }
  const wrong = await operatorCommand(
    'deal',
    { env: {} },
    ...[dealNo, 'rule', '--leg', 'transfer', '--verdict', 'maybe', '--recipient', id],
  );
  expect(wrong.code).toBe(1);
  for (const problem of [
    'reason is missing',
    'evidence is missing',
    'verdict must be one of',
    'recipient is not for this',
  ])
    expect(wrong.text).toContain(`--${problem}`);
});

test('while Temporal is away a task is closed all the same, and other orders change nothing and say so', async () => {
  const { id, dealNo } = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await raise(house.db, id, 'task', 'refund-not-ours');
  const away = { env: { ...house.env, TEMPORAL_ADDRESS: '127.0.0.1:1' } };
  const closed = await operatorCommand(
    'deal',
    away,
    dealNo,
    'close-task',
    '--task',
    'refund-not-ours',
    '--reason',
    'r',
  );
  expect(closed).toEqual({ code: 0, text: `${dealNo}: refund-not-ours closed\n` });
  const refused = await operatorCommand('deal', away, dealNo, 'refund', '--reason', 'r');
  expect(refused).toMatchObject({
    code: 1,
    text: expect.stringMatching(/^deal: Temporal does not answer .*nothing was changed\n$/),
  });
});
