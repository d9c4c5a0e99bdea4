/**
 * The desk of one deal: what was asked of it and what it waits for. Handlers only put requests on the desk, after recording them;
 * the deal's own loop (deal.ts) is the one that acts.
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { FeeRefundOutcome } from '../activities';
import type { ActionBy, DealAction } from './domain/deal-actions';
import { type DealState, isTerminal, type WaitReason } from './domain/deal-state';
import type { DealId } from './domain/ids';
import * as messages from './messages';
import { records } from './steps';

/** What an operator wants done next. */
export interface Order {
  readonly action: 'refund' | 'retry';
  readonly by: ActionBy;
}

export interface Desk {
  state: DealState;
  /** The next card to charge. */
  confirm: messages.ConfirmRequest | null;
  /** The last attempt begun; 0 when there was none. */
  charging: number;
  /** Its outcome is not decided yet. */
  inFlight: boolean;
  readonly decided: Map<number, messages.ConfirmOutcome>;
  cancelRequested: boolean;
  released: boolean;
  order: Order | null;
  retryDue: boolean;
  ruling: messages.Ruling | null;
  /** Somebody asks the run to look at the database again. */
  knocked: boolean;
  /** Something happened that may change the answer to the question that is open. */
  askAgain: boolean;
  /** A correction of the account is being recorded. */
  correcting: boolean;
  /** What has an unknown outcome just now; `attempt`: 0 for refunds. */
  unknown: { readonly leg: messages.Leg; readonly attempt: number } | null;
  readonly news: messages.ProviderNews[];
  /** Parts of the fee to give back, oldest first; the first one may be under way. */
  readonly feeRefunds: messages.FeeRefund[];
  readonly feeDecided: Map<string, FeeRefundOutcome>;
  waiting: { reason: WaitReason; nextMoveAt: number | null } | null;
  /** Nothing is being done: orders may be given. */
  idle: boolean;
  /** The database has not been read yet: knocks are kept until it has. */
  restoring: boolean;
  /** The loop has asked for its first step. */
  begun: boolean;
}

/**
 * Handlers outlive a cancel of the workflow from Temporal, as the deal itself does. They begin after the loop's first step: when a task
 * was cut off in that step, an update may come in one activation with the start, and in the one after it when it is replayed (seen: Redis
 * was silent, a cancel came, the worker died).
 */
export function shielded<A extends unknown[], R>(
  desk: Desk,
  handler: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return (...args) =>
    CancellationScope.nonCancellable(async () => {
      if (!desk.begun) await condition(() => desk.begun); // otherwise at once: an order must be on the desk before the next one is judged
      return handler(...args);
    });
}

/** The loop's first step has been asked for. */
export function begin<T>(desk: Desk, step: Promise<T>): Promise<T> {
  desk.begun = true;
  return step;
}

/** Opens the desk and registers every handler; from here on nothing that arrives is lost. */
export function openDesk(input: messages.DealInput): Desk {
  const desk: Desk = {
    state: 'PENDING',
    confirm: input.confirm ?? null,
    charging: 0,
    inFlight: false,
    decided: new Map(),
    cancelRequested: false,
    released: false,
    order: null,
    retryDue: false,
    ruling: null,
    knocked: false,
    askAgain: false,
    correcting: false,
    unknown: null,
    news: [],
    feeRefunds: [],
    feeDecided: new Map(),
    waiting: null,
    idle: false,
    restoring: input.mode === 'resume',
    begun: false,
  };
  handlePayer(desk, input.dealId);
  handleOperator(desk, input.dealId);
  setHandler(messages.retryDue, () => {
    if (desk.restoring || (desk.idle && desk.waiting?.reason === 'retry-due')) desk.retryDue = true;
  });
  setHandler(messages.knock, () => {
    desk.knocked = true;
  });
  setHandler(messages.providerNews, (news) => {
    if (!desk.news.some((known) => messages.isSameNews(known, news))) desk.news.push(news);
  });
  setHandler(messages.dealView, () => viewOf(desk));
  return desk;
}

function viewOf({ state, waiting, idle, cancelRequested }: Desk): messages.DealView {
  const nextMoveAt = waiting?.nextMoveAt ?? null;
  return {
    state,
    cancelRequested,
    waiting:
      idle && waiting
        ? {
            reason: waiting.reason,
            nextMoveAt: nextMoveAt === null ? null : new Date(nextMoveAt).toISOString(),
          }
        : null,
  };
}

function handlePayer(desk: Desk, dealId: DealId): void {
  const confirm = async (request: messages.ConfirmRequest): Promise<messages.ConfirmOutcome> => {
    const known = desk.decided.get(request.attempt);
    if (known) return known;
    if (desk.state === 'PENDING' && request.attempt > desk.charging) desk.confirm ??= request;
    await condition(() => desk.decided.has(request.attempt) || desk.state !== 'PENDING');
    const outcome = desk.decided.get(request.attempt);
    if (!outcome) throw ApplicationFailure.nonRetryable('decided before this run: the database knows', 'AskDatabase');
    return outcome;
  };
  setHandler(messages.confirmDeal, shielded(desk, confirm));
  setHandler(
    messages.cancelDeal,
    shielded(desk, (by: ActionBy) => requestCancel(desk, dealId, by)),
  );
}

/** Records the wish under the deal's lock, so that it and the transfer intent cannot both win. */
export async function recordCancel(
  desk: Desk,
  dealId: DealId,
  by: ActionBy,
): Promise<'accepted' | 'refused' | 'closed'> {
  const answer = await records.requestCancel({ dealId, ...by });
  if (answer === 'accepted') desk.cancelRequested = true;
  // The workflow task that ended the deal was lost after its steps were carried out: this run has to look.
  if (answer === 'closed' && !isTerminal(desk.state)) desk.knocked = true;
  return answer;
}

