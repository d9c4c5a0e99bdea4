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
import type { Cause } from '../domain/causes';
import type { ActionBy, DealAction } from '../domain/deal-actions';
import { type DealState, isTerminal, type WaitReason } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import * as messages from './messages';
import type { FeeRefundOutcome } from './ports';
import { requests } from './steps';

/** What an operator wants done next. */
export interface Order {
  readonly action: 'refund' | 'retry';
  readonly cause: Cause;
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
  /** How many cancels and orders are being recorded: the wait that they came in goes on until they are on the desk. */
  recording: number;
  /** One of them is an operator's order: another one is refused. */
  ordering: boolean;
  /** What has an unknown outcome just now, one object a question; `attempt`: 0 for refunds. */
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
}

/** Handlers outlive a cancel of the workflow from Temporal, as the deal itself does. */
export function shielded<A extends unknown[], R>(handler: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return (...args) => CancellationScope.nonCancellable(() => handler(...args));
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
    recording: 0,
    ordering: false,
    unknown: null,
    news: [],
    feeRefunds: [],
    feeDecided: new Map(),
    waiting: null,
    idle: false,
    restoring: input.mode === 'resume',
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
  setHandler(messages.confirmDeal, shielded(confirm));
  setHandler(
    messages.cancelDeal,
    shielded((by: ActionBy) => requestCancel(desk, dealId, by)),
  );
}

/** Kept first, then put on the desk: nobody acts on what is not recorded, and neither a timer nor another order slips in meanwhile. */
async function recorded<T>(desk: Desk, recording: Promise<T>, put: (answer: T) => void): Promise<T> {
  desk.recording += 1;
  try {
    const answer = await recording;
    put(answer);
    return answer;
  } finally {
    desk.recording -= 1;
  }
}

/** What came before is on the desk. */
export async function allRecorded(desk: Desk): Promise<void> {
  if (desk.recording > 0) await condition(() => desk.recording === 0);
}

/** Records the wish under the deal's lock, so that it and the transfer intent cannot both win. */
export async function recordCancel(
  desk: Desk,
  dealId: DealId,
  by: ActionBy,
): Promise<'accepted' | 'refused' | 'closed'> {
  if (desk.cancelRequested && !isTerminal(desk.state)) return 'accepted'; // payers press twice
  return recorded(desk, requests.requestCancel({ dealId, ...by }), (answer) => {
    if (answer === 'accepted') desk.cancelRequested = true;
    // The workflow task that ended the deal was lost after its steps were carried out: this run has to look.
    if (answer === 'closed' && !isTerminal(desk.state)) desk.knocked = true;
  });
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
  const ordered = async <T>(recording: Promise<T>, put: (answer: T) => void): Promise<void> => {
    desk.ordering = true;
    try {
      await recorded(desk, recording, put);
    } finally {
      desk.ordering = false;
    }
  };
  const record = (action: DealAction, { actor, reason }: ActionBy, put: () => void) =>
    ordered(requests.recordAction({ dealId, action, actor, reason }), put);
  const onlyWhile =
    (...reasons: WaitReason[]) =>
    (_asked: ActionBy): void => {
      if (desk.order || desk.ordering) refuse(desk, 'another order is being carried out');
      if (!desk.idle || desk.unknown || !desk.waiting || !reasons.includes(desk.waiting.reason))
        refuse(desk, `it must wait for ${reasons.join(' or ')}`);
    };
  const release = (by: ActionBy) =>
    record('release', by, () => {
      desk.released = true;
    });
  const order = (action: Order['action'], cause: Cause) => (by: ActionBy) =>
    record(action, by, () => {
      desk.order = { action, cause, by };
    });
  const correct = ({ recipientId, actor, reason }: messages.AccountCorrection) =>
    ordered(requests.recordCorrection({ dealId, recipientId, actor, reason }), (answer) => {
      if (answer === 'refused') refuse(desk, 'the account must be another verified one of the same payer');
      desk.order = { action: 'retry', cause: 'account-corrected', by: { actor, reason } };
    });
  const rule = (ruling: messages.Ruling) => {
    const { leg, attempt, verdict, evidence, actor, reason } = ruling;
    const question = desk.unknown;
    const which = attempt === undefined ? leg : `${leg} ${attempt}`;
    return record('rule', { actor, reason: `${which} ${verdict} (${evidence}): ${reason}` }, () => {
      if (desk.unknown !== question) refuse(desk, 'the provider has answered meanwhile');
      desk.ruling = ruling;
    });
  };
  const refundable = onlyWhile('risk-review', 'bank-closed', 'retry-due', 'operator-needed');
  setHandler(messages.releaseDeal, shielded(release), { validator: onlyWhile('risk-review') });
  setHandler(messages.retryTransfer, shielded(order('retry', 'retry-ordered')), { validator: onlyWhile('retry-due') });
  setHandler(messages.correctAccount, shielded(correct), {
    validator: onlyWhile('retry-due', 'operator-needed'),
  });
  setHandler(messages.refundDeal, shielded(order('refund', 'refund-ordered')), {
    validator: (by) => {
      if (desk.state === 'TRANSFERRING') refuse(desk, 'a transfer that has begun is finished first');
      refundable(by);
    },
  });
  setHandler(messages.ruleOutcome, shielded(rule), {
    validator: ({ leg, attempt, verdict, paymentKey }) => {
      const { unknown } = desk;
      if (desk.ruling || desk.ordering) refuse(desk, 'another order is being carried out');
      if (unknown === null || unknown.leg !== leg) refuse(desk, `no ${leg} is unknown after its first round of calls`);
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
    const left = deadline === null ? undefined : deadline - Date.now();
    if (left === undefined) await condition(wake);
    else if (left > 0) await condition(wake, left);
    await allRecorded(desk);
    return wake(); // also what came in the very moment of the deadline was in time
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
