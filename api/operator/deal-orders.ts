/** The orders about one deal, as operators name them. */
import { chargeback } from './chargeback';
import { closeTask } from './close-task';
import type { DealOrder } from './order';
import { correctAccount, refund, release, retry } from './payout-orders';
import { refundFee } from './refund-fee';
import { rule } from './ruling';

export const DEAL_ORDERS: Readonly<Record<string, DealOrder>> = {
  release,
  refund,
  retry,
  'correct-account': correctAccount,
  'refund-fee': refundFee,
  chargeback,
  rule,
  'close-task': closeTask,
};
