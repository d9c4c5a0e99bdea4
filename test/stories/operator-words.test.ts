/** An operator's words and name are for operators: nothing that a payer reads, or a provider keeps, has them. */

import { correctAccount, refundDeal, releaseDeal, retryTransfer, ruleOutcome } from '../../workflows/deal/messages';
import { faultBoard } from '../faults/faults';
import { approvedOf } from '../fixtures/requests';
import { REVIEWED, type Story, waitingDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const MARKER = 'zebra';
const BY = { actor: `operator:${MARKER}`, reason: `${MARKER}: suspected of fraud` } as const;

/** Everything that the payer can read of the deal, and everything that was sent. */
async function readByOthers({ payer, id, dealNo }: Story): Promise<string> {
  const read = await Promise.all([payer.timeline(id), payer.deal(id), payer.call('GET', '/v1/deals')]);
  const { softpayment, bank } = house.sandboxes;
  const logs = [...(await softpayment.journal()), ...(await bank.journal())].filter((entry) =>
    JSON.stringify(entry).includes(dealNo),
  );
  return JSON.stringify([read, logs, await house.messagesTo(payer.person.phone)]);
}

async function expectUnread(story: Story, orders: number): Promise<void> {
  expect(await readByOthers(story)).not.toContain(MARKER);
  expect((await story.payer.timeline(story.id)).map(({ actor }) => actor)).toContain('operator');
  const kept = await house
    .db('deal_events')
    .where({ deal_id: story.id, actor: BY.actor })
    .whereLike('note', `%${MARKER}%`);
  expect(kept.length).toBeGreaterThanOrEqual(orders);
}

test('a released deal: what the operator wrote is kept, and nobody else reads it', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await story.workflow.executeUpdate(releaseDeal, { args: [BY] });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  expect(await readByOthers(story)).not.toContain(MARKER);
});

test('a refunded deal: likewise, in its timeline, its notice and at the PG', async () => {
  const story = await waitingDeal(house, 'risk-review', { principal: REVIEWED });
  await story.workflow.executeUpdate(refundDeal, { args: [BY] });
  await story.payer.waitForStatus(story.id, 'REFUNDED');
  await expectUnread(story, 2); // the order, and the edge
});

test('a deal tried again, at another account in the end: likewise', async () => {
  const story = await waitingDeal(house, 'retry-due', { account: '0208' });
  await story.workflow.executeUpdate(retryTransfer, { args: [BY] });
  await story.payer.waitForTransfers(story.id, 4);
  await story.waits('retry-due');
  const recipientId = await story.payer.addRecipient();
  await story.workflow.executeUpdate(correctAccount, { args: [{ ...BY, recipientId }] });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await expectUnread(story, 4);
});

test('a ruled outcome: likewise', async () => {
  const bank = faultBoard(house.sandboxes.bank);
  const mend = await bank.strike({ fault: 'error-500', match: { path: '/transfers' } });
  const story = await waitingDeal(house, 'transfer-unknown');
  const ruling = {
    leg: 'transfer',
    attempt: 1,
    verdict: 'done',
    evidence: `${MARKER}: seen at the bank`,
    evidenceAt: new Date().toISOString(),
  } as const;
  const request = await approvedOf(house.db, 'rule', story.id, ruling);
  await story.workflow.executeUpdate(ruleOutcome, { args: [{ ...BY, ...ruling, request }] });
  await story.payer.waitForStatus(story.id, 'COMPLETED');
  await mend();
  expect(await readByOthers(story)).not.toContain(MARKER);
});
