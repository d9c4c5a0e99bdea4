/** Softpayment's settlement file of one KST day (spec §6), read as a stream. */
import type { SettlementLine } from '../../../workflows/domain/reconciliation';
import type { ProviderAddress } from '../http';
import { type Fields, type ListForm, readJsonList } from '../json-list';
import { isDay, isText, isTime, wholeOf } from '../line-fields';

const SETTLEMENT = 'softpayment settlement file';

/** The file's lines, in batches, in the order of the PG. Throws ProviderError. */
export function readSettlementFile(address: ProviderAddress, day: string): AsyncGenerator<readonly SettlementLine[]> {
  const url = `${address.url}/settlements?date=${encodeURIComponent(day)}`;
  const isLine = (key: unknown, depth: number) => typeof key === 'number' && depth === 1;
  const form: ListForm = { isLine, isEmptyList: Array.isArray, said: new Map() };
  return readJsonList({ operation: SETTLEMENT, url, paths: ['$.*'] }, address, form, settlementLine);
}

function settlementLine(line: Fields): SettlementLine | string {
  const { orderId, paymentKey, kind, at, settleDate } = line;
  const [amount, fee, net] = [wholeOf(line.amount), wholeOf(line.fee), wholeOf(line.net)];
  if (!isText(orderId)) return 'orderId is not a text';
  if (!isText(paymentKey)) return 'paymentKey is not a text';
  if (!isText(kind)) return 'kind is not a text';
  if (amount === null || fee === null || net === null) return 'amount, fee or net is not a whole number of won';
  if (!isTime(at)) return 'at is not a time with its offset';
  if (!isDay(settleDate)) return 'settleDate is not a day';
  return { orderId, paymentKey, kind, amount, fee, net, at, settleDate };
}
