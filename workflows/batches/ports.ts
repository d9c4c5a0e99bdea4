/** What batches need done by activities. */
import type { ArchiveName } from '../domain/archive';
import type { MinuteStep } from '../domain/minute-steps';
import type { DayDue, MatchCounts, ReconciliationResult } from '../domain/reconciliation';
import type { RetentionResult } from './messages';

/** What the float watch found; `unknown`: the bank does not tell its balance. */
export type FloatStanding = 'low' | 'between' | 'ample' | 'unknown';

/** What became of the deals whose workflows were looked at. */
type RunCounts = Readonly<Record<'looked' | 'adopted' | 'stuck' | 'failed', number>>;

/** Batches; run on their own task queue. Each is safe to repeat and answers with counts. */
export interface BatchActivities {
  /**
   * Wakes every deal that waits `retry-due`, once a `batch`. Fails in the end when one could not be told: repeated, it
   * tells the others nothing new.
   */
  signalRetryDue(request: { batch: string }): Promise<{ signalled: number }>;
  /**
   * Frees what the dead left locked. `openJobs`: ended deals whose transfer job says it is under way; a person is told.
   */
  freeStaleLocks(): Promise<{
    keysFreed: number;
    noticesGivenUp: number;
    reservationsReleased: number;
    openJobs: number;
  }>;
  /**
   * Tells payers of cards that end in the KST month of the scheduled time (ISO) or the next one. Fails in the end when
   * one could not be told: repeated, it tells the others nothing new.
   */
  tellEndingCards(request: { scheduledAt: string }): Promise<{ told: number }>;
}

/** The steps of every minute, on the batches' queue. Each is safe to repeat and answers with what it found. */
export interface MinuteActivities extends Record<MinuteStep, () => Promise<unknown>> {
  /** Expires never-confirmed quotes. */
  expireQuotes(): Promise<{ expired: number }>;
  /** Wakes the deals of webhook events that nobody dealt with. */
  sweepWebhookEvents(): Promise<{ woken: number }>;
  /** Has the workflows look whose payer's cancel only the database knows. */
  knockForCancels(): Promise<{ knocked: number }>;
  /**
   * Gives a workflow to every deal that must have one and has none, and tells operators of those whose workflow fails
   * again and again (`stuck`): first among the deals that should have moved by now, then among all that have not moved
   * for a minute. `failed`: it could not be found out. Fails when nothing could.
   */
  lookAfterRuns(): Promise<RunCounts>;
  /**
   * Tells operators of deals that have not ended a day after their charge, or are paid by hand for an hour, and of
   * requests that were approved and not carried out; requests that nobody decided in time are ended.
   */
  raiseOverdue(): Promise<{ raised: number }>;
  /**
   * Books the runs of the batches, and finds out whether each Schedule is set, and none of its runs hangs, has failed
   * or was missed; what is wrong, in words, and as alarms.
   */
  watchBatches(): Promise<{ late: string[]; failed: string[]; missed: string[] }>;
  /** Looks at the float, and throws its switch. */
  watchFloat(): Promise<FloatStanding>;
}

/** The laws of money, on the batches' queue. Safe to repeat. */
export interface CheckActivities {
  /**
   * `breaks`: told to operators; `mended`: tasks closed since the law holds again; `unchecked`: laws that could not be
   * looked at.
   */
  checkInvariants(): Promise<{ laws: number; breaks: number; unchecked: number; mended: number }>;
}

/** The end of personal data, on the batches' queue. Safe to repeat. */
export interface RetentionActivities {
  /** Empties what is due; answers with all that this run of the workflow has destroyed. */
  destroyPersonalData(request: { run: string }): Promise<RetentionResult>;
  /** Tells operators that a run gave up; the next one that succeeds takes it back. `reason`: without personal data. */
  tellRetentionFailed(request: { reason: string }): Promise<void>;
}

/** How a month's archive ended under its number; `why`: which object is another, or what went on. */
export type ArchiveEnd =
  | { readonly kind: 'whole'; readonly rows: number }
  | { readonly kind: 'refused'; readonly why: string };

