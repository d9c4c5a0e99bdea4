/**
 * The batches (spec §8) as a table: when each runs, what is caught up, and when its last run should have been.
 * docs/operations.md shows it ("Batches"). All times are of Korea, which has no summer time.
 */
import { kstDayOf, kstDayStart } from './bank-calendar';

export interface BatchCalendar {
  /** Absent: every day. */
  readonly dayOfMonth?: number;
  /** Absent: any. */
  readonly dayOfWeek?: 'SUNDAY';
  readonly hour: number | readonly number[] | '*';
  readonly minute: number | '*';
}

/** A run that takes longer than so many minutes is late, unless its batch has a patience of its own. */
export const LATE_AFTER_MIN = 10;

interface Batch {
  readonly workflowType: string;
  readonly note: string;
  readonly calendar: BatchCalendar;
  /** A run that was missed for no longer than this, since the engine was away, is made when it is back. */
  readonly catchUp: '7 days' | '1 day' | '1 hour' | '1 minute';
  /** `skip`: while a run is under way no other begins, and that one is left out. */
  readonly overlap: 'skip';
  /** A run that has not ended by then is ended by the engine; absent: it may take as long as it likes. */
  readonly runTimeout?: '50s';
  /** Minutes that a good run may take, where 10 are too few: of all members, or of whole months. */
  readonly lateAfterMin?: number;
}

export const BATCHES = {
  'grade-update': {
    workflowType: 'gradeUpdateWorkflow',
    note: 'Gives every member the grade of the month, by what they completed in the month before',
    calendar: { dayOfMonth: 1, hour: 0, minute: 0 },
    ...{ catchUp: '7 days', overlap: 'skip' },
    lateAfterMin: 120,
  },
  'monthly-reset': {
    workflowType: 'monthlyResetWorkflow',
    note: 'Keeps what every member did in the month before',
    calendar: { dayOfMonth: 1, hour: 0, minute: 30 },
    ...{ catchUp: '7 days', overlap: 'skip' },
    lateAfterMin: 120,
  },
  'transfer-retry': {
    workflowType: 'transferRetryWorkflow',
    note: 'One more attempt for every deal that waits retry-due',
    calendar: { hour: [9, 14], minute: 0 },
    ...{ catchUp: '1 day', overlap: 'skip' },
  },
  'transfer-reconcile': {
    workflowType: 'transferReconcileWorkflow',
    note: 'Sets yesterday’s settlement file, bank list, rows and ledger against each other',
    calendar: { hour: 23, minute: 0 },
    ...{ catchUp: '1 day', overlap: 'skip' },
  },
  'bank-list-hourly': {
    workflowType: 'bankListWorkflow',
    note: 'Reads the bank’s list of today, and after midnight yesterday’s, and tells the deals that they decide',
    calendar: { hour: '*', minute: 15 }, // the first one of a day comes when yesterday’s list is complete
    ...{ catchUp: '1 hour', overlap: 'skip' },
  },
  'minute-sweep': {
    workflowType: 'minuteSweepWorkflow',
    note: 'Sweeps, adopts deals that lost their workflow, watches the other batches and the float',
    calendar: { hour: '*', minute: '*' },
    ...{ catchUp: '1 minute', overlap: 'skip' },
    runTimeout: '50s', // the next minute finds nothing in its way
  },
  'stale-lock-cleanup': {
    workflowType: 'staleLockCleanupWorkflow',
    note: 'Frees what somebody who died left locked',
    calendar: { hour: '*', minute: 40 },
    ...{ catchUp: '1 hour', overlap: 'skip' },
  },
  'invariant-check': {
    workflowType: 'invariantCheckWorkflow',
    note: 'Looks at every invariant of money; a break is an operator task',
    calendar: { hour: '*', minute: 20 },
    ...{ catchUp: '1 hour', overlap: 'skip' },
  },
  'card-expiry': {
    workflowType: 'cardExpiryWorkflow',
    note: 'Tells payers of cards that end this month or the next',
    calendar: { hour: 9, minute: 30 }, // by day: it wakes nobody
    ...{ catchUp: '1 day', overlap: 'skip' },
  },
  retention: {
    workflowType: 'retentionWorkflow',
    note: 'Destroys personal data whose term has ended',
    calendar: { hour: 4, minute: 10 }, // when banks and payers rest
    ...{ catchUp: '1 day', overlap: 'skip' },
    lateAfterMin: 120,
  },
  'log-archive': {
    workflowType: 'logArchiveWorkflow',
    note: 'Writes months that are over, and whose deals have all ended, to the archive',
    calendar: { dayOfWeek: 'SUNDAY', hour: 5, minute: 0 },
    ...{ catchUp: '7 days', overlap: 'skip' },
    lateAfterMin: 360,
  },
} as const satisfies Readonly<Record<string, Batch>>;

export type BatchName = keyof typeof BATCHES;

export const BATCH_NAMES = Object.keys(BATCHES) as BatchName[];

export const batchOf = (name: BatchName): Batch => BATCHES[name];

/** Its runs are not booked one by one: there are 1,440 a day, and each of its steps notes its own success. */
export const isEveryMinute = (calendar: BatchCalendar | undefined): boolean => calendar?.minute === '*';

export const isEveryHour = ({ hour }: BatchCalendar): boolean => hour === '*';

const numbers = (field: number | readonly number[] | '*', count: number): readonly number[] =>
  field === '*' ? Array.from({ length: count }, (_, n) => n) : typeof field === 'number' ? [field] : field;

const MINUTE_MS = 60_000;
/** Every day of the month comes again within two months. */
const DAYS_MAX = 62;

const isSunday = (day: string): boolean => new Date(day).getUTCDay() === 0;

/** When a batch of this calendar should have begun last, at the instant or before it. Throws when it never should. */
export function lastTick({ dayOfMonth, dayOfWeek, hour, minute }: BatchCalendar, at: Date): Date {
  const today = kstDayOf(at);
  for (let back = 0; back <= DAYS_MAX; back++) {
    const start = kstDayStart(today, -back);
    if (dayOfMonth !== undefined && Number(kstDayOf(start).slice(-2)) !== dayOfMonth) continue;
    if (dayOfWeek !== undefined && !isSunday(kstDayOf(start))) continue;
    const ticks = numbers(hour, 24).flatMap((h) =>
      numbers(minute, 60).map((m) => start.getTime() + (h * 60 + m) * MINUTE_MS),
    );
    const past = ticks.filter((tick) => tick <= at.getTime());
    if (past.length > 0) return new Date(Math.max(...past));
  }
  throw new Error('a calendar without a day');
}
