/** What operators are offered of a deal, by its rows; the workflow and the activities judge by the same rules. */
import { DEAL_STATES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import {
  type DealFacts,
  isRulableCharge,
  OPERATOR_ACTIONS,
  type OperatorAction,
  whyNotAction,
} from '../../workflows/domain/operator-actions';
import { ORDER_WAITS, type WaitingOrder, whyNotOrder } from '../../workflows/domain/order-rules';

const CHARGED = { status: 'PAID', wasSent: true, late: false, hasKey: true } as const;
const COMPLETED: DealFacts = {
  ...{ state: 'COMPLETED', waiting: null, confirmed: true, payments: [CHARGED], transfers: ['COMPLETED'] },
  ...{ refunds: [], chargebacks: [], feeBar: null, feeLeft: 300, openTasks: [] },
  ...{ isCancelRequested: false, isReviewed: false, isGivenBack: false, transferBar: null },
};
const allowed = (facts: Partial<DealFacts>): OperatorAction[] =>
  OPERATOR_ACTIONS.filter((action) => whyNotAction(action, { ...COMPLETED, ...facts }) === null);
const FAILED = { state: 'TRANSFER_FAILED', transfers: ['FAILED'] } as const;

test('a deal that waits is offered the orders of its wait, and no other order of the payout', () => {
  const payout = Object.keys(ORDER_WAITS) as WaitingOrder[];
  for (const waiting of WAIT_REASONS) {
    const offered = allowed({ ...FAILED, waiting });
    const meant = payout.filter((order) => ORDER_WAITS[order].some((one) => one === waiting));
    expect({ waiting, offered: payout.filter((order) => offered.includes(order)) }).toEqual({
      waiting,
      offered: meant,
    });
  }
});

test('a completed deal is offered a part of its fee back, and a chargeback', () => {
  expect(allowed({})).toEqual(['refund-fee', 'chargeback']);
});

test.each<[string, Partial<DealFacts>]>([
  ['nothing of the fee is left', { feeLeft: 0 }],
  ['a doubt bars it', { feeBar: 'refund-denied' }],
  ['a part is on its way', { refunds: [{ status: 'PENDING', ofStanding: true, ofFee: true }] }],
  ['its charge is disputed', { chargebacks: ['OPEN'] }],
  ['its charge was lost', { chargebacks: ['LOST'] }],
])('no part of the fee is given back when %s', (_name, facts) => {
  expect(allowed(facts)).not.toContain('refund-fee');
});

test('a deal is offered to be paid by hand only where nothing else may have paid; a stop alone does not bar it', () => {
  const waiting = { state: 'PAID', transfers: [], waiting: 'operator-needed' } as const;
  expect(allowed({ ...waiting, transferBar: 'stopped' })).toContain('pay-by-hand');
  for (const facts of [
    { isCancelRequested: true },
    { isReviewed: true },
    { isGivenBack: true },
    { transferBar: 'dispute-open' },
    { transferBar: 'charge-lost' },
  ])
    expect(allowed({ ...waiting, ...facts })).not.toContain('pay-by-hand');
});

test('of a deal that a person pays by hand nothing is offered but its booking, its end, and what moves no payout', () => {
  const held = { waiting: 'paying-by-hand', transferBar: 'paying-by-hand' } as const;
  const offered = ['manual-transfer', 'stop-paying-by-hand', 'chargeback'];
  expect(allowed({ ...FAILED, ...held })).toEqual(offered);
  expect(allowed({ state: 'PAID', transfers: [], ...held })).toEqual(offered);
  expect(allowed({ ...FAILED, ...held, transferBar: 'dispute-open', chargebacks: ['OPEN'] })).toEqual(offered);
});

test('a retry is offered only when nothing bars its attempt, and another account only when no refund began', () => {
  const failed = { ...FAILED, waiting: 'retry-due' } as const;
  expect(allowed(failed)).toEqual(expect.arrayContaining(['retry', 'correct-account']));
  for (const transferBar of ['stopped', 'dispute-open', 'charge-lost'])
    expect(allowed({ ...failed, transferBar })).not.toContain('retry');
  const needed = { ...FAILED, waiting: 'operator-needed' } as const;
  expect(allowed(needed)).toContain('correct-account');
  expect(allowed({ ...needed, isGivenBack: true })).not.toContain('correct-account');
  expect(allowed({ state: 'PAID', transfers: [], waiting: 'operator-needed' })).not.toContain('correct-account');
});

test('an open chargeback can be decided, and a lost one opens no other', () => {
  expect(allowed({ chargebacks: ['OPEN'] })).toContain('chargeback');
  expect(allowed({ chargebacks: ['LOST'] })).not.toContain('chargeback');
  expect(allowed({ chargebacks: ['WON'] })).toContain('chargeback');
});

test('what nobody has decided can be ruled, and nothing else', () => {
  expect(allowed({ ...FAILED, transfers: ['FAILED', 'PROCESSING'] })).toContain('rule');
  expect(allowed({ refunds: [{ status: 'PENDING', ofStanding: false, ofFee: false }] })).toContain('rule');
  const declined = { ...CHARGED, status: 'FAILED', hasKey: false } as const;
  expect(allowed({ state: 'PENDING', payments: [declined] })).toContain('rule');
  expect(isRulableCharge(declined, 'failed')).toBe(false);
  expect(allowed({ state: 'PENDING', payments: [{ ...declined, wasSent: false }] })).not.toContain('rule');
  expect(allowed({})).not.toContain('rule');
});

test('a task is closed by an operator unless evidence alone ends what it tells of', () => {
  expect(allowed({ openTasks: ['charge-denied'] })).toContain('close-task');
  expect(allowed({ openTasks: ['chargeback-open'] })).not.toContain('close-task');
  expect(allowed({ openTasks: ['chargeback-open', 'overdue'] })).toContain('close-task');
});

test('of a quote that was never confirmed nothing is ordered', () => {
  for (const state of DEAL_STATES) expect(allowed({ state, confirmed: false, waiting: 'card-needed' })).toEqual([]);
});

test('no order is taken while a transfer is under way, money is undecided, or another order is carried out', () => {
  const standing = { state: 'PAID', waiting: 'risk-review', undecided: null, ordering: false } as const;
  expect(whyNotOrder('release', standing)).toBeNull();
  expect(whyNotOrder('release', { ...standing, state: 'TRANSFERRING' })).toMatch(/finished first/);
  expect(whyNotOrder('release', { ...standing, undecided: 'charge' })).toMatch(/the charge is undecided/);
  expect(whyNotOrder('release', { ...standing, ordering: true })).toMatch(/another order/);
  expect(whyNotOrder('release', { ...standing, waiting: 'retry-due' })).toBe('it must wait for risk-review');
});
