/** The story of a deal tells of orders that were recorded and not carried out, since the deal had gone on. */
export const OVERTAKEN = [
  `alter table deal_events drop constraint deal_events_cause_check;
   alter table deal_events add constraint deal_events_cause_check check (cause in ('created', 'charged', 'ruled',
     'quote-expired', 'cancelled-by-payer', 'hold-expired', 'transfer-begins', 'released', 'retry-in-line',
     'retry-batch', 'retry-ordered', 'account-corrected', 'transferred', 'transfer-failed', 'held-back', 'returned',
     'paid-after-failure', 'gave-up', 'account-not-payable', 'late-charge', 'charged-back', 'refund-resumed',
     'refund-ordered', 'fee-refunded', 'release', 'refund', 'refund-fee', 'retry', 'rule', 'correct-account',
     'chargeback', 'accept-break', 'cancel', 'close-task', 'overtaken'));`,
];
