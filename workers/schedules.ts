/**
 * `npm run schedules`: the batches as Temporal Schedules (spec §8), and the search attributes of deals where they are
 * missing. Safe to repeat: an existing Schedule is brought up to date.
 */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { loadSchedulesConfig } from '../infra/config/commands';
import { ConfigError } from '../infra/config/load';
import { outliveReader } from '../infra/reader';
import { openTemporal, taskQueuesOf } from '../infra/temporal/client';
import { ensureSearchAttributes, SearchAttributesMissing } from './search-attributes';

interface Steps {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

interface Batch {
  readonly id: string;
  readonly workflowType: string;
  readonly note: string;
  /** Hours and minutes of the day, KST. */
  readonly calendar: { readonly hour: number | number[] | '*'; readonly minute: number | '*' | Steps };
  /** A run missed for longer than this is not caught up. */
  readonly catchupWindow: '1 day' | '1 hour' | '1 minute';
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
    note: 'Expires unconfirmed quotes; wakes deals of unhandled events; looks after deals that should have moved',
    calendar: { hour: '*', minute: '*' },
    catchupWindow: '1 minute',
  },
  {
    id: 'orphan-sweep',
    workflowType: 'orphanSweepWorkflow',
    note: 'Adopts deals that lost their workflow',
    calendar: { hour: '*', minute: { start: 0, end: 59, step: 3 } },
    catchupWindow: '1 minute',
  },
  {
    id: 'batch-watch',
    workflowType: 'batchWatchWorkflow',
    note: 'Tells when a batch does not end',
    calendar: { hour: '*', minute: '*' },
    catchupWindow: '1 minute',
  },
  {
    id: 'float-watch',
    workflowType: 'floatWatchWorkflow',
    note: 'Stops new charges before the float cannot cover the deals in flight',
    calendar: { hour: '*', minute: '*' },
    catchupWindow: '1 minute',
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
];

export const SCHEDULE_IDS: readonly string[] = BATCHES.map(({ id }) => id);

function optionsOf({ id, workflowType, note, calendar, catchupWindow }: Batch, taskQueue: string): ScheduleOptions {
  return {
    scheduleId: id,
    spec: { calendars: [calendar], timezone: 'Asia/Seoul' },
    action: { type: 'startWorkflow', workflowType, workflowId: id, taskQueue, args: [] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow, pauseOnFailure: false },
    state: { note },
  };
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
