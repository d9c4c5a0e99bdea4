/**
 * The story of a deal tells of orders that were recorded and not carried out. A deal that has ended waits for nothing:
 * a part of its fee on its way back is a task beside it.
 */
export const OVERTAKEN = [
  `alter table deal_events drop constraint deal_events_cause_check;
   alter table deal_events add constraint deal_events_cause_check check (cause in ('created', 'charged', 'ruled',
     'quote-expired', 'cancelled-by-payer', 'hold-expired', 'transfer-begins', 'released', 'retry-in-line',
     'retry-batch', 'retry-ordered', 'account-corrected', 'transferred', 'transfer-failed', 'held-back', 'returned',
     'paid-after-failure', 'gave-up', 'account-not-payable', 'late-charge', 'charged-back', 'refund-resumed',
     'refund-ordered', 'fee-refunded', 'release', 'refund', 'refund-fee', 'retry', 'rule', 'correct-account',
     'chargeback', 'accept-break', 'cancel', 'close-task', 'overtaken'));`,
  `update operator_tasks o set reason = 'fee-refund-unknown' from deals d
   where d.id = o.deal_id and o.closed_at is null and o.reason = d.waiting_reason
     and d.status in ('COMPLETED', 'REFUNDED', 'CANCELLED');
   update deals set waiting_reason = null, waiting_since = null, next_move_at = null
   where waiting_reason is not null and status in ('COMPLETED', 'REFUNDED', 'CANCELLED');`,
];
