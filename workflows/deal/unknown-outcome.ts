/**
 * Money whose fate is unknown is asked about, under one key, until a provider, or an operator's ruling, gives a
 * definite answer (spec §5.2). Time never decides; it only raises the alarm. Durations come from the policy in the
 * workflow's input.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { log, proxyActivities } from '@temporalio/workflow';
import type { WaitReason } from '../domain/deal-state';
import { type DealPolicy, unknownWaitMs } from '../domain/policy';
import type { Leg, ProviderNews } from '../domain/provider-news';
import { isSameNews, type Ruling } from './messages';
import type { MoneyActivities } from './ports';
import { type DealRun, takeNews } from './run';
import { records } from './steps';
import { waitFor } from './wait';

const REASONS = { charge: 'charge-unknown', transfer: 'transfer-unknown', refund: 'refund-unknown' } as const;

/** What the refund activity throws when its refund was ruled failed: the next round begins another one. */
const RULED_FAILED = 'RuledFailed';

/** One round of a money activity: 1 call + 3 retries, or a single call. The key is the same in all of them. */
export function round(policy: DealPolicy, attempts: number, summary: string): MoneyActivities {
  return proxyActivities<MoneyActivities>({
    startToCloseTimeout: policy.startToCloseMs,
    retry: { initialInterval: policy.callRetryMs, backoffCoefficient: 2, maximumAttempts: attempts },
    summary,
  });
}

/** One round about money that is not in flight: left without an answer, it does not hold up the deal. */
export const askAboutNews = (policy: DealPolicy): Pick<MoneyActivities, 'recheckCharge' | 'recheckTransfer'> =>
  round(policy, policy.callAttempts, 'ask the provider about late news');

/** Which attempt is asked about: news of another one is not its business. */
interface About {
  readonly leg: Leg;
  readonly attempt: number;
  /** A late charge's refund: the deal goes on waiting for what it waits for, only its alarms are raised. */
  readonly late?: boolean;
}

interface Asking<T> extends About {
  /** One round of asking: `attempts` calls under the same key, or the ruling in their place. */
  ask(attempts: number, ruling?: Ruling): Promise<T>;
  /** `again`: ask by the timetable; `person`: asking is no longer safe; `definite`: this is the answer. */
  read(answer: T): 'definite' | 'again' | 'person';
}

/** Asks until the answer is definite. */
export async function untilDecided<T>(run: DealRun, asking: Asking<T>): Promise<T> {
  const { policy, view, question } = run;
  const since = Date.now();
  let hurried = false;
  question.ruling = null; // one given for an earlier question
  for (let rounds = 0; ; rounds++) {
    const ruling = question.ruling ?? undefined;
    const attempts = rounds === 0 || ruling ? policy.callAttempts : 1;
    question.askAgain = false;
    const asked = await askOnce(asking, attempts, ruling);
    if (asked.verdict === 'definite') {
      question.unknown = null;
      question.ruling = null;
      return asked.answer;
    }
    // A ruling is tried once: one that cannot be carried out must not stand in the way of the provider's answer, or of
    // a better one. One that was given during this question is carried out next.
    if (ruling) question.ruling = null;
    question.unknown ??= { leg: asking.leg, attempt: asking.attempt };
    if (asking.leg === 'transfer') view.state = 'TRANSFERRING';
    const askAt = asked.verdict === 'person' ? null : Date.now() + unknownWaitMs(policy, rounds + 1);
    const reason: WaitReason = asked.verdict === 'person' ? 'operator-needed' : REASONS[asking.leg];
    const needsPerson = asked.broken || askAt === null || (ruling !== undefined && !asked.carriedOut);
    if (await untilNextRound(run, asking, { reason, askAt, since, needsPerson, mayHurry: !hurried })) hurried = true;
  }
}

type Asked<T> =
  | { readonly verdict: 'definite'; readonly answer: T }
  /** `carriedOut`: a ruling was heard, and the asking begins anew. */
  | { readonly verdict: 'again' | 'person'; readonly broken: boolean; readonly carriedOut: boolean };

async function askOnce<T>(asking: Asking<T>, attempts: number, ruling?: Ruling): Promise<Asked<T>> {
  try {
    const answer = await asking.ask(attempts, ruling);
    const verdict = asking.read(answer);
    return verdict === 'definite' ? { verdict, answer } : { verdict, broken: false, carriedOut: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // A bug in the activity counts as unknown too: it may have struck after the call.
    const type = error.cause instanceof ApplicationFailure ? error.cause.type : 'timeout';
    log.warn('outcome unknown', { leg: asking.leg, attempt: asking.attempt, cause: type });
    return { verdict: 'again', broken: type === 'ContractBroken', carriedOut: type === RULED_FAILED };
  }
}

interface Pause {
  readonly reason: WaitReason;
  readonly askAt: number | null;
  readonly since: number;
  /** The answer contradicted the request, asking is no longer safe, or a ruling failed: a person looks at once. */
  readonly needsPerson: boolean;
  /** Once in a question; whatever else keeps its answer from being told is asked about by the timetable. */
  readonly mayHurry: boolean;
}

/**
 * Waits for the next round; news of this attempt or a ruling ends the wait, the alarm and the task fall due within it.
 * Answers whether it asks sooner, since the database says that the outcome is decided.
 */
async function untilNextRound(run: DealRun, about: About, pause: Pause): Promise<boolean> {
  const { policy, inbox, question } = run;
  const { reason, since, needsPerson, mayHurry } = pause;
  const { leg, attempt } = about;
  const alarmAt = since + policy.unknownAlarmMs;
  const taskAt = since + policy.unknownTaskMs;
  const isMeant = (news: ProviderNews) => isSameNews(news, { leg, attempt });
  const wake = () => question.ruling !== null || question.askAgain || inbox.news.some(isMeant);
  let { askAt } = pause;
  let hurries = false;
  for (;;) {
    const now = Date.now();
    const raise = needsPerson || now >= taskAt ? ('task' as const) : now >= alarmAt ? ('alarm' as const) : null;
    const deadline = (recorded: boolean) => {
      // Decided after all, and the answer was lost: soon asked, the activity tells it.
      if (!recorded && mayHurry && !hurries) {
        askAt = Math.min(askAt ?? Number.POSITIVE_INFINITY, now + unknownWaitMs(policy, 1));
        hurries = true;
      }
      return earliest(askAt, raise === null ? alarmAt : null, raise === 'alarm' ? taskAt : null);
    };
    if (about.late && raise) await raiseAlarm(run, raise);
    const told = about.late ? { known: true } : { about: { leg, attempt }, raise };
    const woken = await waitFor(run, { reason, nextMoveAt: askAt, ...told, deadline }, wake);
    // Whatever the news says, the provider is asked now; news of other attempts and legs waits for the loop.
    takeNews(inbox, isMeant);
    if (woken || (askAt !== null && Date.now() >= askAt)) return hurries;
  }
}

/** The refund of a late charge goes on beside whatever the deal waits for: only its alarms are told. */
function raiseAlarm({ dealId }: DealRun, severity: 'alarm' | 'task'): Promise<void> {
  return records.raiseAlarm({ dealId, severity, reason: 'late-refund-unknown' });
}

function earliest(...instants: (number | null)[]): number | null {
  const set = instants.filter((at) => at !== null);
  return set.length > 0 ? Math.min(...set) : null;
}
