/** How handlers take a request in: shielded from a cancel of the workflow, and kept before anybody acts on it. */
import { CancellationScope } from '@temporalio/workflow';
import type { Inbox } from './run';

/** Handlers outlive a cancel of the workflow from Temporal, as the deal itself does. */
export function shielded<A extends unknown[], R>(handler: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) => CancellationScope.nonCancellable(() => handler(...args));
}

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
