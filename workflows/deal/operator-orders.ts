/** What operators order of a deal. Each order is judged, kept, and then put into the inbox; the loop acts (deal.ts). */
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { condition, setHandler } from '@temporalio/workflow';
import { type ActionBy, ATTEMPT_MAX, type DealAction, type ManualTransfer, type Ruling } from '../domain/deal-actions';
import type { Order } from '../domain/next-step';
import { type WaitingOrder, whyNotOrder } from '../domain/order-rules';
import * as messages from './messages';
import type { NoteOutcome } from './ports';
import { askDatabase, recorded, shielded } from './recording';
import { askAgain, type DealRun, standingOf } from './run';
import { requests } from './steps';

/** How long an order is held while the deal takes a step, such as the look whether it still has to wait. */
const STEP_MS = 5000;

/** Orders about a deal that waits; each is refused in words when it is not its time. */
export function handleOrders(run: DealRun): void {
  const { dealId, inbox, progress } = run;
  const order = (action: Order['action'], cause: Order['by']['cause']) => (by: ActionBy) =>
    record(run, action, by, () => {
      inbox.order = { action, by: { actor: by.actor, cause, note: by.reason } };
    });
  const release = (by: ActionBy) =>
    record(run, 'release', by, () => {
      inbox.released = true;
    });
  const correct = ({ actor, reason, ...correction }: messages.AccountCorrection) =>
    ordered(run, requests.recordCorrection({ dealId, actor, reason, ...correction }), (answer) => {
      if (answer === 'refused') refuse(run, 'the account must be another verified one of the same payer');
      inbox.order = { action: 'retry', by: { actor, cause: 'account-corrected', note: reason } };
    });
  const payByHand = (by: ActionBy) =>
    ordered(run, requests.reserveByHand({ dealId, ...by }), (answer) => {
      if (answer.kind === 'refused') refuse(run, answer.why);
      progress.payingByHand = true; // before the loop's next step
      inbox.retryDue = false;
    });
  // What they did is in the rows: the loop looks at them.
  const looked = (recording: Promise<NoteOutcome>) =>
    ordered(run, recording, (answer) => {
      if (answer.kind === 'refused') refuse(run, answer.why);
      inbox.knocked = true;
    });
  const book = (paid: ManualTransfer) => looked(requests.recordManualTransfer({ dealId, ...paid }));
  const stopPaying = (by: ActionBy) => looked(requests.endByHand({ dealId, ...by }));
  handle(run, messages.payByHand, 'pay-by-hand', payByHand);
  handle(run, messages.manualTransfer, 'manual-transfer', book);
  handle(run, messages.stopPayingByHand, 'stop-paying-by-hand', stopPaying);
  handle(run, messages.releaseDeal, 'release', release);
  handle(run, messages.retryTransfer, 'retry', order('retry', 'retry-ordered'));
  handle(run, messages.correctAccount, 'correct-account', correct);
  handle(run, messages.refundDeal, 'refund', order('refund', 'refund-ordered'));
}

/** Takes an order about a deal that waits, when the rules say that it is its time. */
function handle<T extends ActionBy>(
  run: DealRun,
  message: UpdateDefinition<void, [T]>,
  name: WaitingOrder,
  act: (asked: T) => Promise<void>,
): void {
  const { view } = run;
  const judge = (_asked: T): void => {
    const why = whyNot(run, name);
    if (why !== null) refuse(run, why);
  };
  const handler = async (asked: T): Promise<void> => {
    if (!view.idle) await condition(() => view.idle || run.leaving || whyNot(run, name) !== null, STEP_MS);
    if (run.leaving) throw askDatabase();
    judge(asked);
    if (!view.idle) refuse(run, 'it is taking a step just now: try again in a moment');
    await act(asked);
  };
  setHandler<void, [T], UpdateDefinition<void, [T]>>(message, shielded(handler), { validator: judge });
}

/** Why the order is refused just now, in words; null when it is its time. */
function whyNot(run: DealRun, order: WaitingOrder): string | null {
  const { inbox } = run;
  return whyNotOrder(order, { ...standingOf(run), ordering: inbox.order !== null || inbox.ordering });
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
      if (!Number.isInteger(attempt) || attempt < 1 || attempt > ATTEMPT_MAX)
        refuse(run, 'a ruling names the attempt that its evidence is about');
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
  ordered(run, requests.recordAction({ dealId: run.dealId, action, actor, reason }), (why) => {
    if (why) refuse(run, why);
    put();
  });

/** Refuses an order in words an operator can act on. */
function refuse({ view }: DealRun, why: string): never {
  const now = view.waiting ? `${view.state}, waiting ${view.waiting.reason}` : view.state;
  throw ApplicationFailure.nonRetryable(`not now: the deal is ${now}; ${why}`, 'NotAllowed');
}
