/** How a short workflow asks a provider while a person waits for the answer (the API gives up after 10 s). */
import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

const DEADLINE = '9 s';

/** Options of an activity that may be asked again within 9 s, all attempts together. */
export const SHORT_ASK = {
  startToCloseTimeout: '5 s',
  scheduleToCloseTimeout: DEADLINE,
  retry: { initialInterval: '200 ms', backoffCoefficient: 2 },
} as const;

/** The answer of the activity. Fails with type `unavailable` when there was none; `NotFound` passes as it is. */
export async function answerOr<T>(ask: Promise<T>, unavailable: string): Promise<T> {
  try {
    return await ask;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (!cause || (cause instanceof ApplicationFailure && cause.type === 'NotFound')) throw error;
    throw ApplicationFailure.nonRetryable(`the provider gave no answer within ${DEADLINE}`, unavailable);
  }
}
