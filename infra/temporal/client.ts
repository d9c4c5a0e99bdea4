/** The one way to reach Temporal from a client. */
import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  isGrpcDeadlineError,
  makeGrpcRetryInterceptor,
  type ScheduleDescription,
  ScheduleNotFoundError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { DEAL_WORKFLOW } from '../../workflows/deal/messages';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import type { TemporalConfig } from '../config/connections';
import type { DataKeys } from '../keys/data-keys';
import { clientOptionsOf } from './options';

/** Names of the task queues: deals and their money activities on one (eager dispatch), batches on another. */
export function taskQueuesOf(taskQueue: string): { deals: string; batches: string } {
  return { deals: `${taskQueue}-deals`, batches: `${taskQueue}-batches` };
}

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;

const CLOSED = { code: 1, details: 'the connection was closed', metadata: {} }; // CANCELLED

/** A call on a channel that is closed: it ends at once. */
const closedCall = {
  start: (_metadata: unknown, listener?: { onReceiveStatus?: (status: typeof CLOSED) => void }) =>
    listener?.onReceiveStatus?.(CLOSED),
  sendMessage: () => undefined,
  startRead: () => undefined,
  halfClose: () => undefined,
  cancelWithStatus: () => undefined,
  getPeer: () => 'closed',
} as unknown as Call;

/**
 * The client repeats a failed call by a timer. Were the connection closed
 * meanwhile, the repetition would throw beside everybody, and end the process.
 */
const endWithConnection: Interceptor = (options, nextCall) => {
  try {
    return nextCall(options) as Call;
  } catch {
    return closedCall;
  }
};

/** How to reach the engine. */
type Channel = Pick<TemporalConfig, 'address' | 'tls' | 'apiKey'>;

/** What a connection of a worker takes of the configuration. */
export const channelOf = ({ address, tls, apiKey }: Channel) => ({
  ...{ address, tls: tls ?? false },
  ...(apiKey !== undefined && { apiKey }),
});

/** How every client connects; `connectTimeout` in ms. */
export const connectionOptions = (channel: Channel, connectTimeout: number): ConnectionOptions => ({
  ...{ ...channelOf(channel), connectTimeout },
  interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), endWithConnection],
});

/**
 * Connects within 5 s, or throws. The caller closes `client.connection`. `keys`: of the payloads; null for a client
 * that neither sends nor reads any.
 */
export async function openTemporal(config: TemporalConfig, keys: DataKeys | null): Promise<Client> {
  const connection = await Connection.connect(connectionOptions(config, 5_000));
  return new Client({ connection, ...clientOptionsOf(config.namespace, keys) });
}

const LOOK_DEADLINE_MS = 5_000;
/** A run with one of these has ended; any other status, also one that this code does not know, counts as open. */
const ENDED: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/** What Temporal says of a workflow's latest run. */
interface RunStanding {
  /** It has a run that has not ended. False when there was never one, or when it is past retention. */
  readonly isOpen: boolean;
  /** Tries of its current workflow task that failed, one after the other; 0 while it goes on as it should. */
  readonly failedTries: number;
}

/** Asks the run itself, since Temporal's lists lag behind. Throws when Temporal does not answer within 5 s. */
export async function standingOf(client: Client, workflowId: string): Promise<RunStanding> {
  try {
    const { status, raw } = await client.connection.withDeadline(Date.now() + LOOK_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    const attempt = raw.pendingWorkflowTask?.attempt ?? 1;
    return { isOpen: !ENDED.has(status.name), failedTries: Math.max(0, attempt - 1) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { isOpen: false, failedTries: 0 };
    throw error;
  }
}

/** Whether the workflow has a run that has not ended. */
export const hasOpenRun = async (client: Client, workflowId: string): Promise<boolean> =>
  (await standingOf(client, workflowId)).isOpen;

interface OpenRun {
  readonly dealId: DealId;
  readonly startedAt: Date;
}

/**
 * The deals with an open run, by Temporal's list, which lags: whatever follows from it
 * is asked of the run itself. `dealsQueue`: where deals run, since other houses may
 * share the namespace. `filter`: more of Temporal's query language, begun by a space.
 */
export async function* openDealRuns(client: Client, dealsQueue: string, filter = ''): AsyncGenerator<OpenRun> {
  const running = `WorkflowType = '${DEAL_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  const query = `${running} AND TaskQueue = '${dealsQueue}'${filter}`;
  const prefix = dealWorkflowIdOf('' as DealId);
  for await (const { workflowId, startTime } of client.workflow.list({ query, pageSize: 1_000 })) {
    if (workflowId.startsWith(prefix))
      yield { dealId: workflowId.slice(prefix.length) as DealId, startedAt: startTime };
  }
}

const QUESTIONS_MAX = 6;

/**
 * Asks something of a Schedule that may be asked twice. A workflow of the engine's own answers, and the first question
 * after a restart of the engine can get lost: each gets 5 s, and is asked again; the last silence is thrown.
 */
export async function askSchedule<T>({ connection }: Client, ask: () => Promise<T>): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await connection.withDeadline(Date.now() + LOOK_DEADLINE_MS, ask);
    } catch (error) {
      if (asked === QUESTIONS_MAX || !isGrpcDeadlineError(error)) throw error;
    }
  }
}

/** The Schedule as the engine has it; null: there is none. */
export async function scheduleNamed(client: Client, id: string): Promise<ScheduleDescription | null> {
  try {
    return await askSchedule(client, () => client.schedule.getHandle(id).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