/** The archive, on the batches' queue; each is safe to repeat. */
export interface ArchiveActivities {
  /** The months that are over at the time (ISO) and that have rows, oldest first: `2026-09`. */
  archiveMonths(request: { scheduledAt: string }): Promise<readonly string[]>;
  /** Whether the month is to be written, and under which number, or waits for so many deals. */
  archiveDue(request: {
    scheduledAt: string;
    month: string;
  }): Promise<
    | { readonly kind: 'due'; readonly number: number }
    | { readonly kind: 'waits'; readonly deals: number }
    | { readonly kind: 'done' }
  >;
  /** Writes the deals after this one as that part of every table. `next`: the last deal of it; null: it was the end. */
  archivePage(
    request: ArchiveName & { readonly part: number; readonly after: string | null },
  ): Promise<{ readonly kind: 'written'; readonly next: string | null } | ArchiveEnd>;
  /** Writes the manifest, once all parts are there. */
  archiveWhole(name: ArchiveName): Promise<ArchiveEnd>;
}

/** A page of members. `scheduledAt`: of the run, ISO; `after`: the last member of the page before, null: the first. */
export interface PageRequest {
  readonly scheduledAt: string;
  readonly after: string | null;
}
export interface MemberPage {
  /** The last member of this page; null: there are no more. */
  readonly next: string | null;
  readonly members: number;
  /** What came of it. */
  readonly counts: Readonly<Record<string, number>>;
  /** The ids of those who could not be done. */
  readonly failed: readonly string[];
}

/** The batches of the first of a month, on the batches' queue; a page may be done again, and then changes nothing. */
export interface MonthlyActivities {
  /** Ms until the month before the scheduled time is whole in the database; not positive: it is. */
  settlesInMs(request: Pick<PageRequest, 'scheduledAt'>): Promise<number>;
  /** Keeps what the members did in the month before the scheduled time. */
  keepMonth(request: PageRequest): Promise<MemberPage>;
  /**
   * Keeps that too, and gives them the grade that follows from it. When a later month was judged already nobody is.
   */
  judgeGrades(request: PageRequest): Promise<MemberPage>;
}

/** The steps of a reconciliation, on the batches' queue; each is safe to repeat. `day`: KST, `YYYY-MM-DD`. */
export interface ReconciliationActivities {
  /** The days that a run scheduled for this instant (ISO) does, in order; people are told of what finds no room. */
  planNight(request: { engineRun: string; scheduledAt: string }): Promise<DayDue[]>;
  beginReconciliation(request: { engineRun: string; day: string }): Promise<{ runId: number }>;
  /**
   * Replaces the stored list of the day; one that cannot be read to its end, or that lacks lines of an earlier reading
   * (unless that is accepted), leaves the earlier one as it was.
   */
  readSettlementFile(list: { day: string; acceptLoss?: boolean }): Promise<{ lines: number }>;
  readBankList(list: { day: string; acceptLoss?: boolean }): Promise<{ lines: number }>;
  readStatement(list: { day: string; acceptLoss?: boolean }): Promise<{ lines: number }>;
  /** `whole`: the day and everything open; otherwise only what is open. */
  matchDay(request: ReconciliationRun & { whole: boolean }): Promise<MatchCounts>;
  /** Tells the deals whose breaks are mended by asking. */
  wakeDeals(request: { runId: number }): Promise<{ woken: number }>;
  closeReconciliation(
    request: ReconciliationRun & { counts: MatchCounts; woken: number },
  ): Promise<ReconciliationResult>;
  failReconciliation(failure: { runId: number; reason: string }): Promise<void>;
}

/** The bank's lists between two nights, on the batches' queue; safe to repeat. `scheduledAt`: of the run, ISO. */
export interface BankListActivities {
  /** The trading dates (`YYYY-MM-DD`) whose lists have to be read: today, and yesterday until it is read complete. */
  bankListsDue(request: { scheduledAt: string }): Promise<string[]>;
  /** Tells the deals whose transfers of today and yesterday the stored lists decide, or contradict. */
  tellListedDeals(request: { scheduledAt: string }): Promise<{ told: number }>;
}

export interface ReconciliationRun {
  readonly runId: number;
  readonly day: string;
  readonly carryOverMs?: number;
}
