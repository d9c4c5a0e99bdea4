/**
 * Money whose fate is unknown is asked about, under one key, until a provider, or an operator's ruling, gives a
 * definite answer (spec §5.2). Time never decides; it only raises the alarm. Durations come from the policy in the
 * workflow's input.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { condition, log, proxyActivities } from '@temporalio/workflow';
import type { WaitReason } from '../domain/deal-state';
import { type DealPolicy, unknownWaitMs } from '../domain/policy';
import type { Leg, ProviderNews } from '../domain/provider-news';
import { isSameNews } from './messages';
import type { MoneyActivities, RefundAlarm } from './ports';
import { type DealRun, type Question, takeNews } from './run';
import { requests } from './steps';
import { waitFor } from './wait';

/** Between two looks at the settlement files, which come once a day. */
const FILES_MS = 3_600_000;

const REASONS = { charge: 'charge-unknown', transfer: 'transfer-unknown', refund: 'refund-unknown' } as const;

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

interface Asking<T> {
  readonly leg: Leg;
  /** Of a charge or a transfer: news of another one is not its business. 0 for refunds. */
  readonly attempt: number;
  /** It goes on beside the deal's own course: only its alarms are told, under this name. */
  readonly beside?: RefundAlarm;
  /** One round of asking: `attempts` calls under the same key. */
  ask(attempts: number): Promise<T>;
  /**
   * `again`: ask by the timetable; a number: in so many ms; `person`: asking is not safe any more; `files`: nor is it,
   * and the settlement files are looked at each hour.
   */
  read(answer: T): 'definite' | 'again' | 'person' | 'files' | number;
}

/** Asks until the answer is definite. */
export async function untilDecided<T>(run: DealRun, asking: Asking<T>): Promise<T> {
  const { leg, attempt, beside } = asking;
  const question: Question = { leg, attempt, beside: beside !== undefined, isUnknown: false, askAgain: false };
  run.questions.add(question);
  try {
    return await askUntilDecided(run, asking, question);
  } finally {
    run.questions.delete(question);
  }
}

async function askUntilDecided<T>(run: DealRun, asking: Asking<T>, question: Question): Promise<T> {
  const { policy, view } = run;
  const since = Date.now();
  let hurried = false;
  for (let rounds = 0; ; rounds++) {
    question.askAgain = false;
    const asked = await askOnce(asking, rounds === 0 ? policy.callAttempts : 1);
    if (asked.verdict === 'definite') return asked.answer;
    question.isUnknown = true;
    if (asking.leg === 'transfer') view.state = 'TRANSFERRING';
    const isPersons = asked.verdict === 'person' || asked.verdict === 'files';
    const inMs = asked.verdict === 'files' ? FILES_MS : unknownWaitMs(policy, rounds + 1);
    const askInMs = typeof asked.verdict === 'number' ? asked.verdict : inMs;
    const askAt = asked.verdict === 'person' ? null : Date.now() + askInMs;
    const needsPerson = asked.broken || isPersons;
    const pause = { askAt, since, needsPerson };
    if (asking.beside) {
      await besideUntilNextRound(run, question, { ...pause, reason: asking.beside });
      continue;
    }
    const reason: WaitReason = isPersons ? 'operator-needed' : REASONS[asking.leg];
    if (await untilNextRound(run, question, { ...pause, reason, mayHurry: !hurried })) hurried = true;
  }
}

type Asked<T> =
  | { readonly verdict: 'definite'; readonly answer: T }
  | { readonly verdict: 'again' | 'person' | 'files' | number; readonly broken: boolean };

async function askOnce<T>(asking: Asking<T>, attempts: number): Promise<Asked<T>> {
  try {
    const answer = await asking.ask(attempts);
    const verdict = asking.read(answer);
    return verdict === 'definite' ? { verdict, answer } : { verdict, broken: false };
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // A bug in the activity counts as unknown too: it may have struck after the call.
    const type = error.cause instanceof ApplicationFailure ? error.cause.type : 'timeout';
    log.warn('outcome unknown', { leg: asking.leg, attempt: asking.attempt, cause: type });
    return { verdict: 'again', broken: type === 'ContractBroken' };
  }
}

interface Pause {
  readonly askAt: number | null;
  readonly since: number;
  /** The answer contradicted the request, or asking is no longer safe: a person looks at once. */
  readonly needsPerson: boolean;
}

interface CoursePause extends Pause {
  readonly reason: WaitReason;
  /** Once in a question; whatever else keeps its answer from being told is asked about by the timetable. */
  readonly mayHurry: boolean;
}

/**
 * Waits for the next round; news of this attempt or a ruling ends the wait, the alarm and the task fall due within it.
 * Answers whether it asks sooner, since the database says that the outcome is decided.
 */
async function untilNextRound(run: DealRun, question: Question, pause: CoursePause): Promise<boolean> {
  const { policy, inbox } = run;
  const { reason, since, needsPerson, mayHurry } = pause;
  const { leg, attempt } = question;
  const alarmAt = since + policy.unknownAlarmMs;
  const taskAt = since + policy.unknownTaskMs;
  const { isMeant, wake } = wakingOf(run, question);
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
    const told = { about: { leg, attempt }, raise };
    const woken = await waitFor(run, { reason, nextMoveAt: askAt, ...told, deadline }, wake);
    // Whatever the news says, the provider is asked now; news of other attempts and legs are not its business.
    takeNews(inbox, isMeant);
    if (woken || (askAt !== null && Date.now() >= askAt)) return hurries;
  }
}

interface SidePause extends Pause {
  readonly reason: RefundAlarm;
}

/** Waits likewise, beside whatever the deal waits for: people are told at once, since no wait shows it. */
async function besideUntilNextRound(
  run: DealRun,
  question: Question,
  { askAt, since, needsPerson, reason }: SidePause,
): Promise<void> {
  const { dealId, policy, inbox, beside } = run;
  const severity = needsPerson || Date.now() >= since + policy.unknownTaskMs ? 'task' : 'alarm';
  await requests.raiseRefund({ dealId, severity, reason });
  const { isMeant, wake } = wakingOf(run, question);
  beside.busy -= 1;
  if (askAt === null) await condition(wake);
  else await condition(wake, Math.max(1, askAt - Date.now()));
  beside.busy += 1;
  takeNews(inbox, isMeant);
}

/** What ends the wait of a question before its time. */
function wakingOf({ inbox }: DealRun, question: Question) {
  const isMeant = (news: ProviderNews) => isSameNews(news, question);
  return { isMeant, wake: () => question.askAgain || inbox.news.some(isMeant) };
}

function earliest(...instants: (number | null)[]): number | null {
  const set = instants.filter((at) => at !== null);
  return set.length > 0 ? Math.min(...set) : null;
}
