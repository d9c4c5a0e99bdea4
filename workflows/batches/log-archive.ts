/** Sundays: months that are over, and whose deals have all ended, go to the archive (docs/archive.md). */
import { ApplicationFailure } from '@temporalio/common';
import { continueAsNew, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { type ArchiveName, labelOf } from '../domain/archive';
import type { ArchiveResult } from './messages';
import type { ArchiveActivities } from './ports';
import { scheduledAt } from './scheduled';

/** A store that is away is waited for, for an hour; then the next Sunday takes it up. */
const steps = proxyActivities<ArchiveActivities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '3 minutes',
  retry: { initialInterval: '1s', maximumInterval: '5 minutes', maximumAttempts: 20 },
});

/** A run has so many at most: its history stays small however many deals and months there are. */
const STEPS_A_RUN = 100;

/** How far it is; what a run hands over to the next one. */
interface ArchiveProgress extends ArchiveResult {
  readonly scheduledAt: string;
  /** The months to come. */
  readonly months: readonly string[];
  /** Under which the first of them is written: `pages` are, up to the deal `after`. Null: it was not looked at yet. */
  readonly number: number | null;
  readonly pages: number;
  readonly after: string | null;
  readonly refused: readonly string[];
}

/**
 * Archives what is due at the scheduled time, from where `begun` stands. A month that cannot be written keeps no other
 * from it; the run then fails at its end, and names it. Safe to repeat: what is there is not written again.
 */
export async function logArchiveWorkflow(begun?: ArchiveProgress): Promise<ArchiveResult> {
  let progress = begun ?? (await beginning(scheduledAt()));
  for (let done = 0; progress.months.length > 0; done++) {
    if (done === STEPS_A_RUN) await continueAsNew<typeof logArchiveWorkflow>(progress);
    progress = await withStep(progress);
  }
  const { archived, rows, waiting, refused } = progress;
  if (refused.length > 0)
    throw ApplicationFailure.nonRetryable(
      `${refused.join('; ')} (the next run takes the next number)`,
      'ArchiveRefused',
    );
  return { archived, rows, waiting };
}

async function beginning(at: string): Promise<ArchiveProgress> {
  const months = await steps.archiveMonths({ scheduledAt: at });
  return { scheduledAt: at, months, ...UNSEEN, archived: [], rows: 0, waiting: [], refused: [] };
}

/** Of a month that nothing was done for yet. */
const UNSEEN = { number: null, pages: 0, after: null } as const;

/** The first month is looked at, or one more page of it is written; when nothing is left the next is the first. */
async function withStep(progress: ArchiveProgress): Promise<ArchiveProgress> {
  const [month, ...months] = progress.months;
  if (month === undefined) return progress;
  const { number, scheduledAt: at } = progress;
  const next = { ...progress, months, ...UNSEEN };
  if (number !== null) return withPage(progress, { month, number }, next);
  setCurrentDetails(`${month}: is looked at`);
  const found = await steps.archiveDue({ scheduledAt: at, month });
  if (found.kind === 'due') return { ...progress, number: found.number };
  if (found.kind === 'waits') return { ...next, waiting: [...progress.waiting, { month, deals: found.deals }] };
  return next;
}

/** One more page of the month; after its last one it is whole, and `next` goes on. */
async function withPage(progress: ArchiveProgress, name: ArchiveName, next: ArchiveProgress): Promise<ArchiveProgress> {
  setCurrentDetails(`${labelOf(name)}: ${progress.pages} pages written`);
  const part = progress.pages + 1;
  const page = await steps.archivePage({ ...name, part, after: progress.after });
  if (page.kind === 'written' && page.next !== null) return { ...progress, pages: part, after: page.next };
  const end = page.kind === 'written' ? await steps.archiveWhole(name) : page;
  if (end.kind === 'refused') return { ...next, refused: [...progress.refused, end.why] };
  return { ...next, archived: [...progress.archived, labelOf(name)], rows: progress.rows + end.rows };
}
