/** Every workflow, and nothing else: the bundle's entry. */
export { bankListWorkflow } from './batches/bank-list';
export { cardExpiryWorkflow } from './batches/card-expiry';
export { invariantCheckWorkflow } from './batches/invariant-check';
export { logArchiveWorkflow } from './batches/log-archive';
export { minuteSweepWorkflow } from './batches/minute-sweep';
export { gradeUpdateWorkflow, monthlyResetWorkflow } from './batches/monthly';
export { transferReconcileWorkflow } from './batches/reconcile';
export { retentionWorkflow } from './batches/retention';
export { staleLockCleanupWorkflow } from './batches/stale-lock-cleanup';
export { transferRetryWorkflow } from './batches/transfer-retry';
export { dealWorkflow } from './deal/deal';
export { verifyAccountWorkflow } from './verify-account';
export { openIdentityWorkflow, readIdentityWorkflow } from './verify-identity';
