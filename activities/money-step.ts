/**
 * Intent → ask → result, for everything that moves money at a provider (spec §5, verdicts.md). The intent and each POST
 * are committed before they go, and the result with its books in one transaction after it, so a worker that dies
 * between them asks again, under the same key.
 */
import type { Db, Trx } from '../db/connection';
import { lockDeal, noteUnknown } from '../db/deals';
import { endRulings, keepRuling, type PendingRuling, pendingRuling, type Ruled } from '../db/rulings';
import { type Answered, answerSend, type EarlierSends, otherSends, recordSend, type Send } from '../db/sends';
import type { DealId } from '../workflows/domain/ids';
import type { Leg } from '../workflows/domain/provider-news';
import { ProviderError } from '../workflows/domain/providers';
import {
  type Decision,
  dependsOnEarlier,
  type Earlier,
  judge,
  type Told,
  unsettledMs,
} from '../workflows/domain/verdicts';

/** What was decided before, or what to ask about; `fresh`: nobody has been asked about it yet. */
export type Intent<Row, Outcome> =
  | { readonly outcome: Outcome }
  /** `key`: what the provider knows it by; `attempt`: the n of a refund. */
  | { readonly row: Row; readonly key: string; readonly attempt: number; readonly fresh: boolean };

/** What was told. `why`: of a ruling that came to nothing, or that goes on waiting. */
export interface Heard {
  readonly told: Told;
  readonly ruling?: { readonly standing: 'pending' | 'refused'; readonly why: string };
}

/** How a leg asks its provider. */
export interface Question {
  readonly fresh: boolean;
  /** An operator's word about what was sent before; null: none. */
  readonly ruling: PendingRuling | null;
  /** Sends once, noted before it goes; `read`: what the answer says of this one call. */
  post<A>(call: () => Promise<A>, read: (answer: A) => Answered): Promise<A>;
}

/** What the answer means, and what is known of the other POSTs of the key. */
export interface Judged extends Decision {
  /** Until the youngest unknown one has surely ended, ms; 0: there is none. */
  readonly unsettledMs: number;
  /** The ruling that was there when the provider was asked. */
  readonly ruling: PendingRuling | null;
}

interface MoneyStep<Row, Answer extends Heard, Outcome> {
  readonly dealId: DealId;
  readonly leg: Leg;
  /** Whether the deal waits for this while no answer has come; false when it goes its own way meanwhile. */
  readonly waits: boolean;
  /** How long a POST that we gave up may still take, ms. */
  readonly settleMs: number;
  /** Finds the intent, or commits it. */
  open(trx: Trx, at: Date): Promise<Intent<Row, Outcome>>;
  /** Asks the provider; throws ProviderError when its answer decides nothing. */
  ask(row: Row, question: Question): Promise<Answer>;
  /** The provider's answer contradicted the request. */
  contradicted?(row: Row): Promise<void>;
  /** Row, journal and edge; another worker's result stands. */
  close(trx: Trx, row: Row, answer: Answer, judged: Judged, at: Date): Promise<Outcome>;
}

interface StepDeps {
  readonly db: Db;
  readonly clock: () => Date;
}

