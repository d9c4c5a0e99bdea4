/**
 * What can go wrong at a provider, and the one place where it becomes a Temporal failure. A business no (declined, account
 * closed) is never an error: clients return it.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/**
 * `Unavailable`: this call was surely not accepted; try later. (It says nothing about earlier calls under the same key.)
 * `OutcomeUnknown`: it may have been carried out: ask again under the same key, or query; never failed, never refunded.
 * `ContractBroken`: the answer contradicts the request: stop the deal, page a person.
 */
export type ProviderErrorKind = 'Unavailable' | 'OutcomeUnknown' | 'ContractBroken';

/**
 * A provider's call without a business answer. `operation` and `reason` are our own words: they reach logs and workflow
 * histories, so no text of the provider's and no personal data goes into them.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ProviderErrorKind,
    readonly operation: string,
    reason: string,
    /** How long the provider asked us to wait, ms. */
    readonly retryAfterMs?: number,
  ) {
    super(`${operation}: ${reason}`);
  }
}

/** The retry after a failed activity waits at most this long for a provider that asks for more; then the timetable decides. */
const RETRY_AFTER_MAX_MS = 60_000;

/**
 * Activity interceptor: a ProviderError becomes an ApplicationFailure whose type is its kind. ContractBroken is not retried.
 * The cause is left out: it could quote the provider's answer. Every other error passes as it is.
 */
export const translateFailures: ActivityInboundCallsInterceptor = {
  execute: async (input, next) => {
    try {
      return await next(input);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { kind, message, retryAfterMs } = error;
      throw ApplicationFailure.create({
        type: kind,
        message,
        nonRetryable: kind === 'ContractBroken',
        ...(retryAfterMs !== undefined && { nextRetryDelay: Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) }),
      });
    }
  },
};
