/** What operators order about a deal that may have ended: parts of its fee, chargebacks, breaks of reconciliation. */
import { condition, setHandler } from '@temporalio/workflow';
import { isTerminal } from '../domain/deal-state';
import type { DealId } from '../domain/ids';
import { type Desk, refuse, shielded } from './inbox';
import * as messages from './messages';
import { requests } from './steps';

/**
 * Orders about a deal that has ended. They may be what reopened the run: each waits until the database has been read, so the deal
 * is not judged by a validator.
 */
export function handleAfterEnd(desk: Desk, dealId: DealId): void {
  const refundFee = async (request: messages.FeeRefund) => {
    const { requestId } = request;
    // The database may be a step ahead of this run: judged is a deal at rest.
    await condition(() => !desk.restoring && (isTerminal(desk.state) || desk.idle));
    const known = desk.feeRefunds.find((asked) => asked.requestId === requestId);
    if (known && known.amount !== request.amount) refuse(desk, `request ${requestId} is for ${known.amount} won`);
    if (!known) {
      if (desk.state !== 'COMPLETED') refuse(desk, 'a part of the fee is given back only of a completed deal');
      if (desk.unknown?.leg === 'refund') refuse(desk, 'another refund of it is not decided yet');
      desk.feeDecided.delete(requestId);
      desk.feeRefunds.push(request);
    }
    await condition(() => desk.feeDecided.has(requestId));
    const outcome = desk.feeDecided.get(requestId);
    if (outcome?.kind === 'refused') refuse(desk, outcome.why);
  };
  const noteChargeback = async (note: messages.ChargebackNote) => {
    await condition(() => !desk.restoring);
    const answer = await requests.recordChargeback({ dealId, ...note });
    if (answer.kind === 'refused') refuse(desk, answer.why);
    desk.askAgain = true;
  };
  setHandler(messages.refundFee, shielded(refundFee), {
    validator: ({ amount, requestId }) => {
      if (!Number.isSafeInteger(amount) || amount < 1) refuse(desk, 'the amount must be whole won, from 1');
      if (!requestId) refuse(desk, 'a fee refund needs its request id');
    },
  });
  const acceptBreak = async (order: messages.BreakAcceptance) => {
    await condition(() => !desk.restoring);
    const answer = await requests.acceptBreak({ dealId, ...order });
    if (answer.kind === 'refused') refuse(desk, answer.why);
  };
  setHandler(messages.noteChargeback, shielded(noteChargeback));
  setHandler(messages.acceptBreak, shielded(acceptBreak));
}
