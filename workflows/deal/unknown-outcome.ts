/**
 * Money whose fate is unknown is asked about, under one key, until a provider, or an operator's ruling, gives a definite answer
 * (spec §5.2). Time never decides; it only raises the alarm.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/workflow';
import type { WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import { type DealPolicy, unknownWaitMs } from '../domain/policy';
import { type Desk, waitFor } from './inbox';
import { isSameNews, type Leg, type Ruling } from './messages';
import { records } from './steps';

const REASONS = { charge: 'charge-unknown', transfer: 'transfer-unknown', refund: 'refund-unknown' } as const;

/** What the refund activity throws when its refund was ruled failed: the next round begins another one. */
const RULED_FAILED = 'RuledFailed';

interface Question<T> {
  readonly leg: Leg;
  /** The attempt asked about: news of another one is not its business. */
  readonly attempt: number;
  /** A late charge's refund: the deal goes on waiting for what it waits for, only its alarms are raised. */
  readonly late?: boolean;
  /** One round of asking: `attempts` calls under the same key, or the ruling in their place. */
  ask(attempts: number, ruling?: Ruling): Promise<T>;
  /** `again`: ask by the timetable; `person`: asking is no longer safe; `definite`: this is the answer. */
  read(answer: T): 'definite' | 'again' | 'person';
}

/** Asks until the answer is definite. */
export async function untilDecided<T>(
  desk: Desk,
  dealId: DealId,
  policy: DealPolicy,
  question: Question<T>,
): Promise<T> {
  const since = Date.now();
  let hurried = false;
  desk.ruling = null; // one given for an earlier question
  for (let round = 0; ; round++) {
    const ruling = desk.ruling ?? undefined;
    const attempts = round === 0 || ruling ? policy.callAttempts : 1;
    desk.askAgain = false;
    const asked = await askOnce(question, attempts, ruling);
    if (asked.verdict === 'definite') {
      desk.unknown = null;
      desk.ruling = null;
      return asked.answer;
    }
    // A ruling is tried once: one that cannot be carried out must not stand in the way of the provider's answer, or of a better one.
    // One that was given during this question is carried out next.
    if (ruling) desk.ruling = null;
    desk.unknown ??= { leg: question.leg, attempt: question.attempt };
    if (question.leg === 'transfer') desk.state = 'TRANSFERRING';
    const askAt = asked.verdict === 'person' ? null : Date.now() + unknownWaitMs(policy, round + 1);
    const reason: WaitReason = asked.verdict === 'person' ? 'operator-needed' : REASONS[question.leg];
    const needsPerson = asked.broken || askAt === null || (ruling !== undefined && !asked.carriedOut);
    const pause = { reason, askAt, since, policy, needsPerson, mayHurry: !hurried };
    if (await waitToAsk(desk, dealId, question, pause)) hurried = true;
  }
}

type Asked<T> =
  | { readonly verdict: 'definite'; readonly answer: T }
  /** `carriedOut`: a ruling was heard, and the question begins anew. */
  | { readonly verdict: 'again' | 'person'; readonly broken: boolean; readonly carriedOut: boolean };

async function askOnce<T>(question: Question<T>, attempts: number, ruling?: Ruling): Promise<Asked<T>> {
  try {
    const answer = await question.ask(attempts, ruling);
    const verdict = question.read(answer);
    return verdict === 'definite' ? { verdict, answer } : { verdict, broken: false, carriedOut: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // A bug in the activity counts as unknown too: it may have struck after the call.
    const type = error.cause instanceof ApplicationFailure ? error.cause.type : 'timeout';
    log.warn('outcome unknown', { leg: question.leg, attempt: question.attempt, cause: type });
    return { verdict: 'again', broken: type === 'ContractBroken', carriedOut: type === RULED_FAILED };
  }
}

interface Pause {
  readonly reason: WaitReason;
  readonly askAt: number | null;
  readonly since: number;
  readonly policy: DealPolicy;
  /** The answer contradicted the request, asking is no longer safe, or a ruling failed: a person looks at once. */
  readonly needsPerson: boolean;
  /** Once in a question; whatever else keeps its answer from being told is asked about by the timetable. */
  readonly mayHurry: boolean;
}

/**
 * Waits for the next question; news of this deal or a ruling ends the wait, the alarm and the task fall due within it. Answers whether it
 * asks sooner, since the database says that the outcome is decided.
 */
async function waitToAsk(
  desk: Desk,
  dealId: DealId,
  { leg, attempt, late }: Pick<Question<unknown>, 'leg' | 'attempt' | 'late'>,
  { reason, askAt: askBy, since, policy, needsPerson, mayHurry }: Pause,
): Promise<boolean> {
  const alarmAt = since + policy.unknownAlarmMs;
  const taskAt = since + policy.unknownTaskMs;
  let askAt = askBy;
  let hurries = false;
  for (;;) {
    const now = Date.now();
    const raise = needsPerson || now >= taskAt ? 'task' : now >= alarmAt ? 'alarm' : null;
    const nextMoveInMs = askAt === null ? null : askAt - now;
    if (!late) {
      const recorded = await records.recordWaiting({ dealId, reason, nextMoveInMs, raise, about: { leg, attempt } });
      // Decided after all, and the answer was lost: soon asked, the activity tells it.
      if (!recorded && mayHurry && !hurries) {
        askAt = Math.min(askAt ?? Number.POSITIVE_INFINITY, now + unknownWaitMs(policy, 1));
        hurries = true;
      }
    } else if (raise) await records.raiseAlarm({ dealId, severity: raise, reason: 'late-refund-unknown' });
    const next = [askAt, raise === null ? alarmAt : null, raise === 'alarm' ? taskAt : null].filter(
      (at) => at !== null,
    );
    const deadline = next.length > 0 ? Math.min(...next) : null;
    const heard = () => desk.news.some((news) => isSameNews(news, { leg, attempt }));
    const woken = await waitFor(desk, reason, deadline, () => desk.ruling !== null || desk.askAgain || heard());
    // Whatever the news says, the provider is asked now; news of other attempts and legs waits for the loop.
    desk.news.splice(0, desk.news.length, ...desk.news.filter((news) => !isSameNews(news, { leg, attempt })));
    if (woken || (askAt !== null && Date.now() >= askAt)) return hurries;
  }
}
