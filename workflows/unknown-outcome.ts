/**
 * Money whose fate is unknown is asked about, under one key, until a provider, or an operator's ruling, gives a definite answer
 * (spec §5.2). Time never decides; it only raises the alarm.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/workflow';
import { type Desk, waitFor } from './deal-desk';
import type { WaitReason } from './domain/deal-state';
import type { DealId } from './domain/ids';
import { type DealPolicy, unknownWaitMs } from './domain/policy';
import type { Leg, Ruling } from './messages';
import { records } from './steps';

const REASONS = { charge: 'charge-unknown', transfer: 'transfer-unknown', refund: 'refund-unknown' } as const;

interface Question<T> {
  readonly leg: Leg;
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
  for (let round = 0; ; round++) {
    const ruling = desk.ruling ?? undefined;
    const asked = await askOnce(question, round === 0 ? policy.callAttempts : 1, ruling);
    if (ruling) desk.ruling = null;
    if (asked.verdict === 'definite') {
      desk.unknown = null;
      return asked.answer;
    }
    desk.unknown = question.leg;
    if (question.leg === 'transfer') desk.state = 'TRANSFERRING';
    const askAt = asked.verdict === 'person' ? null : Date.now() + unknownWaitMs(policy, round + 1);
    const reason = asked.verdict === 'person' ? 'operator-needed' : REASONS[question.leg];
    await waitToAsk(desk, dealId, { leg: question.leg, reason, askAt, since, policy, broken: asked.broken });
  }
}

type Asked<T> =
  | { readonly verdict: 'definite'; readonly answer: T }
  | { readonly verdict: 'again' | 'person'; readonly broken: boolean };

async function askOnce<T>(question: Question<T>, attempts: number, ruling?: Ruling): Promise<Asked<T>> {
  try {
    const answer = await question.ask(attempts, ruling);
    const verdict = question.read(answer);
    return verdict === 'definite' ? { verdict, answer } : { verdict, broken: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // A bug in the activity counts as unknown too: it may have struck after the call.
    const broken = error.cause instanceof ApplicationFailure && error.cause.type === 'ContractBroken';
    log.warn('outcome unknown', {
      leg: question.leg,
      cause: error.cause instanceof ApplicationFailure ? error.cause.type : 'timeout',
    });
    return { verdict: 'again', broken };
  }
}

interface Pause {
  readonly leg: Leg;
  readonly reason: WaitReason;
  readonly askAt: number | null;
  readonly since: number;
  readonly policy: DealPolicy;
  /** The answer contradicted the request: a person looks at once. */
  readonly broken: boolean;
}

/** Waits for the next question; news of this deal or a ruling ends the wait, the alarm and the task fall due within it. */
async function waitToAsk(
  desk: Desk,
  dealId: DealId,
  { leg, reason, askAt, since, policy, broken }: Pause,
): Promise<void> {
  const alarmAt = since + policy.unknownAlarmMs;
  const taskAt = since + policy.unknownTaskMs;
  const needsPerson = broken || askAt === null;
  for (;;) {
    const now = Date.now();
    const raise = needsPerson || now >= taskAt ? 'task' : now >= alarmAt ? 'alarm' : null;
    const nextMoveInMs = askAt === null ? null : askAt - now;
    await records.recordWaiting({ dealId, reason, nextMoveInMs, raise });
    const next = [askAt, raise === null ? alarmAt : null, raise === 'alarm' ? taskAt : null].filter(
      (at) => at !== null,
    );
    const deadline = next.length > 0 ? Math.min(...next) : null;
    const heard = () => desk.news.some((news) => news.leg === leg);
    const woken = await waitFor(desk, reason, deadline, () => desk.ruling !== null || heard());
    // Whatever the news of this leg says, the provider is asked now; news of other legs waits for the loop.
    desk.news.splice(0, desk.news.length, ...desk.news.filter((news) => news.leg !== leg));
    if (woken || (askAt !== null && Date.now() >= askAt)) return;
  }
}
