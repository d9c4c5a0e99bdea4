/** One call of each kind, and how its failure is told, for the tests of the provider clients. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { translateFailures } from '../../../activities/failures';
import { won } from '../../../workflows/domain/money';
import { ProviderError, type ProviderErrorKind, type TransferOrder } from '../../../workflows/domain/providers';

/** Short: a provider that stays silent is waited for this long, ms. */
export const TIMEOUT_MS = 400;
export const API_KEY = 'test-key';
export const CHARGE = {
  ...{ billingKey: 'bill_secret', amount: won(103_000), orderId: 'P-1', orderName: 'PLIC P' },
  installmentMonths: 0,
};
export const REFUND = {
  paymentKey: 'pay_1',
  amount: won(3_000),
  idempotencyKey: 'P-R1',
  refundedBefore: won(0),
};
export const ORDER: TransferOrder = {
  reference: 'P-T1',
  tradingDate: '2026-03-02',
  bankCode: '092',
  accountNumber: '98765432101234',
  holderName: '홍길동',
  amount: won(100_000),
  memo: 'PLIC',
};

/** The kind and text of the ProviderError that the call throws. */
export async function failureOf(call: Promise<unknown>): Promise<{ kind: ProviderErrorKind; error: ProviderError }> {
  const error = await call.then(
    (value) => Promise.reject(new Error(`no failure, but ${JSON.stringify(value)}`)),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw error;
  return { kind: error.kind, error };
}

/** What a call throws as Temporal hears it: the work runs as an activity, with the interceptor that workers have. */
export function inWorker(work: () => Promise<unknown>): Promise<unknown> {
  const interceptors = [() => ({ inbound: translateFailures })];
  const worker = new MockActivityEnvironment({}, { interceptors, logger: new DefaultLogger('ERROR') });
  return worker.run(work).catch((thrown: unknown) => thrown);
}
