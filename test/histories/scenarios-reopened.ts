/** Deals whose run was reopened, and deals that play while something holds every deal back. */
import { noteChargeback, refundDeal, refundFee } from '../../workflows/deal/messages';
import { CANCEL, CHARGE, confirmToEnd, confirmUntil, ROUND, type Scenario } from './plays';

/** Runs that trust only the database. */
export const RESUMED: readonly Scenario[] = [
  {
    name: 'resumed-after-return',
    account: '0209',
    async play(deal) {
      deal.confirm();
      await deal.rows('transfers', { status: 'RETURNED' });
      await deal.waits('operator-needed');
    },
  },
  {
    name: 'resumed-charge-unknown-completed',
    fault: { ...CHARGE, ...ROUND },
    async play(deal) {
      await confirmUntil('charge-unknown')(deal);
      await deal.handle.terminate('recorded');
      await deal.engine.resume(deal.header.dealId);
      await deal.ends('COMPLETED');
    },
  },
];

/** Orders about a deal that has ended; the history is that of the run which they reopened. */
export const AFTER_END: readonly Scenario[] = [
  {
    name: 'fee-refunded',
    async play(deal) {
      await confirmToEnd('COMPLETED')(deal);
      await deal.orderAfterEnd(refundFee, { requestId: 'recorded', amount: 1_000 });
      await deal.ends('COMPLETED');
    },
  },
  {
    name: 'fee-refund-unknown',
    fault: CANCEL,
    async play(deal) {
      await confirmToEnd('COMPLETED')(deal);
      await deal.orderAfterEnd(refundFee, { requestId: 'recorded', amount: 1_000 });
      await deal.rows('operator_tasks', { reason: 'fee-refund-unknown' });
    },
  },
  {
    name: 'chargeback-lost',
    async play(deal) {
      await confirmToEnd('COMPLETED')(deal);
      for (const standing of ['open', 'lost'] as const)
        await deal.orderAfterEnd(noteChargeback, { standing, reference: 'recorded', evidence: 'recorded' });
      await deal.ends('COMPLETED');
    },
  },
];

/** Played while transfers are stopped. */
export const WHILE_STOPPED: readonly Scenario[] = [
  { name: 'transfers-stopped', play: confirmUntil('operator-needed') },
  {
    name: 'transfers-stopped-refunded',
    async play(deal) {
      await confirmUntil('operator-needed')(deal);
      await deal.order(refundDeal);
      await deal.ends('REFUNDED');
    },
  },
];

/** The bank of these is in its maintenance: they play at 23:45 KST. */
export const AT_NIGHT: readonly Scenario[] = [
  { name: 'bank-closed', bankCode: '004', play: confirmUntil('bank-closed') },
  {
    name: 'bank-closed-cancelled',
    bankCode: '004',
    async play(deal) {
      await confirmUntil('bank-closed')(deal);
      deal.cancel();
      await deal.ends('REFUNDED');
    },
  },
];
