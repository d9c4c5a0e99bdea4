/** Questions to a provider that a payer waits for: each is a short workflow, retried and visible in one place. */
import { type Client, isGrpcServiceError, ServiceError, WorkflowFailedError } from '@temporalio/client';
import { Problem, type ProblemCode } from './http/problem';

/** How long a payer waits for the provider. */
const ANSWER_MS = 10_000;

/** What the workflow answers; the problem `silent` when it fails, or has not ended within 10 s. */
export async function answerOfWorkflow<T>(temporal: Client, run: () => Promise<T>, silent: ProblemCode): Promise<T> {
  try {
    return await temporal.connection.withDeadline(Date.now() + ANSWER_MS, run);
  } catch (error) {
    throw error instanceof WorkflowFailedError || isDeadline(error) ? new Problem(silent) : error;
  }
}

function isDeadline(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && cause.code === 4;
}
