/** What operators order of a deal. Each order is judged, kept, and then put into the inbox; the loop acts (deal.ts). */
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import type { ActionBy, DealAction, Ruling } from '../domain/deal-actions';
import type { WaitReason } from '../domain/deal-state';
import type { Order } from '../domain/next-step';
import * as messages from './messages';
import type { NoteOutcome } from './ports';
import { askDatabase, recorded, shielded } from './recording';
import { askAgain, type DealRun, undecidedLeg } from './run';
import { requests } from './steps';

/** How long an order is held while the deal takes a step, such as the look whether it still has to wait. */
const STEP_MS = 5000;

/** Orders about a deal that waits; each is refused in words when it is not its time. */
export function handleOrders(run: DealRun): void {
  const { dealId, inbox } = run;
  const order = (action: Order['action'], cause: Order['by']['cause']) => (by: ActionBy) =>
    record(run, action, by, () => {
      inbox.order = { action, by: { actor: by.actor, cause, note: by.reason } };
    });
  const release = (by: ActionBy) =>
    record(run, 'release', by, () => {
      inbox.released = true;
    });
  const correct = ({ recipientId, actor, reason }: messages.AccountCorrection) =>
    ordered(run, requests.recordCorrection({ dealId, recipientId, actor, reason }), (answer) => {
      if (answer === 'refused') refuse(run, 'the account must be another verified one of the same payer');
      inbox.order = { action: 'retry', by: { actor, cause: 'account-corrected', note: reason } };
    });
  handle(run, messages.releaseDeal, ['risk-review'], release);
  handle(run, messages.retryTransfer, ['retry-due'], order('retry', 'retry-ordered'));
  handle(run, messages.correctAccount, ['retry-due', 'operator-needed'], correct);
  const refundable = ['risk-review', 'bank-closed', 'retry-due', 'operator-needed'] as const;
  handle(run, messages.refundDeal, refundable, order('refund', 'refund-ordered'));
}

/** Takes an order about a deal that waits for one of these reasons. */
function handle<T extends ActionBy>(
  run: DealRun,
  message: UpdateDefinition<void, [T]>,
  reasons: readonly WaitReason[],
  act: (asked: T) => Promise<void>,
): void {
  const { view } = run;
  const judge = (_asked: T): void => {
    const why = whyNot(run, reasons);
    if (why !== null) refuse(run, why);
  };
  const handler = async (asked: T): Promise<void> => {
    if (!view.idle) await condition(() => view.idle || run.leaving || whyNot(run, reasons) !== null, STEP_MS);
    if (run.leaving) throw askDatabase();
    judge(asked);
    if (!view.idle) refuse(run, 'it is taking a step just now: try again in a moment');
    await act(asked);
  };
  setHandler<void, [T], UpdateDefinition<void, [T]>>(message, shielded(handler), { validator: judge });
}

/** Why an order is refused just now, in words; null when it is its time. */
function whyNot(run: DealRun, reasons: readonly WaitReason[]): string | null {
  const { view, inbox } = run;
  const undecided = undecidedLeg(run);
  if (inbox.order || inbox.ordering) return 'another order is being carried out';
  if (view.state === 'TRANSFERRING') return 'a transfer that has begun is finished first';
  if (undecided) return `the ${undecided} is undecided: rule it, or wait for the provider's answer`;
  if (!view.waiting || !reasons.includes(view.waiting.reason)) return `it must wait for ${reasons.join(' or ')}`;
  return null;
}

/**
 * Orders about a deal that may have ended: parts of its fee, chargebacks, rulings, breaks. They may be what
 * reopened the run: each waits until the database has been read, so the deal is not judged by a validator.
 */
export function handleAfterEnd(run: DealRun): void {
  const { dealId, policy, inbox } = run;
  const noted = async (recording: () => Promise<NoteOutcome>) => {
    await condition(() => !run.restoring);
    const answer = await recording();
    if (answer.kind === 'refused') refuse(run, answer.why);
  };
  setHandler(
    messages.refundFee,
    shielded((order) =>
      noted(() => requests.recordFeeRefund({ dealId, ...order })).then(() => {
        inbox.feeRefund ??= { requestId: order.requestId };
      }),
    ),
    {
      validator: ({ amount, requestId }) => {
        if (!Number.isSafeInteger(amount) || amount < 1) refuse(run, 'the amount must be whole won, from 1');
        if (!requestId) refuse(run, 'a fee refund needs its request id');
      },
    },
  );
  setHandler(
    messages.noteChargeback,
    shielded(async (note) => {
      await noted(() => requests.recordChargeback({ dealId, ...note }));
      askAgain(run);
      inbox.knocked = true;
    }),
  );
  const rule = async (ruling: Ruling) => {
    await condition(() => !run.restoring);
    if (inbox.ordering) refuse(run, 'another order is being carried out');
    const { leg, attempt } = ruling;
    await ordered(
      run,
      requests.recordRuling({ dealId, notFoundSettleMs: policy.notFoundSettleMs, ...ruling }),
      (answer) => {
        if (answer.kind === 'refused') refuse(run, answer.why);
        askAgain(run);
        inbox.knocked = true;
        if (leg === 'charge') inbox.news.push({ leg, attempt }); // a late one is given back
      },
    );
  };
  setHandler(messages.ruleOutcome, shielded(rule), {
    validator: ({ attempt, evidenceAt }: Ruling) => {
      if (inbox.ordering) refuse(run, 'another order is being carried out');
      if (!Number.isSafeInteger(attempt)) refuse(run, 'a ruling names the attempt that its evidence is about');
      if (Number.isNaN(Date.parse(evidenceAt))) refuse(run, 'a ruling names the time of its evidence');
    },
  });
  setHandler(
    messages.acceptBreak,
    shielded(async (acceptance) => {
      await noted(() => requests.acceptBreak({ dealId, ...acceptance }));
      inbox.knocked = true;
    }),
  );
}

async function ordered<T>({ inbox }: DealRun, recording: Promise<T>, put: (answer: T) => void): Promise<void> {
  inbox.ordering = true;
  try {
    await recorded(inbox, recording, put);
  } finally {
    inbox.ordering = false;
  }
}

const record = (run: DealRun, action: DealAction, { actor, reason }: ActionBy, put: () => void): Promise<void> =>
  ordered(run, requests.recordAction({ dealId: run.dealId, action, actor, reason }), put);

/** Refuses an order in words an operator can act on. */
function refuse({ view }: DealRun, why: string): never {
  const now = view.waiting ? `${view.state}, waiting ${view.waiting.reason}` : view.state;
  throw ApplicationFailure.nonRetryable(`not now: the deal is ${now}; ${why}`, 'NotAllowed');
}
