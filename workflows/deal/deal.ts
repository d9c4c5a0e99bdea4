/**
 * One deal, from its first confirm to its end (spec §4). The loop is its own course: it asks domain/next-step.ts what
 * to do, does it, and asks again; whatever interrupts a step (a cancel, an order) is in the inbox by then. Other legs
 * run beside it (side-legs.ts). A resumed run trusts only what the database says.
 */
import { allHandlersFinished, CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { DealState } from '../domain/deal-state';
import { goesOn, isShown, nextStep, type Step } from '../domain/next-step';
import { charge, closeUnpaid } from './charge';
import type { DealInput } from './messages';
import { handleAfterEnd, handleOrders } from './operator-orders';
import { handlePayer, recordCancel, requestCancel } from './payer-requests';
import { refund } from './refund';
import { type DealRun, newRun } from './run';
import { areSideLegsDone, runSideLegs } from './side-legs';
import { handleSignals } from './signals';
import { isRunLarge, startAnew } from './start-anew';
import { overtakeOrder, restore, syncWithDatabase } from './sync';
import { transfer } from './transfer';
import { waitFor } from './wait';

/** The workflow of a deal; answers with the state it ended in. A cancel from Temporal Web is the payer's cancel. */
export async function dealWorkflow(input: DealInput): Promise<DealState> {
  const run = newRun(input);
  handlePayer(run);
  handleOrders(run);
  handleAfterEnd(run);
  handleSignals(run);
  const by = { actor: 'operator:temporal', reason: 'cancelled in Temporal' };
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => requestCancel(run, by)).catch(() => undefined),
  );
  return CancellationScope.nonCancellable(() => runDeal(run, input));
}

async function runDeal(run: DealRun, input: DealInput): Promise<DealState> {
  runSideLegs(run);
  if (input.mode === 'resume') await restore(run);
  if (input.cancel) await recordCancel(run, input.cancel);
  // A deadline that passed has passed, whatever the workflow's own clock says.
  for (let now = Date.now(); ; now = Math.max(now, Date.now())) {
    const step = nextStep(run, now);
    switch (step.kind) {
      case 'end':
        if (await isOver(run, now)) return run.view.state;
        break;
      case 'wait':
        now = await wait(run, now);
        break;
      case 'pause':
        await sleep(step.until - Date.now());
        now = step.until;
        break;
      default:
        await act(run, step);
    }
  }
}

/** Acts once. */
async function act(run: DealRun, step: Exclude<Step, { kind: 'end' | 'wait' | 'pause' }>): Promise<void> {
  switch (step.kind) {
    case 'look':
      await syncWithDatabase(run);
      return;
    case 'charge':
      return charge(run);
    case 'close':
      return closeUnpaid(run, step.by);
    case 'transfer':
      return transfer(run, step.by);
    case 'refund':
      if (!step.look || (await syncWithDatabase(run))) await refund(run, step.by);
  }
}

/**
 * Looks at the database, asks again, and waits for as long as that wait is what comes next. Answers with the time it is
 * then, epoch ms.
 */
async function wait(run: DealRun, now: number): Promise<number> {
  if (run.inbox.knocked) tryAgainAtOnce(run); // also who knocked while that was being tried
  const facts = await syncWithDatabase(run);
  const step = nextStep(run, now);
  if (!facts || step.kind !== 'wait') return now;
  const { reason, until } = step;
  const { inbox } = run;
  const known = isShown(facts, reason, until === null ? null : until - Date.now());
  const wake = () => inbox.knocked || !goesOn(run, step, now);
  const woken = await waitFor(run, { reason, nextMoveAt: until, known }, wake);
  if (inbox.knocked) tryAgainAtOnce(run);
  return woken ? now : (until ?? now);
}

/** What held money back may be over. */
function tryAgainAtOnce({ progress }: DealRun): void {
  progress.heldUntil = null;
  if (progress.notBefore?.reason === 'operator-needed') progress.notBefore = null;
}

/**
 * Nothing more is to be done and everybody was answered; also after its end a deal hears late news and gives back late
 * charges and parts of its fee.
 */
async function isOver(run: DealRun, now: number): Promise<boolean> {
  if (run.inbox.order) await overtakeOrder(run, run.inbox.order.by);
  const hasWork = () => nextStep(run, now).kind !== 'end';
  await condition(() => hasWork() || isRunLarge(run) || (areSideLegsDone(run) && allHandlersFinished()));
  if (!hasWork() && areSideLegsDone(run) && allHandlersFinished()) return true;
  if (isRunLarge(run)) await startAnew(run);
  return false;
}