/** The payer's cancel, or that of Temporal Web: answers when the deal has ended, or cannot yet. */
export async function requestCancel(desk: Desk, dealId: DealId, by: ActionBy): Promise<messages.CancelOutcome> {
  const answer = await recordCancel(desk, dealId, by);
  if (answer === 'refused') throw ApplicationFailure.nonRetryable('the transfer has begun', 'NotCancellable');
  if (answer === 'closed') return { kind: 'closed' };
  if (desk.inFlight || desk.confirm) return { kind: 'requested' };
  await condition(() => isTerminal(desk.state) || desk.unknown !== null);
  return { kind: isTerminal(desk.state) ? 'closed' : 'requested' };
}

function handleOperator(desk: Desk, dealId: DealId): void {
  const record = (action: DealAction, by: ActionBy) =>
    records.recordAction({ dealId, action, actor: by.actor, reason: by.reason });
  const onlyWhile =
    (...reasons: WaitReason[]) =>
    (_asked: ActionBy): void => {
      if (desk.order || desk.correcting) refuse(desk, 'another order is being carried out');
      if (!desk.idle || desk.unknown || !desk.waiting || !reasons.includes(desk.waiting.reason))
        refuse(desk, `it must wait for ${reasons.join(' or ')}`);
    };
  // Each is put on the desk at once, so that neither a timer nor a second order slips in while it is recorded.
  const release = async (by: ActionBy) => {
    desk.released = true;
    await record('release', by);
  };
  const order = (action: Order['action']) => async (by: ActionBy) => {
    desk.order = { action, by };
    await record(action, by);
  };
  const correct = async ({ recipientId, actor, reason }: messages.AccountCorrection) => {
    desk.correcting = true;
    const answer = await records.recordCorrection({ dealId, recipientId, actor, reason });
    desk.correcting = false;
    if (answer === 'refused') refuse(desk, 'the account must be another verified one of the same payer');
    desk.order = { action: 'retry', by: { actor, reason } };
  };
  const rule = async (ruling: messages.Ruling) => {
    desk.ruling = ruling;
    const { leg, attempt, verdict, evidence, actor, reason } = ruling;
    const which = attempt === undefined ? leg : `${leg} ${attempt}`;
    await record('rule', { actor, reason: `${which} ${verdict} (${evidence}): ${reason}` });
  };
  const refundable = onlyWhile('risk-review', 'bank-closed', 'retry-due', 'operator-needed');
  setHandler(messages.releaseDeal, shielded(desk, release), { validator: onlyWhile('risk-review') });
  setHandler(messages.retryTransfer, shielded(desk, order('retry')), { validator: onlyWhile('retry-due') });
  setHandler(messages.correctAccount, shielded(desk, correct), {
    validator: onlyWhile('retry-due', 'operator-needed'),
  });
  setHandler(messages.refundDeal, shielded(desk, order('refund')), {
    validator: (by) => {
      if (desk.state === 'TRANSFERRING') refuse(desk, 'a transfer that has begun is finished first');
      refundable(by);
    },
  });
  setHandler(messages.ruleOutcome, shielded(desk, rule), {
    validator: ({ leg, attempt, verdict, paymentKey }) => {
      const { unknown } = desk;
      if (unknown === null || unknown.leg !== leg || desk.ruling)
        refuse(desk, `no ${leg} is unknown after its first round of calls`);
      // Evidence about one attempt says nothing of the next one, which may be unknown by now.
      if (attempt !== undefined && attempt !== unknown.attempt)
        refuse(desk, `${leg} ${attempt} is not the one that is unknown`);
      if (leg === 'charge' && verdict === 'done' && !paymentKey) refuse(desk, 'a done charge needs its paymentKey');
    },
  });
}

/** Refuses an order in words an operator can act on. */
export function refuse(desk: Desk, why: string): never {
  const now = desk.waiting ? `${desk.state}, waiting ${desk.waiting.reason}` : desk.state;
  throw ApplicationFailure.nonRetryable(`not now: the deal is ${now}; ${why}`, 'NotAllowed');
}

/** Moves the workflow's own view; the database moved before. */
export function show(desk: Desk, state: DealState): void {
  desk.state = state;
  publish(desk, null);
}

/**
 * Waits until `wake` or the deadline (epoch ms; null: none). Answers false when the deadline passed first. The reason is shown in
 * Temporal; the database was told by whoever began the wait.
 */
export async function waitFor(
  desk: Desk,
  reason: WaitReason,
  deadline: number | null,
  wake: () => boolean,
): Promise<boolean> {
  if (wake()) return true;
  if (desk.waiting?.reason !== reason) publish(desk, reason);
  desk.waiting = { reason, nextMoveAt: deadline };
  setCurrentDetails(
    `${desk.state}, waiting **${reason}**${deadline === null ? '' : ` until ${new Date(deadline).toISOString()}`}`,
  );
  desk.idle = true;
  try {
    if (deadline === null) {
      await condition(wake);
      return true;
    }
    const left = deadline - Date.now();
    // What was put on the desk in the very moment of the deadline was in time.
    return (left > 0 && (await condition(wake, left))) || wake();
  } finally {
    desk.idle = false;
  }
}

function publish(desk: Desk, reason: WaitReason | null): void {
  const { dealStatus, waitReason } = messages.SEARCH_ATTRIBUTES;
  const wait = reason !== null || desk.waiting !== null ? [{ key: waitReason, value: reason }] : [];
  upsertSearchAttributes([{ key: dealStatus, value: desk.state }, ...wait]);
  if (reason === null) {
    desk.waiting = null;
    setCurrentDetails(desk.state);
  }
}
