/**
 * The context of a trace goes through a run: what came with its start goes on with each of its activities. Ids alone,
 * in the clear; the run itself draws none, since whatever it drew would have to be drawn again on replay.
 */
import type { Payload } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** As OpenTelemetry's interceptors for Temporal name it. */
const TRACE_HEADER = '_tracer-data';

type Headers = Record<string, Payload>;

export const interceptors: WorkflowInterceptorsFactory = () => {
  let trace: Headers = {};
  const traced = <T extends { readonly headers: Headers }>(input: T): T => ({
    ...input,
    headers: { ...trace, ...input.headers },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          const { [TRACE_HEADER]: context } = input.headers;
          if (context) trace = { [TRACE_HEADER]: context };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(traced(input)),
        scheduleLocalActivity: (input, next) => next(traced(input)),
        continueAsNew: (input, next) => next(traced(input)),
      },
    ],
  };
};
