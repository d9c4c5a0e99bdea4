/**
 * Where the recorded deals stop. A name that is a wait reason stops at that wait; the others tell the way through it, or where it
 * was cut off. Each plays with a deal of its own, all at the same time.
 */
import {
  correctAccount,
  payByHand,
  refundDeal,
  releaseDeal,
  retryTransfer,
  ruleOutcome,
  stopPayingByHand,
} from '../../workflows/deal/messages';
import { ALWAYS_OPEN_BANK, accountEnding, cardEnding } from '../fixtures/payer';
import { CANCEL, CHARGE, CURIOUS, confirmToEnd, confirmUntil, REVIEWED, ROUND, type Scenario } from './plays';
import { AFTER_END, RESUMED } from './scenarios-reopened';

/** Stopped at each wait reason but bank-closed, which needs its own hour. */
const WAITS: readonly Scenario[] = [
  { name: 'card-needed', card: '0101', play: confirmUntil('card-needed') },
  { name: 'charge-unknown', fault: CHARGE, play: confirmUntil('charge-unknown') },
  { name: 'risk-review', principal: REVIEWED, play: confirmUntil('risk-review') },
  { name: 'transfer-unknown', account: '0206', play: confirmUntil('transfer-unknown') },
  { name: 'retry-due', account: '0208', play: confirmUntil('retry-due') },
  { name: 'refund-unknown', account: '0202', fault: CANCEL, play: confirmUntil('refund-unknown') },
  {
    name: 'operator-needed',
    account: '0202',
    policy: { correctionGraceMs: 600_000 },
    play: confirmUntil('operator-needed'),
  },
  {
    name: 'paying-by-hand',
    account: '0208',
    async play(deal) {
      await confirmUntil('retry-due')(deal);
      await deal.order(payByHand);
      await deal.waits('paying-by-hand');
    },
  },
];

const CUT_OFF: readonly Scenario[] = [
  {
    name: 'charge-in-flight',
    fault: { ...CHARGE, fault: 'timeout-before' },
    async play(deal) {
      deal.confirm();
      await deal.rows('payments', { status: 'PENDING' });
    },
  },
  {
    name: 'in-line-retry',
    account: '0208',
    policy: { transferRetryMs: 600_000 },
    async play(deal) {
      deal.confirm();
      await deal.rows('transfers', { status: 'FAILED' });
      await deal.sleeps();
    },
  },
  {
    name: 'charge-unknown-raised',
    fault: CHARGE,
    policy: { unknownAlarmMs: 6_000, unknownTaskMs: 8_000 },
    async play(deal) {
      deal.confirm();
      await deal.rows('operator_tasks', {}, 2);
      await deal.waits('charge-unknown');
    },
  },
];

const CHARGING: readonly Scenario[] = [
  { name: 'completed', play: confirmToEnd('COMPLETED') },
  {
    name: 'card-needed-other-card-completed',
    card: '0102',
    async play(deal) {
      await confirmUntil('card-needed')(deal);
      deal.confirm(2, await deal.payer.registerCard(cardEnding('1234')));
      await deal.ends('COMPLETED');
    },
  },
  {
    name: 'card-needed-cancelled',
    card: '0101',
    async play(deal) {
      await confirmUntil('card-needed')(deal);
      deal.cancel();
      await deal.ends('CANCELLED');
    },
  },
  {
    name: 'card-needed-cancelled-in-temporal',
    card: '0101',
    async play(deal) {
      await confirmUntil('card-needed')(deal);
      await deal.handle.cancel();
      await deal.ends('CANCELLED');
    },
  },
  {
    name: 'card-needed-expired',
    card: '0101',
    async play(deal) {
      await deal.expireIn(2_000);
      await confirmToEnd('CANCELLED')(deal);
    },
  },
  {
    name: 'never-confirmed-cancelled',
    async play(deal) {
      deal.cancel();
      await deal.rows('deal_events', { to_state: 'CANCELLED' });
      await deal.ends('CANCELLED');
    },
  },
  {
    name: 'charge-unknown-completed',
    fault: { ...CHARGE, ...ROUND },
    policy: CURIOUS,
    play: confirmToEnd('COMPLETED'),
  },
  {
    name: 'charge-unknown-ruled-done',
    fault: CHARGE,
    async play(deal) {
      await confirmUntil('charge-unknown')(deal);
      const evidence = { evidence: 'settlement file', evidenceAt: new Date().toISOString() };
      const ruled = { leg: 'charge', attempt: 1, verdict: 'done', paymentKey: 'pay_recorded' };
      const request = await deal.agreed('rule', { ...ruled, ...evidence });
      await deal.order(ruleOutcome, { ...ruled, ...evidence, request });
      await deal.ends('COMPLETED');
    },
  },
  {
    name: 'charge-unknown-cancelled',
    fault: { ...CHARGE, ...ROUND },
    policy: { unknownTimetableMs: [2_000] },
    async play(deal) {
      await confirmUntil('charge-unknown')(deal);
      deal.cancel();
      await deal.ends('CANCELLED');
    },
  },
  {
    name: 'late-charge-refunded',
    fault: { fault: 'late-success' },
    async play(deal) {
      await confirmUntil('card-needed')(deal);
      await deal.rows('refunds', { status: 'DONE' });
      await deal.waits('card-needed');
    },
  },
];

