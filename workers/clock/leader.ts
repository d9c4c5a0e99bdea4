/**
 * Moves the clock of a system on one machine, and has everything follow: the sandboxes, the API and the worker, the
 * deals that wait, the Schedules. A move is one row; whoever dies in the middle of following it goes on with it, and
 * every step is safe to repeat.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import type { Db } from '../../db/connection';
import { type FastClock, laggards, markFollowed, putForward, readFastClock } from '../../db/fast-clock';
import type { Log } from '../../infra/log';
import { openDealRuns, scheduleNamed } from '../../infra/temporal/client';
import { clockMoved } from '../../workflows/deal/messages';
import { BATCH_NAMES, batchOf, isEveryHour, isEveryMinute } from '../../workflows/domain/batches';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';

/** What goes by the clock, by the names under which it says so. */
export const FOLLOWERS = ['api', 'worker'] as const;

interface LeaderDeps {
  readonly db: Db;
  readonly client: Client;
  readonly dealsQueue: string;
  /** Any sandbox: they share a clock. */
  readonly sandboxUrl: string;
  readonly log: Log;
}

/** `aheadMs`: of the machine's clock. `deals`: that were told; `batches`: that were made up for. */
interface Followed {
  readonly aheadMs: number;
  readonly deals: number;
  readonly batches: readonly string[];
}

const LOOK_EVERY_MS = 100;
const FOLLOW_MS = 60_000;
const SANDBOX_MS = 5_000;
/** What comes every hour looks at yesterday and today: older hours of a long move would find the same. */
const HOURS_MADE_UP_MS = 48 * 3_600_000;

/** Has the sandboxes go by the clock as the database has it; those that just began have real time. */
export async function leadSandboxes({ sandboxUrl }: Pick<LeaderDeps, 'sandboxUrl'>, aheadMs: number): Promise<void> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/clock/ahead`, {
    ...{ method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ aheadMs }) },
    signal: AbortSignal.timeout(SANDBOX_MS),
  });
  if (!answer.ok) throw new Error(`the sandboxes answered ${answer.status}`);
}

/**
 * Puts the clock forward, to be so far ahead. Undefined: another move is being followed. Throws when not all follow; it
 * is put forward all the same.
 */
export async function move(deps: LeaderDeps, seen: FastClock, aheadMs: number): Promise<Followed | undefined> {
  const moved = await putForward(deps.db, seen.move, aheadMs);
  return moved && follow(deps, moved);
}

/** Goes on with a move that not everything follows yet. Throws when something does not within a minute. */
export async function carryOn(deps: LeaderDeps): Promise<void> {
  const clock = await readFastClock(deps.db);
  if (!clock.isFollowed) await follow(deps, clock);
}

async function follow(deps: LeaderDeps, clock: FastClock): Promise<Followed> {
  const { aheadMs, move } = clock;
  await leadSandboxes(deps, aheadMs); // before anybody asks a provider at the new time
  await allFollow(deps, move);
  const deals = await tellDeals(deps);
  const batches = await makeUp(deps, clock);
  await markFollowed(deps.db, move);
  deps.log.info({ aheadMs, move, deals, batches }, 'the clock was put forward');
  return { aheadMs, deals, batches };
}

async function allFollow({ db }: LeaderDeps, move: number): Promise<void> {
  for (const until = performance.now() + FOLLOW_MS; ; await pause(LOOK_EVERY_MS)) {
    const late = await laggards(db, FOLLOWERS, move);
    if (late.length === 0) return;
    if (performance.now() > until) throw new Error(`the clock was put forward, and ${late.join(', ')} did not follow`);
  }
}

/** Every deal that runs reads anew what its waits go by. */
async function tellDeals({ client, dealsQueue }: LeaderDeps): Promise<number> {
  let told = 0;
  for await (const { dealId } of openDealRuns(client, dealsQueue)) {
    try {
      await client.workflow.getHandle(dealWorkflowIdOf(dealId)).signal(clockMoved);
      told += 1;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error; // it has just ended
    }
  }
  return told;
}

/** What the Schedules would have begun meanwhile, each by its own time; those that are paused would not. */
async function makeUp({ client }: LeaderDeps, { movedAt, beforeMs, aheadMs }: FastClock): Promise<string[]> {
  if (movedAt === null) return [];
  const [from, to] = [movedAt.getTime() + beforeMs, movedAt.getTime() + aheadMs];
  const made: string[] = [];
  for (const name of BATCH_NAMES) {
    const { calendar } = batchOf(name);
    const schedule = await scheduleNamed(client, name);
    if (!schedule || schedule.state.paused) continue;
    const handle = client.schedule.getHandle(name);
    if (isEveryMinute(calendar)) {
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
    } else {
      const start = new Date(isEveryHour(calendar) ? Math.max(from, to - HOURS_MADE_UP_MS) : from);
      await handle.backfill([{ start, end: new Date(to), overlap: ScheduleOverlapPolicy.BUFFER_ALL }]);
    }
    made.push(name);
  }
  return made;
}
