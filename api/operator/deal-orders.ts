/** The orders about one deal, as operators name them. */
import type { OperatorAction } from '../../workflows/domain/operator-actions';
import { chargeback } from './chargeback';
import { closeTask } from './close-task';
import { manualTransfer, payByHand, stopPayingByHand } from './manual-transfer';
import type { DealOrder } from './order';
import { correctAccount, refund, release, retry } from './payout-orders';
import { refundFee } from './refund-fee';
import { rule } from './ruling';

export const DEAL_ORDERS: Readonly<Record<OperatorAction, DealOrder>> = {
  release,
  refund,
  retry,
  'correct-account': correctAccount,
  'refund-fee': refundFee,
  chargeback,
  rule,
  'pay-by-hand': payByHand,
  'manual-transfer': manualTransfer,
  'stop-paying-by-hand': stopPayingByHand,
  'close-task': closeTask,
};

/** The order of this name; undefined: there is none. */
export const dealOrderOf = (name: string): DealOrder | undefined =>
  Object.hasOwn(DEAL_ORDERS, name) ? DEAL_ORDERS[name as OperatorAction] : undefined;
