/**
 * One deal, from its first confirm to its end (spec §4). Read it beside the edges in domain/deal-state.ts. The loop takes one step
 * at a time; whatever interrupts a step (news, a cancel, an order) is on the desk when the next one begins. A resumed run trusts
 * only what the database says.
 */
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { type DealState, isTerminal } from '../domain/deal-state';
import { handleAfterEnd } from './after-end';
import { pay } from './charge';
import { type Desk, openDesk, recordCancel, requestCancel } from './inbox';
import type { DealInput } from './messages';
import { refund, refundFees, settleNews } from './refund';
import { type DealRun, newCourse, restore, takeOrder } from './run';
import { holdOrTransfer, transfer, waitFailed } from './transfer';

/** The workflow of a deal; answers with the state it ended in. A cancel from Temporal Web is the payer's cancel. */
export async function dealWorkflow(input: DealInput): Promise<DealState> {
  const desk = openDesk(input);
  handleAfterEnd(desk, input.dealId);
  const by = { actor: 'operator:temporal', reason: 'cancelled in Temporal' };
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => requestCancel(desk, input.dealId, by)).catch(() => undefined),
  );
  return CancellationScope.nonCancellable(() => runDeal({ desk, course: newCourse(), input }));
}

async function runDeal(run: DealRun): Promise<DealState> {
  const { desk, input } = run;
  if (input.mode === 'resume') await restore(run);
  if (input.cancel) await recordCancel(desk, input.dealId, input.cancel);
  for (;;) {
    await settleNews(run);
    await refundFees(run);
    if (!isTerminal(desk.state)) await step(run);
    else {
      await condition(() => hasWork(desk) || allHandlersFinished());
      if (!hasWork(desk)) return desk.state;
    }
  }
}

/** Also after its end a deal hears late news and gives back parts of its fee. */
function hasWork({ news, feeRefunds }: Desk): boolean {
  return news.length > 0 || feeRefunds.length > 0;
}

/** Acts once and leaves the rest to the next turn of the loop. */
function step(run: DealRun): Promise<void> {
  const { refundBy, refundDue } = run.course;
  const { state, order } = run.desk;
  if (refundBy || refundDue) {
    if (order?.action === 'refund') return refund(run, takeOrder(run, order));
    return refund(run, refundBy ?? { actor: 'system', cause: 'refund-resumed' });
  }
  switch (state) {
    case 'PENDING':
      return pay(run);
    case 'PAID':
      return holdOrTransfer(run);
    case 'TRANSFERRING':
      return transfer(run, { actor: 'system', cause: 'retry-in-line' });
    default:
      return waitFailed(run);
  }
}
