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

/** A run has so many at most: its history stays small however many deals there are. */
const PAGES_A_RUN = 100;

/** How far it is; what a run hands over to the next one. */
interface ArchiveProgress extends ArchiveResult {
  /** The months to come; of the first of them `pages` are written, up to the deal `after`. */
  readonly due: readonly ArchiveName[];
  readonly pages: number;
  readonly after: string | null;
  readonly refused: readonly string[];
}

/**
 * Archives what is due at the scheduled time, from where `begun` stands. A month that cannot be written keeps no other
 * from it; the run then fails at its end, and names it. Safe to repeat: what is there is not written again.
 */
export async function logArchiveWorkflow(begun?: ArchiveProgress): Promise<ArchiveResult> {
  let progress = begun ?? (await beginning());
  for (let pages = 0; progress.due.length > 0; pages++) {
    if (pages === PAGES_A_RUN) await continueAsNew<typeof logArchiveWorkflow>(progress);
    progress = await withPage(progress);
  }
  const { archived, rows, waiting, refused } = progress;
  if (refused.length > 0)
    throw ApplicationFailure.nonRetryable(
      `${refused.join('; ')} (the next run takes the next number)`,
      'ArchiveRefused',
    );
  return { archived, rows, waiting };
}

async function beginning(): Promise<ArchiveProgress> {
  const { due, waiting } = await steps.archiveDue({ scheduledAt: scheduledAt() });
  return { due, waiting, pages: 0, after: null, archived: [], rows: 0, refused: [] };
}

/** One more page of the first month; after its last one the month is whole, and the next is the first. */
async function withPage(progress: ArchiveProgress): Promise<ArchiveProgress> {
  const [name, ...others] = progress.due;
  if (!name) return progress;
  setCurrentDetails(`${labelOf(name)}: ${progress.pages} pages written`);
  const part = progress.pages + 1;
  const page = await steps.archivePage({ ...name, part, after: progress.after });
  if (page.kind === 'written' && page.next !== null) return { ...progress, pages: part, after: page.next };
  const end = page.kind === 'written' ? await steps.archiveWhole(name) : page;
  const next = { ...progress, due: others, pages: 0, after: null };
  if (end.kind === 'refused') return { ...next, refused: [...progress.refused, end.why] };
  return { ...next, archived: [...progress.archived, labelOf(name)], rows: progress.rows + end.rows };
}
