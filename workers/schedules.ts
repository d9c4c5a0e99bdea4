/**
 * `npm run schedules`: the batches as Temporal Schedules (spec §8), and the search attributes of deals where they are
 * missing. It says first what that changes, and changes what is there with `--yes` alone. Safe to repeat: an existing
 * Schedule is brought up to date, one that is no more is taken away.
 */
import { parseArgs } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleHandle,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { loadSchedulesConfig } from '../infra/config/commands';
import { ConfigError } from '../infra/config/load';
import { outliveReader } from '../infra/reader';
import { askSchedule, openTemporal, taskQueuesOf } from '../infra/temporal/client';
import { BATCH_NAMES, type BatchName, batchOf } from '../workflows/domain/batches';
import { NO_MORE, plannedChanges } from './schedule-changes';
import { ensureSearchAttributes, SearchAttributesMissing } from './search-attributes';

const HELP = `npm run schedules [-- options]: sets the batches as Temporal Schedules, and says first what that changes.
What is missing is added; what is there is changed or taken away with --yes alone.

  --diff   only say it
  --yes    change what is there, too

Exit code 1 when something differs and nothing was changed.
`;

const OVERLAPS = { skip: ScheduleOverlapPolicy.SKIP } as const;

/** What Temporal is told of the batch. */
export function optionsOf(id: BatchName, taskQueue: string): ScheduleOptions {
  const { workflowType, note, calendar, catchUp, overlap, runTimeout } = batchOf(id);
  const { hour, ...rest } = calendar;
  const spec = { ...rest, hour: typeof hour === 'object' ? [...hour] : hour };
  const timeout = runTimeout && { workflowRunTimeout: runTimeout };
  return {
    scheduleId: id,
    spec: { calendars: [spec], timezone: 'Asia/Seoul' },
    action: { type: 'startWorkflow', workflowType, workflowId: id, taskQueue, args: [], ...timeout },
    policies: { overlap: OVERLAPS[overlap], catchupWindow: catchUp, pauseOnFailure: false },
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
  for (const id of BATCH_NAMES) {
    const options = optionsOf(id, queue);
    const { note: ownNote, runTimeout } = batchOf(id);
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      // An operator's pause stays, with why.
      const update: Parameters<ScheduleHandle['update']>[0] = ({ state: { paused, note = ownNote } }) => ({
        ...{ ...options, state: { ...options.state, paused, ...(paused && { note }) } },
      });
      await askSchedule(client, () => client.schedule.getHandle(id).update(update));
      if (runTimeout) await endRuns(client, id); // it comes again within the minute
    }
  }
  return BATCH_NAMES;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function setAll(client: Client, taskQueue: string): Promise<void> {
  await ensureSearchAttributes(client);
  say(`schedules set: ${(await setSchedules(client, taskQueue)).join(', ')}`);
  const removed = await removeOldSchedules(client);
  if (removed.length > 0) say(`schedules taken away: ${removed.join(', ')}`);
}

const WHAT = { new: 'is new', changed: 'changes', gone: 'is taken away, with its runs' } as const;

/** Answers with the exit code. */
async function main(): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { yes: flag, diff: flag, help: { ...flag, short: 'h' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { temporal } = loadSchedulesConfig();
  const client = await openTemporal(temporal, null);
  try {
    const changes = await plannedChanges(client, taskQueuesOf(temporal.taskQueue).batches);
    for (const { id, kind, fields } of changes) say([`${id} ${WHAT[kind]}`, ...fields].join('\n  '));
    if (changes.length === 0) say('nothing differs');
    const alters = changes.some(({ kind }) => kind !== 'new');
    if (values.diff) return changes.length === 0 ? 0 : 1;
    if (alters && !values.yes) {
      say('nothing was changed: say it with --yes');
      return 1;
    }
    await setAll(client, temporal.taskQueue);
    return 0;
  } finally {
    await client.connection.close();
  }
}

if (require.main === module) {
  outliveReader();
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      const plain = error instanceof ConfigError || error instanceof SearchAttributesMissing;
      process.stderr.write(`schedules: ${plain ? error.message : error.stack}\n`);
      process.exit(1);
    },
  );
}
