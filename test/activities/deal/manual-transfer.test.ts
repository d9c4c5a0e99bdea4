/** The hold and the booking of a transfer made by hand, past the workflow: their own rules stand by themselves. */
import { byHandActivities } from '../../../activities/deal/by-hand';
import { manualTransferActivities } from '../../../activities/deal/manual-transfer';
import { createLog } from '../../../infra/log';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import type { ManualTransfer } from '../../../workflows/domain/deal-actions';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../../faults/faults';
import { expectMoneyBalanced } from '../../fixtures/balance';
import { payAtTheBank } from '../../fixtures/by-hand';
import { keysOf } from '../../fixtures/keys';
import { BY } from '../../fixtures/operator';
import { NO_ANSWERS } from '../../fixtures/policy';
import { approvedOf } from '../../fixtures/requests';
import { beginConfirm, prepareDeal, REVIEWED, type Story, waitingDeal } from '../../fixtures/story';
import { type House, startHouse } from '../../servers/house';

let house: House;
let bank: FaultBoard;
let hold: ReturnType<typeof byHandActivities>['reserveByHand'];
let book: ReturnType<typeof manualTransferActivities>['recordManualTransfer'];
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000] } });
  bank = faultBoard(house.sandboxes.bank);
  const keys = await keysOf(house);
  const log = createLog('test', 'silent');
  const deps = { db: house.db, keys, log, clock: () => new Date() };
  hold = byHandActivities(deps).reserveByHand;
  book = manualTransferActivities(deps).recordManualTransfer;
});
afterAll(() => house.stop());

async function said({ id, dealNo, recipientId }: Story, more: Partial<ManualTransfer> = {}) {
  const slip = { recipientId, bankReference: `${dealNo}-SLIP`, tradingDate: kstDayOf(new Date()), amount: 100_000 };
  const paid = { ...slip, evidence: 'slip in the safe', evidenceAt: new Date().toISOString(), ...more };
  return { ...BY, dealId: id, ...paid, request: await approvedOf(house.db, 'manual-transfer', id, paid) };
}
const refusedFor = (why: RegExp) => ({ kind: 'refused', why: expect.stringMatching(why) });
const made = ({ id }: Story) => house.db('transfers').where({ deal_id: id }).pluck('status');

const held = ({ id }: Story, actor: string = BY.actor) => hold({ ...BY, actor, dealId: id });

test('nobody begins to pay by hand beside a transfer that the bank is still deciding', async () => {
  const story = await prepareDeal(house);
  await bank.strike({ fault: 'processing', match: { reference: `${story.dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  expect(await held(story)).toEqual(refusedFor(/its last transfer is undecided: rule it first/));
  expect(await book(await said(story))).toEqual(refusedFor(/order pay-by-hand before you do/));
  expect(await made(story)).toHaveLength(1);
  bank.hurry(`${story.dealNo}-T1`);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await held(story)).toEqual(refusedFor(/the deal is COMPLETED/));
});

test('a deal that is reviewed, or was given back, is not held', async () => {
  const reviewed = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  expect(await held(reviewed)).toEqual(refusedFor(/its risk review has not ended/));
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  await story.operator.refund();
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  expect(await held(story)).toEqual(refusedFor(/the deal is REFUNDED/));
  expect(await made(story)).toEqual(['FAILED', 'FAILED', 'FAILED']);
});

test('one person holds a deal: their own word again is the same one, another’s is refused', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  const answers = await Promise.all([held(story), held(story), held(story)]);
  expect(answers).toEqual([1, 2, 3].map(() => ({ kind: 'noted' })));
  expect(await held(story, 'operator:lee')).toEqual(refusedFor(/operator:kim pays it by hand already/));
  expect(await house.db('deal_events').where({ deal_id: story.id, cause: 'pay-by-hand' })).toHaveLength(1);
});

test('a try whose answer got lost is answered as the first one was, and the deal takes it up', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  await held(story);
  const slip = await payAtTheBank(house, story);
  const paid = await said(story, slip);
  expect(await Promise.all([book(paid), book(paid).catch(() => book(paid))])).toEqual([
    { kind: 'noted' },
    { kind: 'noted' },
  ]);
  expect(await book(paid)).toEqual({ kind: 'noted' });
  expect(await book(await said(story, slip))).toEqual(refusedFor(/pays .* already/));
  await house.engine.knock(story.id);
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await story.workflow.result()).toBe('COMPLETED');
  await expectMoneyBalanced(house, story.dealNo);
});
