/** Breaks of the deal that an operator ends: the order may be what reopened the run, and moves no state of the deal. */
import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { type Desk, refuse } from './deal-desk';
import type { DealId } from './domain/ids';
import { acceptBreak, type BreakAcceptance } from './messages';
import { records } from './steps';

/** Registers the handler; like every other, it is there before anything is done. */
export function openBreaks(desk: Desk, dealId: DealId): void {
  const accept = async (order: BreakAcceptance) => {
    await condition(() => !desk.restoring);
    const answer = await records.acceptBreak({ dealId, ...order });
    if (answer.kind === 'refused') refuse(desk, answer.why);
  };
  setHandler(acceptBreak, (order) => CancellationScope.nonCancellable(() => accept(order)));
}
