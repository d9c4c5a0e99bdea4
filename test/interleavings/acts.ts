/** Carries out what a plan draws. Every act answers in words; what throws is a break. */
import { randomUUID } from 'node:crypto';
import { lift, stop } from '../../api/operator/stops';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { payAtTheBank } from '../fixtures/by-hand';
import { runBatch } from '../fixtures/operator';
import { runHour } from '../fixtures/scheduled';
import { tellAgain, tellLie } from './events';
import { DEAL_ACTS as DEAL_NAMES, type DealAct, type DealActName, FITTING, type SystemAct } from './plan';
import { ruleOnOldEvidence, ruleTruly } from './rulings';
import { type Deal, rowOf, type Stage } from './stage';
import { Broken, give, payerHeard, WHY } from './words';

type Act = (stage: Stage, deal: Deal, pick: number) => Promise<string>;

const order =
  (name: string): Act =>
  (stage, deal) =>
    give(stage, deal, name);

const ruling =
  (leg: 'charge' | 'transfer' | 'refund'): Act =>
  async (stage, deal, pick) => {
    if (pick % 4 < 2) deal.note(await ruleOnOldEvidence(stage, deal)); // refused, and the next one is true
    return ruleTruly(stage, deal, leg);
  };

/** Does not wait for the answer, which may take 10 s: other things happen meanwhile. */
async function confirm(deal: Deal, cardId: string): Promise<string> {
  const answer = deal.payer.confirm(deal.id, cardId).then((heard) => {
    deal.note(payerHeard('confirm', heard));
  });
  answer.catch(() => undefined); // looked at when all acts are done
  deal.confirms.push(answer);
  return 'confirm: sent';
}

const DISPUTE = (deal: Deal) => ({ reference: `case-${deal.dealNo}`, evidence: 'letter of the PG' });

/**
 * The deal is held, and by lot it stays so, nobody pays, or it is paid. The order of the booking comes before the
 * payment here, so that what is refused is not paid either.
 */
async function payByHand(stage: Stage, deal: Deal, pick: number): Promise<string> {
  const held = await give(stage, deal, 'pay-by-hand');
  if (pick % 4 === 0) return held;
  if (pick % 4 === 1) return give(stage, deal, 'stop-paying-by-hand');
  const { principal, recipient_id: recipientId } = await rowOf(stage, deal.id);
  const evidence = { evidence: 'slip', evidenceAt: stage.now().toISOString() };
  const slip = {
    recipientId,
    bankReference: `${deal.dealNo}-SLIP`,
    tradingDate: kstDayOf(stage.now()),
    amount: Number(principal),
  };
  const words = await give(stage, deal, 'manual-transfer', { ...slip, ...evidence });
  await payBooked(stage, deal);
  return words;
}

/** What was booked as paid by hand is paid, also when its order was not answered. */
export async function payBooked({ house }: Stage, deal: Deal): Promise<void> {
  const booked = house.db('transfers').where({ deal_id: deal.id }).whereNotNull('bank_reference');
  for (const amount of await booked.pluck('amount')) await payAtTheBank(house, deal, Number(amount));
}

/** What a person does when a run has gone wrong in Temporal Web: ends it, or begins it anew from its first task. */
async function resetRun({ house }: Stage, { workflow }: Deal): Promise<string> {
  const run = await workflow.describe().catch(() => null);
  if (run === null) return 'reset: no run';
  const { events } = await workflow.fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  if (!first) return 'reset: not begun';
  await house.client.workflowService.resetWorkflowExecution({
    namespace: house.config.temporal.namespace,
    workflowExecution: { workflowId: run.workflowId, runId: run.runId },
    reason: WHY.reason,
    requestId: randomUUID(),
    workflowTaskFinishEventId: first.eventId ?? null,
  });
  return 'reset: done';
}

const terminate: Act = (_, { workflow }) =>
  workflow.terminate(WHY.reason).then(
    () => 'terminate: done',
    () => 'terminate: no run',
  );

