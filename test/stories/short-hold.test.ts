/** A high amount from a new device to a new recipient waits, and then goes on by itself (docs/risk.md). */
import { expectMoneyBalanced } from '../fixtures/balance';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const HIGH = 1_000_000;
const aMonthAgo = () => new Date(Date.now() - 30 * 24 * 3_600_000);

/** A deal that is charged and held, of a member of long standing. */
async function held(house: House) {
  const payer = await house.payer();
  await house.db('users').where({ id: payer.userId }).update({ created_at: aMonthAgo() });
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(), HIGH);
  const { body } = await payer.confirm(id, await payer.registerCard());
  return { payer, id, dealNo, body };
}

test('it is paid out at the end of its hour, with nobody’s help; the next one of the same day waits as long', async () => {
  const house = await startHouse({ policy: { shortHoldMs: 1_000 } });
  try {
    const { payer, id, dealNo } = await held(house);
    await payer.waitForStatus(id, 'COMPLETED');
    await expectMoneyBalanced(house, dealNo);
    const decided = await house.db('risk_decisions').where({ deal_id: id }).first();
    expect([decided.verdict, decided.rules]).toEqual(['HOLD', ['new-device-new-recipient']]);
    const next = await payer.createDeal(await payer.addRecipient(), HIGH);
    await payer.confirm(next.id, await payer.registerCard());
    await payer.waitForStatus(next.id, 'COMPLETED');
    expect(await house.db('risk_decisions').where({ deal_id: next.id }).first()).toMatchObject({ verdict: 'HOLD' });
  } finally {
    await house.stop();
  }
});

test('the payer reads until when it waits, not why, and may cancel it meanwhile', async () => {
  const house = await startHouse({ policy: { shortHoldMs: 3_600_000 } });
  try {
    const { payer, id, dealNo, body } = await held(house);
    expect(body).toMatchObject({ status: 'PAID', waiting: { reason: 'risk-review', nextMoveAt: expect.any(String) } });
    expect(JSON.stringify(body)).not.toContain('new-device');
    await payer.cancel(id);
    await payer.waitForStatus(id, 'REFUNDED');
    await expectMoneyBalanced(house, dealNo);
  } finally {
    await house.stop();
  }
});

test('once its hour is over it may be paid by hand, as any deal that the bank cannot pay', async () => {
  const house = await startHouse({ policy: { shortHoldMs: 1_000 } });
  try {
    const story = await prepareDeal(house, { account: '0208', principal: HIGH });
    await house.db('users').where({ id: story.payer.userId }).update({ created_at: aMonthAgo() });
    void beginConfirm(story);
    await story.waits('retry-due');
    const decided = await house.db('risk_decisions').where({ deal_id: story.id }).first();
    expect(decided.verdict).toBe('HOLD');
    await story.operator.holdByHand();
    await story.waits('paying-by-hand');
  } finally {
    await house.stop();
  }
});
