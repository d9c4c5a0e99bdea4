/** The PG's settlement file, one line for each payment and cancel; see softpayment.ts for the signs. */
import { kstTime, weekdaysLater } from './korean-time';
import type { Cancel, Payment } from './payment-books';

export type SettlementLine = {
  orderId: string;
  paymentKey: string;
  kind: 'payment' | 'cancel';
  amount: number;
  fee: number;
  net: number;
  at: string;
  settleDate: string;
};

const FEE_BPS = 250;
const feeOf = (amount: number): number => Math.floor((amount * FEE_BPS) / 10_000);

/** The line of a charge that was made. */
export const paymentLine = ({ orderId, paymentKey, amount, at }: Payment): SettlementLine =>
  line({ orderId, paymentKey, kind: 'payment', amount, fee: feeOf(amount) }, at);

/** The line of a cancel: what the PG gives up of its fee is the difference that the cancel makes. */
export const cancelLine = ({ orderId, paymentKey, amount, cancelledTotal, of, at }: Cancel): SettlementLine => {
  const remains = of - cancelledTotal;
  const fee = feeOf(remains) - feeOf(remains + amount);
  return line({ orderId, paymentKey, kind: 'cancel', amount: -amount, fee }, at);
};

/** The KST day on which the PG pays what happened at `at`, ms since the epoch. */
export const settleDateOf = (at: number): string => weekdaysLater(at, 2);

const line = (money: Omit<SettlementLine, 'net' | 'at' | 'settleDate'>, at: number): SettlementLine => ({
  ...money,
  net: money.amount - money.fee,
  at: kstTime(at),
  settleDate: settleDateOf(at),
});
