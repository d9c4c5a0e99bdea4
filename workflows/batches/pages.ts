/** A batch over all members: page by page, with what was found so far carried from run to run. */
import { ApplicationFailure } from '@temporalio/common';
import { continueAsNew, patched, setCurrentDetails, sleep } from '@temporalio/workflow';
import { kstDayOf, kstMonthStart } from '../domain/bank-calendar';
import type { MemberPage, MonthlyActivities, PageRequest } from './ports';
import { scheduledAt } from './scheduled';

/** A run has so many at most: its history stays small however many members there are. */
const PAGES_A_RUN = 100;
/** Members that could not be done and are named; all are counted, and in the log. */
const NAMED_MAX = 10;

/** Runs that earlier code began did not ask whether their month is whole, and go on without it. */
const SETTLES = 'settles-by-database';

type Counts = Readonly<Record<string, number>>;

/** How far a batch is; what a run hands over to the next one. */
export interface Progress {
  readonly scheduledAt: string;
  readonly after: string | null;
  readonly members: number;
  readonly counts: Counts;
  readonly failed: number;
  readonly named: readonly string[];
}

export interface MonthResult {
  /** The first KST day of the month before the scheduled time, which was worked on. */
  readonly month: string;
  readonly members: number;
  readonly counts: Counts;
}

interface Steps extends Pick<MonthlyActivities, 'settlesInMs'> {
  pageOf(request: PageRequest): Promise<MemberPage>;
}

/**
 * Has every member done, of the month before the scheduled time, from where `begun` stands. Fails in the end, and names
 * them, when some could not be done: they kept no other from it. Safe to repeat, as `pageOf` is.
 */
export async function throughMembers(
  begun: Progress | undefined,
  { pageOf, settlesInMs }: Steps,
): Promise<MonthResult> {
  let progress: Progress = begun ?? {
    ...{ scheduledAt: scheduledAt(), after: null, members: 0, counts: {}, failed: 0, named: [] },
  };
  const at = new Date(progress.scheduledAt);
  if (patched(SETTLES)) {
    const early = await settlesInMs({ scheduledAt: progress.scheduledAt });
    if (early > 0) await sleep(early);
  }
  for (let pages = 0; ; pages++) {
    if (pages === PAGES_A_RUN) await continueAsNew<(from: Progress) => Promise<unknown>>(progress);
    const page = await pageOf({ scheduledAt: progress.scheduledAt, after: progress.after });
    progress = withPage(progress, page);
    setCurrentDetails(`${progress.members} members done`);
    if (page.next === null) break;
  }
  const { members, counts, failed, named } = progress;
  if (failed > 0) {
    const who = failed > named.length ? `${named.join(', ')}, …` : named.join(', ');
    throw ApplicationFailure.nonRetryable(`${failed} of ${members} members could not be done: ${who}`, 'MembersFailed');
  }
  return { month: kstDayOf(kstMonthStart(at, 1)), members, counts };
}

function withPage(progress: Progress, { next, members, counts, failed }: MemberPage): Progress {
  const sums = Object.entries(counts).map(([name, n]) => [name, (progress.counts[name] ?? 0) + n]);
  return {
    ...{ scheduledAt: progress.scheduledAt, after: next, members: progress.members + members },
    ...{ counts: { ...progress.counts, ...Object.fromEntries(sums) }, failed: progress.failed + failed.length },
    named: [...progress.named, ...failed].slice(0, NAMED_MAX),
  };
}
