/** The one place where a provider's failure becomes a Temporal failure. */
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { KeysUnavailable } from '../infra/keys/master-key';
import { ProviderError } from '../workflows/domain/providers';

/**
 * The retry after a failed activity waits at most this long for a provider that asks for more; then the timetable
 * decides.
 */
const RETRY_AFTER_MAX_MS = 60_000;

/**
 * Activity interceptor: a ProviderError becomes an ApplicationFailure whose type is its kind. ContractBroken is not
 * retried. The cause is left out: it could quote the provider's answer. KeysUnavailable is Unavailable too: nothing was
 * encrypted, and nobody was asked. Every other error passes as it is.
 */
export const translateFailures: ActivityInboundCallsInterceptor = {
  execute: async (input, next) => {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof KeysUnavailable)
        throw ApplicationFailure.create({ type: 'Unavailable', message: error.message });
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
