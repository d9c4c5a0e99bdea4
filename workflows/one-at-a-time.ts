/**
 * Local activities of one workflow run one after the other. A handler's and the loop's may otherwise be under way in the same
 * workflow task: when it is replayed, Temporal hands both results over at once, what follows them comes in another order than the
 * first time, and the deal is stuck as nondeterministic (seen: a cancel that met the screening, then a worker killed).
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Every run has a queue of its own; the bundle is made with this module (workers/workflow-sources.ts). */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let last: Promise<unknown> = Promise.resolve();
  return {
    outbound: [
      {
        scheduleLocalActivity(input, next) {
          const mine = last.then(() => next(input));
          last = mine.catch(() => undefined);
          return mine;
        },
      },
    ],
  };
};
