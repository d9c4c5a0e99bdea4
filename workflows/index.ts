/** Every workflow, and nothing else: the bundle's entry. */
export { minuteSweepWorkflow } from './batches/minute-sweep';
export { transferRetryWorkflow } from './batches/transfer-retry';
export { dealWorkflow } from './deal';
export { verifyAccountWorkflow } from './verify-account';
