/** How handlers take a request in: shielded from a cancel of the workflow, and kept before anybody acts on it. */
import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope } from '@temporalio/workflow';
import type { Inbox } from './run';

/** Handlers outlive a cancel of the workflow from Temporal, as the deal itself does. */
export function shielded<A extends unknown[], R>(handler: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) => CancellationScope.nonCancellable(() => handler(...args));
}

/** What waits for an answer that another run will know, or that an earlier one knew, is answered from the rows. */
export const askDatabase = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable('this run does not know: the database does', 'AskDatabase');

/** Nobody acts on what is not recorded, and neither a timer nor another order slips in meanwhile. */
export async function recorded<T>(inbox: Inbox, recording: Promise<T>, put: (answer: T) => void): Promise<T> {
  inbox.recording += 1;
  try {
    const answer = await recording;
    put(answer);
    return answer;
  } finally {
    inbox.recording -= 1;
  }
}
