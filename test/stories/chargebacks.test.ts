import { stopLeg } from '../../db/stop-switches';
import { noteChargeback } from '../../workflows/deal/messages';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { groundTruth } from '../fixtures/balance';
import { BY, liftStopOf, openTasks, stopOf, taskOpens } from '../fixtures/operator';
import { beginConfirm, prepareDeal, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { giveUpAfterMs: 500, unknownTimetableMs: [200] } });
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

async function completedDeal(): Promise<Story> {
  const story = await prepareDeal(house);
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  return story;
}

/** The deal's balance in each account that is not 0. */
async function books({ id }: Story): Promise<Record<string, number>> {
  const rows: { account: string; amount: string }[] = await house
    .db('ledger_entries')
    .where({ deal_id: id })
    .groupBy('account')
    .select('account')
    .sum({ amount: 'amount' });
  return Object.fromEntries(
    rows.map(({ account, amount }) => [account, Number(amount)]).filter(([, sum]) => sum !== 0),
  );
}

const REFUSED = { kind: 'refused' };
const DONE = { kind: 'decided' };

test('a charge taken back is in dispute: the deal stays completed, the PG owes it no more, and a person is told', async () => {
  const story = await completedDeal();
  const before = await books(story);
  expect(await story.operator.chargeback('open', 'case-1')).toMatchObject(DONE);
  const { disputed_charges: disputed, ...rest } = await books(story);
  expect(disputed).toBe(story.total);
  expect(rest.pg_receivable).toBe((before.pg_receivable ?? 0) - story.total);
  expect(await openTasks(house, story.id)).toEqual(['chargeback-open']);
  expect((await story.payer.deal(story.id)).status).toBe('COMPLETED');
});

test('a verdict that came before its case is refused, and taken once the case is noted', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  expect(await story.operator.chargeback('won', 'early')).toMatchObject(REFUSED);
  expect(await story.operator.chargeback('open', 'early')).toMatchObject(DONE);
  expect(await story.operator.chargeback('won', 'early')).toMatchObject(DONE);
  await story.payer.waitForStatus(story.id, 'REFUNDED');
});

test('a dispute that is won restores the books; one that is lost is a loss of the whole charge', async () => {
  const [won, lost] = [await completedDeal(), await completedDeal()];
  const before = await books(won);
  for (const [story, standing] of [
    [won, 'won'],
    [lost, 'lost'],
  ] as const) {
    await story.operator.chargeback('open', `case-${standing}`);
    expect(await story.operator.chargeback(standing, `case-${standing}`)).toMatchObject(DONE);
    expect(await openTasks(house, story.id)).toEqual([]);
  }
  expect(await books(won)).toEqual(before);
  expect((await books(lost)).chargeback_loss).toBe(lost.total);
  expect((await books(lost)).disputed_charges).toBeUndefined();
});

test('the same news of a chargeback twice, or fifty times at once, is booked once', async () => {
  const story = await completedDeal();
  const told = await Promise.all(Array.from({ length: 50 }, () => story.operator.chargeback('open', 'case-many')));
  for (const { kind } of told) expect(['decided', 'pending']).toContain(kind);
  for (const standing of ['lost', 'lost', 'open'] as const)
    expect(await story.operator.chargeback(standing, 'case-many')).toMatchObject(DONE);
  expect((await books(story)).chargeback_loss).toBe(story.total);
});

test('news of a chargeback that comes again when the engine has forgotten the first is booked once all the same', async () => {
  const story = await completedDeal();
  for (const standing of ['open', 'open', 'lost', 'lost'] as const) {
    const note = { ...BY, standing, reference: 'case-again', evidence: 'mail of the PG' };
    expect(await house.engine.orderAfterEnd(story.id, noteChargeback, note)).toMatchObject(DONE);
  }
  expect((await books(story)).chargeback_loss).toBe(story.total);
});

test('what cannot be is refused: an unknown case, another deal’s, a second one, a verdict after the verdict', async () => {
  const [story, other] = [await completedDeal(), await completedDeal()];
  expect(await story.operator.chargeback('lost', 'case-none')).toMatchObject(REFUSED);
  await other.operator.chargeback('open', 'case-other');
  expect(await story.operator.chargeback('open', 'case-other')).toMatchObject(REFUSED);
  expect(await story.operator.chargeback('won', 'case-other')).toMatchObject(REFUSED);
  await story.operator.chargeback('open', 'case-own');
  expect(await story.operator.chargeback('open', 'case-second')).toMatchObject(REFUSED);
  await story.operator.chargeback('won', 'case-own');
  expect(await story.operator.chargeback('lost', 'case-own')).toMatchObject(REFUSED);
  const [unpaid, refunded] = [await prepareDeal(house), await prepareDeal(house, { account: '0201' })];
  expect(await unpaid.operator.chargeback('open', 'case-unpaid')).toMatchObject(REFUSED);
  await refunded.payer.confirm(refunded.id, refunded.cardId);
  await refunded.payer.waitForStatus(refunded.id, 'REFUNDED');
  expect(await refunded.operator.chargeback('open', 'case-refunded')).toMatchObject(REFUSED);
});

test('a part of the fee is not given back beside a dispute; of a dispute that was won it is', async () => {
  const story = await completedDeal();
  await story.operator.chargeback('open', 'case-fee');
  expect(await story.operator.refundFee(100, 'during')).toMatchObject(REFUSED);
  await story.operator.chargeback('won', 'case-fee');
  expect(await story.operator.refundFee(100, 'after')).toMatchObject(DONE);
});

test('a disputed deal whose transfer comes back waits for the verdict; once lost, the payer is not paid a second time', async () => {
  const story = await prepareDeal(house);
  await bank.strike({ fault: 'late-return', match: { reference: `${story.dealNo}-T1` }, delayMs: WHEN_HURRIED });
  await story.payer.confirm(story.id, story.cardId);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await story.operator.chargeback('open', 'case-returned');
  bank.hurry(`${story.dealNo}-T1`);
  await story.waits('operator-needed');
  await taskOpens(house, story.id, 'operator-needed');
  expect((await groundTruth(house, story.dealNo)).refunded).toBe(0);
  await story.operator.chargeback('lost', 'case-returned');
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect((await groundTruth(house, story.dealNo)).refunded).toBe(0);
  const after = await books(story);
  // The fee that was earned, the PG's cost, and what the dispute cost beyond the principal that came back.
  const { recipient_payable: owed, bank_float: float, chargeback_loss: loss } = after;
  expect([owed, float]).toEqual([undefined, undefined]);
  expect(loss).toBe(story.total - 100_000);
});

test('a chargeback that comes while a returned deal waits is noted too: the payer is not paid twice', async () => {
  const story = await prepareDeal(house);
  await stopLeg(house.db, stopOf('transfer'));
  try {
    void beginConfirm(story);
    await story.waits('operator-needed');
    expect(await story.operator.chargeback('open', 'case-before-transfer')).toMatchObject(DONE);
  } finally {
    await liftStopOf(house.db, 'transfer');
  }
  // Nothing is paid out on a charge in dispute, and the refund waits for the verdict.
  await story.operator.refund();
  await taskOpens(house, story.id, 'operator-needed');
  await story.operator.chargeback('lost', 'case-before-transfer');
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  const truth = await groundTruth(house, story.dealNo);
  expect([truth.refunded, truth.transfersOut]).toEqual([0, 0]);
  expect(await house.db('risk_decisions').where({ deal_id: story.id, reserved: true, released_at: null })).toEqual([]);
});
