/**
 * A worker that dies while a deal is held to be paid by hand, or that payment is booked: each is done once, whichever
 * side of the commit it was on.
 */
import { manualTransfer, payByHand } from '../../api/operator/manual-transfer';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { Failpoint } from '../faults/failpoint-names';
import { expectMoneyBalanced } from '../fixtures/balance';
import { payAtTheBank } from '../fixtures/by-hand';
import { BY, workflowWaits } from '../fixtures/operator';
import { accountEnding } from '../fixtures/payer';
import { approvedOf } from '../fixtures/requests';
import { type ProcessHouse, startProcesses } from '../servers/processes';

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses();
});
afterAll(() => house.stop());

test.each<Failpoint>([
  'reserveByHand.before_commit',
  'reserveByHand.after_commit',
  'recordManualTransfer.before_commit',
  'recordManualTransfer.after_commit',
])('a worker that dies at %s leaves one hold and one transfer, and the next one completes the deal', async (dieAt) => {
  const payer = await house.payer();
  const accountNumber = accountEnding('0208');
  const [cardId, recipientId] = [await payer.registerCard(), await payer.addRecipient(accountNumber)];
  const { id, dealNo } = await payer.createDeal(recipientId);
  void payer.confirm(id, cardId).catch(() => undefined);
  await workflowWaits(house, id, 'retry-due');
  const [deps, by] = [
    { db: house.db, engine: async () => house.engine },
    { operator: 'kim', dealNo },
  ];
  const reason = BY.reason;
  const slip = { bankReference: `${dealNo}-SLIP`, tradingDate: kstDayOf(new Date()), amount: 100_000, recipientId };
  const orders = {
    reserveByHand: () => payByHand.carryOut(deps, by, { reason }),
    async recordManualTransfer() {
      const evidence = { evidence: 'slip', evidenceAt: new Date().toISOString() };
      const paid = { ...slip, ...(await payAtTheBank(house, { dealNo, accountNumber })), ...evidence };
      const request = await approvedOf(house.db, 'manual-transfer', id, paid);
      return manualTransfer.carryOut(deps, { ...by, request }, { ...paid, reason });
    },
  };
  for (const [name, order] of Object.entries(orders)) {
    if (!dieAt.startsWith(name)) {
      expect(await order()).toMatchObject({ kind: 'done' });
      continue;
    }
    await house.worker.kill();
    house.worker.start({ dieAt });
    const first = order();
    expect(await house.worker.died()).toBe('SIGKILL');
    house.worker.start();
    await first;
    if (name === 'reserveByHand') await workflowWaits(house, id, 'paying-by-hand');
  }
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await house.db('operator_requests').where({ deal_id: id }).pluck('standing')).toEqual(['DONE']);
  const story: string[] = await house.db('deal_events').where({ deal_id: id }).pluck('cause');
  expect(story.filter((cause) => cause === 'pay-by-hand')).toHaveLength(1);
  const made = await house.db('transfers').where({ deal_id: id, status: 'COMPLETED' }).pluck('reference');
  expect(made).toEqual([`${dealNo}-M4`]);
  await expectMoneyBalanced(house, dealNo);
});