/** Takes the step. Safe to run twice, and in two workers at once. */
export async function takeMoneyStep<Row, Answer extends Heard, Outcome>(
  { db, clock }: StepDeps,
  step: MoneyStep<Row, Answer, Outcome>,
): Promise<Outcome> {
  const { dealId, leg } = step;
  const opened = await db.transaction(async (trx) => {
    const at = clock();
    const intent = await step.open(trx, at);
    if ('outcome' in intent) return intent;
    const ruled = { dealId, leg, attempt: intent.attempt };
    const send = { dealId, leg, key: intent.key };
    if (intent.fresh) return { ...intent, ruled, send, ruling: null, first: await note(trx, send, at) };
    return { ...intent, ruled, send, ruling: await pendingRuling(trx, ruled), first: null };
  });
  if ('outcome' in opened) return opened.outcome;
  const { row, fresh, ruling, ruled, send } = opened;
  const posting = createPosting(db, opened.first, () => note(db, send, clock()));
  const answer = await step.ask(row, { fresh, ruling, post: posting.post }).catch(async (error: unknown) => {
    await posting.flush(db);
    if (error instanceof ProviderError) {
      if (ruling) await keepRuling(db, ruling.id, 'it waits for an answer of the provider');
      if (step.waits) await noteUnknown(db, dealId, leg, clock());
      if (error.kind === 'ContractBroken') await step.contradicted?.(row);
    }
    throw error;
  });
  const isOpen = dependsOnEarlier(leg, answer.told);
  if (isOpen) await posting.flush(db); // also when the result cannot be written: what was answered stays known
  return db.transaction(async (trx) => {
    const at = clock();
    await posting.flush(trx);
    if (isOpen) await lockDeal(trx, dealId); // nobody sends meanwhile
    const earlier = isOpen ? await otherSends(trx, send.key, posting.current()) : null;
    const judged = { ...judgedOf(step, answer, earlier, at), ruling };
    const outcome = await step.close(trx, row, answer, judged, at);
    await endRuling(trx, ruled, ruling, answer, isUndecided(outcome) ? { ...judged, verdict: 'unknown' } : judged);
    return outcome;
  });
}

/** Whether the result, looked at under the deal's lock, decided nothing after all. */
const isUndecided = (outcome: unknown): boolean =>
  outcome === 'undecided' ||
  (typeof outcome === 'object' && outcome !== null && 'kind' in outcome && outcome.kind === 'undecided');

/** How long after it was noted the first POST of a key may go, ms. */
const FIRST_GOES_MS = 5_000;

/** Notes a POST; what was decided meanwhile is never sent again, what a doubt bars not before its end. */
async function note(db: Db, send: Send, at: Date): Promise<string> {
  const id = await recordSend(db, send, at);
  if (id === null) throw new ProviderError('OutcomeUnknown', send.leg, 'it was decided meanwhile, or is barred');
  return id;
}

/** The POSTs of one step: each is noted before it goes, and what was answered with the result, or with the failure. */
function createPosting(db: Db, first: string | null, record: () => Promise<string>) {
  let id = first;
  const firstGoesUntil = performance.now() + FIRST_GOES_MS;
  let isUsed = first === null;
  let answered: Answered | null = null;
  const flush = async (on: Db): Promise<void> => {
    if (id !== null && answered !== null) await answerSend(on, id, answered);
    answered = null;
  };
  return {
    flush,
    current: () => id,
    async post<A>(call: () => Promise<A>, read: (answer: A) => Answered): Promise<A> {
      await flush(db);
      // A worker that slept between the two may be late: what it sends then is noted anew, if it may still be sent.
      if (isUsed || performance.now() > firstGoesUntil) id = await record();
      isUsed = true;
      try {
        const answer = await call();
        answered = read(answer);
        return answer;
      } catch (error) {
        const refused = error instanceof ProviderError && error.kind === 'Unavailable';
        if (refused) answered = { answer: 'refused', unknown: false };
        throw error;
      }
    },
  };
}

function judgedOf(
  { leg, settleMs }: { leg: Leg; settleMs: number },
  { told }: Heard,
  sends: EarlierSends | null,
  at: Date,
): Decision & { unsettledMs: number } {
  const youngest = sends?.unknownAt[0];
  const left = youngest ? unsettledMs(youngest, settleMs, at) : 0;
  const earlier: Earlier = !youngest ? 'none' : left > 0 ? 'young' : 'settled';
  return { ...judge(leg, earlier, told), unsettledMs: left };
}

/** What became of the operator's word: also of one that came while the provider was being asked. */
async function endRuling(
  trx: Trx,
  ruled: Ruled,
  ruling: PendingRuling | null,
  { told, ruling: heard }: Heard,
  { verdict }: Decision,
): Promise<void> {
  if (verdict === 'unknown') {
    if (heard?.standing === 'refused') await endRulings(trx, ruled, 'refused', heard.why);
    else if (ruling && heard) await keepRuling(trx, ruling.id, heard.why);
    return;
  }
  const isCarriedOut = ruling?.verdict === verdict;
  await endRulings(trx, ruled, isCarriedOut ? 'carried-out' : 'overtaken', told);
}
