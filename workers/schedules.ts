/** `npm run schedules`: the batches as Temporal Schedules (spec §8). Safe to repeat: an existing one is brought up to date. */
import { type Client, ScheduleAlreadyRunning, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { ConfigError, loadConfig } from '../infra/config';
import { openTemporal, taskQueuesOf } from '../infra/temporal';

interface Batch {
  readonly id: string;
  readonly workflowType: string;
  readonly note: string;
  /** Hours and minutes of the day, KST. */
  readonly calendar: { readonly hour: number | number[] | '*'; readonly minute: number | '*' };
  /** A run missed for longer than this is not caught up. */
  readonly catchupWindow: '1 day' | '1 minute';
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
    id: 'minute-sweep',
    workflowType: 'minuteSweepWorkflow',
    note: 'Expires unconfirmed quotes; wakes deals of unhandled webhook events',
    calendar: { hour: '*', minute: '*' },
    catchupWindow: '1 minute',
  },
];

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
  const config = loadConfig();
  const client = await openTemporal(config.temporal);
  const ids = await setSchedules(client, config.temporal.taskQueue);
  process.stdout.write(`schedules set: ${ids.join(', ')}\n`);
  await client.connection.close();
}

if (require.main === module) {
  main().catch((error: Error) => {
    process.stderr.write(`schedules: ${error instanceof ConfigError ? error.message : error.stack}\n`);
    process.exit(1);
  });
}