const DEAL_ACTS: Readonly<Record<DealActName, Act>> = {
  confirm: (_, deal) => confirm(deal, deal.cardId),
  'confirm-another-card': async (_, deal) => confirm(deal, await deal.payer.registerCard()),
  cancel: async (_, deal) => payerHeard('cancel', await deal.payer.cancel(deal.id)),
  release: order('release'),
  refund: order('refund'),
  retry: order('retry'),
  'correct-account': (stage, deal) => give(stage, deal, 'correct-account', { recipientId: deal.otherRecipientId }),
  'refund-fee': (stage, deal, pick) =>
    give(stage, deal, 'refund-fee', { amount: 100 * (1 + (pick % 5)), requestId: `request-${pick % 7}` }),
  'pay-by-hand': payByHand,
  'rule-charge': ruling('charge'),
  'rule-transfer': ruling('transfer'),
  'rule-refund': ruling('refund'),
  'rule-on-old-evidence': ruleOnOldEvidence,
  dispute: (stage, deal) => give(stage, deal, 'chargeback', { standing: 'open', ...DISPUTE(deal) }),
  verdict: (stage, deal) => give(stage, deal, 'chargeback', { standing: deal.plan.verdict, ...DISPUTE(deal) }),
  'hurry-pg': async (_, deal) => hurried(deal, 'softpayment'),
  'hurry-bank': async (_, deal) => hurried(deal, 'bank'),
  'mend-pg': async (_, deal) => mended(deal, 'softpayment'),
  'mend-bank': async (_, deal) => mended(deal, 'bank'),
  'bank-closes': async (stage, deal) => {
    const { length } = await stage.house.db('transfers').where({ deal_id: deal.id }).select('id');
    await deal.closeBank([Math.max(1, length), length + 1]);
    return `the bank is closed for its transfers from ${Math.max(1, length)} on`;
  },
  'event-again': tellAgain,
  'event-of-a-lie': tellLie,
  terminate,
  reset: resetRun,
};

function hurried(deal: Deal, provider: 'softpayment' | 'bank'): string {
  deal.hurry(provider);
  return `${provider}: what was planned happens`;
}

async function mended(deal: Deal, provider: 'softpayment' | 'bank'): Promise<string> {
  await deal.mend(provider);
  return `${provider}: mended`;
}

/** What is to be done to it now. */
async function actOf(stage: Stage, deal: Deal, { act, pick }: Pick<DealAct, 'act' | 'pick'>): Promise<DealActName> {
  if (act !== 'fitting') return act;
  const { status, waiting_reason: reason } = await rowOf(stage, deal.id);
  const fitting = FITTING[reason ?? status] ?? DEAL_NAMES;
  return fitting[pick % fitting.length] as DealActName;
}

/** Plays one act of the deal; what is heard is kept, and answered. */
export async function playAct(stage: Stage, deal: Deal, drawn: DealAct['act'], pick = 0): Promise<string> {
  const act = await actOf(stage, deal, { act: drawn, pick });
  try {
    const words = await DEAL_ACTS[act](stage, deal, pick);
    deal.note(words);
    return words;
  } catch (error) {
    const { status, waiting_reason: reason } = await rowOf(stage, deal.id);
    throw new Broken(`${deal.dealNo} (${status}, ${reason}): ${act} threw: ${(error as Error).stack}`);
  }
}

/** The nightly run of the day on which all began, whatever the time is. */
export async function reconcile({ house, day }: Stage): Promise<void> {
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  const run = { taskQueue, workflowId: `reconcile-${randomUUID()}`, args: [{ day, wakePatienceMs: 500 }] };
  await house.client.workflow.execute(RECONCILE_WORKFLOW, run);
}

/** Open events of all deals are told once more, as the minute's sweep does when their time has come. */
export async function sweepEvents({ house }: Stage): Promise<void> {
  const open = house.db('pg_webhook_events').whereNull('processed_at');
  await open.update({ next_wake_at: new Date(0) });
  await runBatch(house, 'minuteSweepWorkflow');
}

/** The retry batch, as if its hour had come. */
export async function retryBatch({ house, now }: Stage): Promise<void> {
  await house.db('deals').where({ waiting_reason: 'retry-due' }).update({ next_move_at: now() });
  await runBatch(house, 'transferRetryWorkflow');
}

const throwSwitch = (order: typeof stop, leg: 'charge' | 'transfer') => async (stage: Stage) => {
  const deps = { db: stage.house.db, engine: async () => stage.house.engine };
  await order.carryOut(deps, { operator: 'kim' }, { leg, ...WHY });
};

const SYSTEM_ACTS: Readonly<Record<SystemAct, (stage: Stage) => Promise<unknown>>> = {
  'stop-charge': throwSwitch(stop, 'charge'),
  'stop-transfer': throwSwitch(stop, 'transfer'),
  'lift-charge': throwSwitch(lift, 'charge'),
  'lift-transfer': throwSwitch(lift, 'transfer'),
  'retry-batch': retryBatch,
  'bank-list': ({ house, now }) => runHour(house, now()),
  reconcile,
  'event-sweep': sweepEvents,
  'minute-sweep': ({ house }) => runBatch(house, 'minuteSweepWorkflow'),
};

/** Plays one act of all deals. */
export async function playSystemAct(stage: Stage, act: SystemAct): Promise<void> {
  try {
    await SYSTEM_ACTS[act](stage);
  } catch (error) {
    throw new Broken(`${act} threw: ${(error as Error).stack}`);
  }
}