const PAYING_OUT: readonly Scenario[] = [
  {
    name: 'risk-review-released',
    principal: REVIEWED,
    async play(deal) {
      await confirmUntil('risk-review')(deal);
      await deal.order(releaseDeal);
      await deal.ends('COMPLETED');
    },
  },
  {
    name: 'risk-review-refunded',
    principal: REVIEWED,
    async play(deal) {
      await confirmUntil('risk-review')(deal);
      await deal.order(refundDeal);
      await deal.ends('REFUNDED');
    },
  },
  { name: 'risk-review-expired', principal: REVIEWED, policy: { holdMs: 500 }, play: confirmToEnd('REFUNDED') },
  { name: 'transfer-unknown-completed', account: '0204', policy: CURIOUS, play: confirmToEnd('COMPLETED') },
  { name: 'in-line-retry-completed', account: '0207', play: confirmToEnd('COMPLETED') },
  {
    name: 'retry-due-batches-completed',
    account: '0207',
    policy: { transferAttempts: 1 },
    async play(deal) {
      await confirmUntil('retry-due')(deal);
      await deal.engine.retryDue(deal.header.dealId, 'batch');
      await deal.rows('transfers', { status: 'FAILED' }, 2);
      await deal.waits('retry-due');
      await deal.order(retryTransfer);
      await deal.ends('COMPLETED');
    },
  },
  { name: 'retry-due-given-up', account: '0208', policy: { giveUpAfterMs: 500 }, play: confirmToEnd('REFUNDED') },
  {
    name: 'operator-needed-account-corrected',
    account: '0201',
    policy: { correctionGraceMs: 600_000 },
    async play(deal) {
      await confirmUntil('operator-needed')(deal);
      const recipientId = await deal.payer.addRecipient(accountEnding('1234'), ALWAYS_OPEN_BANK);
      await deal.order(correctAccount, { recipientId });
      await deal.ends('COMPLETED');
    },
  },
  {
    name: 'paying-by-hand-stopped-refunded',
    account: '0208',
    async play(deal) {
      await confirmUntil('retry-due')(deal);
      await deal.order(payByHand);
      await deal.waits('paying-by-hand');
      await deal.order(stopPayingByHand);
      await deal.waits('retry-due');
      await deal.order(refundDeal);
      await deal.ends('REFUNDED');
    },
  },
  { name: 'account-refused-refunded', account: '0203', play: confirmToEnd('REFUNDED') },
  {
    name: 'refund-unknown-refunded',
    account: '0202',
    fault: { ...CANCEL, ...ROUND },
    policy: CURIOUS,
    play: confirmToEnd('REFUNDED'),
  },
];

export const SCENARIOS: readonly Scenario[] = [
  ...WAITS,
  ...CUT_OFF,
  ...CHARGING,
  ...PAYING_OUT,
  ...RESUMED,
  ...AFTER_END,
];
