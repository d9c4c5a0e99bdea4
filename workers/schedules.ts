/**
 * `npm run schedules`: the batches as Temporal Schedules (spec §8), and the search attributes of deals where they are
 * missing. Safe to repeat: an existing Schedule is brought up to date, one that is no more is taken away.
 */
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { loadSchedulesConfig } from '../infra/config/commands';
import { ConfigError } from '../infra/config/load';
import { outliveReader } from '../infra/reader';
import { openTemporal, taskQueuesOf } from '../infra/temporal/client';
import { ensureSearchAttributes, SearchAttributesMissing } from './search-attributes';

interface Batch {
  readonly id: string;
  readonly workflowType: string;
  readonly note: string;
  /** Hours and minutes of the day, KST. */
  readonly calendar: { readonly hour: number | number[] | '*'; readonly minute: number | '*' };
  /** A run missed for longer than this is not caught up. */
  readonly catchupWindow: '1 day' | '1 hour' | '1 minute';
  /** A run that has not ended by then is ended by the engine; absent: it may take as long as it likes. */
  readonly runTimeout?: '50s';
}

const BATCHES: readonly Batch[] = [
  {
    id: 'transfer-retry',
    workflowType: 'transferRetryWorkflow',
    note: 'One more attempt for every deal that waits retry-due',
    calendar: { hour: [9, 14], minute: 0 },
    catchupWindow: '1 day',
  },
  {
    id: 'transfer-reconcile',
    workflowType: 'transferReconcileWorkflow',
    note: 'Sets yesterday’s settlement file, bank list, rows and ledger against each other',
    calendar: { hour: 23, minute: 0 },
    catchupWindow: '1 day',
  },
  {
    id: 'bank-list-hourly',
    workflowType: 'bankListWorkflow',
    note: 'Reads the bank’s list of today, and after midnight yesterday’s, and tells the deals that they decide',
    calendar: { hour: '*', minute: 15 }, // the first one of a day comes when yesterday’s list is complete
    catchupWindow: '1 hour',
  },
  {
    id: 'minute-sweep',
    workflowType: 'minuteSweepWorkflow',
    note: 'Sweeps, adopts deals that lost their workflow, watches the other batches and the float',
    calendar: { hour: '*', minute: '*' },
    catchupWindow: '1 minute',
    runTimeout: '50s', // the next minute finds nothing in its way
  },
  {
    id: 'stale-lock-cleanup',
    workflowType: 'staleLockCleanupWorkflow',
    note: 'Frees what somebody who died left locked',
    calendar: { hour: '*', minute: 40 },
    catchupWindow: '1 hour',
  },
  {
    id: 'invariant-check',
    workflowType: 'invariantCheckWorkflow',
    note: 'Looks at every invariant of money; a break is an operator task',
    calendar: { hour: '*', minute: 20 },
    catchupWindow: '1 hour',
  },
  {
    id: 'retention',
    workflowType: 'retentionWorkflow',
    note: 'Destroys personal data whose term has ended',
    calendar: { hour: 4, minute: 10 }, // when banks and payers rest
    catchupWindow: '1 day',
  },
];

export const SCHEDULE_IDS: readonly string[] = BATCHES.map(({ id }) => id);

/** Schedules of earlier versions: their workflows are steps of the minute's sweep now. */
const NO_MORE: readonly string[] = ['orphan-sweep', 'batch-watch', 'float-watch'];

function optionsOf(batch: Batch, taskQueue: string): ScheduleOptions {
  const { id, workflowType, note, calendar, catchupWindow, runTimeout } = batch;
  const timeout = runTimeout && { workflowRunTimeout: runTimeout };
  return {
    scheduleId: id,
    spec: { calendars: [calendar], timezone: 'Asia/Seoul' },
    action: { type: 'startWorkflow', workflowType, workflowId: id, taskQueue, args: [], ...timeout },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note },
  };
}

/**
 * Ends the runs of this Schedule that are under way: code that has changed cannot go on with them, and one of them
 * would keep its Schedule from every later run.
 */
async function endRuns(client: Client, id: string): Promise<void> {
  const query = `TemporalScheduledById = '${id}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    try {
      await client.workflow.getHandle(workflowId, runId).terminate('its batch has changed');
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // it has just ended
    }
  }
}

/** Takes the Schedules away that are no more, with their runs; answers with the ids of those that there were. */
export async function removeOldSchedules(client: Client): Promise<string[]> {
  const removed: string[] = [];
  for (const id of NO_MORE) {
    try {
      await client.schedule.getHandle(id).delete();
      removed.push(id);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
    await endRuns(client, id);
  }
  return removed;
}

/** Creates or updates every Schedule; answers with their ids. */
export async function setSchedules(client: Client, taskQueue: string): Promise<string[]> {
  const queue = taskQueuesOf(taskQueue).batches;
  for (const batch of BATCHES) {
    const options = optionsOf(batch, queue);
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      // An operator's pause stays.
      await client.schedule
        .getHandle(batch.id)
        .update(({ state }) => ({ ...options, state: { ...options.state, paused: state.paused } }));
      if (batch.runTimeout) await endRuns(client, batch.id); // it comes again within the minute
    }
  }
  return BATCHES.map(({ id }) => id);
}

async function main(): Promise<void> {
  const { temporal } = loadSchedulesConfig();
  const client = await openTemporal(temporal);
  await ensureSearchAttributes(client);
  const ids = await setSchedules(client, temporal.taskQueue);
  process.stdout.write(`schedules set: ${ids.join(', ')}\n`);
  const removed = await removeOldSchedules(client);
  if (removed.length > 0) process.stdout.write(`schedules taken away: ${removed.join(', ')}\n`);
  await client.connection.close();
}

if (require.main === module) {
  outliveReader();
  main().catch((error: Error) => {
    const plain = error instanceof ConfigError || error instanceof SearchAttributesMissing;
    process.stderr.write(`schedules: ${plain ? error.message : error.stack}\n`);
    process.exit(1);
  });
}
