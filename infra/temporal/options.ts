/**
 * What every client, worker, replayer and bundle is made with, so that whatever reaches Temporal is encrypted and
 * carries the context of its trace. `test/tidy/temporal.test.ts` sees to it that none is made without.
 */
import type { ClientOptions } from '@temporalio/client';
import type { DataConverter, PayloadCodec } from '@temporalio/common';
import type {
  ActivityInterceptorsFactory,
  BundleOptions,
  ReplayWorkerOptions,
  WorkerOptions,
} from '@temporalio/worker';
import type { DataKeys } from '../keys/data-keys';
import { blindCodec, createCodec } from './codec';
import { patientKeys } from './patient-keys';
import { traceActivities, traceCalls } from './tracing';

const FAILURE_CONVERTER = require.resolve('./failure-converter');

const convertingBy = (codec: PayloadCodec): DataConverter => ({
  payloadCodecs: [codec],
  failureConverterPath: FAILURE_CONVERTER,
});

/** Of a client. `keys` null: it sees no payload and can send none, as `npm run schedules` need not. */
export const clientOptionsOf = (namespace: string, keys: DataKeys | null) =>
  ({
    namespace,
    dataConverter: convertingBy(keys ? createCodec(keys, namespace) : blindCodec),
    interceptors: { workflow: [traceCalls()] },
  }) satisfies ClientOptions;

interface WorkerParts {
  /** Ours, inside of those of the traces. */
  readonly activityInterceptors?: ActivityInterceptorsFactory[];
  /** Hears why the worker waits for keys. */
  readonly onWait?: (error: Error) => void;
}

/** Of a worker; its bundle was made with `bundleOptions`. */
export const workerOptionsOf = (
  namespace: string,
  keys: DataKeys,
  { activityInterceptors = [], onWait }: WorkerParts = {},
) =>
  ({
    namespace,
    dataConverter: convertingBy(createCodec(patientKeys(keys, onWait), namespace)),
    interceptors: { activity: [traceActivities, ...activityInterceptors] },
  }) satisfies Partial<WorkerOptions>;

/** Of a worker that replays histories of this namespace. */
export const replayOptionsOf = (namespace: string, keys: DataKeys) =>
  ({ dataConverter: convertingBy(createCodec(keys, namespace)) }) satisfies Partial<ReplayWorkerOptions>;

/** Of a bundle of workflows. */
export const bundleOptions = {
  failureConverterPath: FAILURE_CONVERTER,
  workflowInterceptorModules: [require.resolve('../../workflows/trace-context')],
} satisfies Partial<BundleOptions>;
