/** The archive at an operator's word: its Schedule runs now, so the run is booked and watched as every other of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type ScheduleDescription, ScheduleOverlapPolicy, WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { scheduleNamed } from '../../infra/temporal/client';
import type { ArchiveResult } from '../../workflows/batches/messages';
import type { BatchName } from '../../workflows/domain/batches';
import { type Refusal, refused } from './order';

const BATCH: BatchName = 'log-archive';

/** How often, and how many times, it is looked whether the engine has begun the run. */
const LOOK_MS = 250;
const LOOKS_MAX = 40;

/** Archives what is due, and answers with what the run did; one that is under way is joined. */
export async function archiveNow(client: Client): Promise<({ readonly kind: 'done' } & ArchiveResult) | Refusal> {
  const before = await scheduleNamed(client, BATCH);
  if (!before) return refused('not-found', `there is no Schedule ${BATCH}: "npm run schedules" sets it`);
  const underWay = before.info.runningActions[0]?.workflow.workflowId;
  const workflowId = underWay ?? (await beginRun(client, before));
  if (workflowId === undefined)
    return refused('unreachable', `the engine has not begun it yet; look at ${BATCH} in Temporal before you repeat it`);
  try {
    const result: ArchiveResult = await client.workflow.getHandle(workflowId).result();
    return { kind: 'done', ...result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
    return refused('not-now', `not all of it could be archived: ${cause?.message ?? error.message}`);
  }
}

const begunOf = ({ info }: ScheduleDescription): string[] =>
  info.recentActions.map(({ action }) => action.workflow.workflowId);

/** The id of the run that begins now; undefined: none did for ten seconds. */
async function beginRun(client: Client, before: ScheduleDescription): Promise<string | undefined> {
  const known = new Set(begunOf(before));
  await client.schedule.getHandle(BATCH).trigger(ScheduleOverlapPolicy.SKIP);
  for (let look = 0; look < LOOKS_MAX; look++) {
    const now = await scheduleNamed(client, BATCH);
    const begun = now ? begunOf(now).find((id) => !known.has(id)) : undefined;
    if (begun !== undefined) return begun;
    await delay(LOOK_MS);
  }
  return undefined;
}
