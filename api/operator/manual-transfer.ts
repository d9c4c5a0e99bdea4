/**
 * The principal of a deal is paid out by hand, at the bank's own console (docs/operations.md): the deal is held for it,
 * then PLIC books what was paid, and sends nothing.
 */
import { readDeal } from '../../db/deals';
import { findBySlip } from '../../db/manual-transfers';
import { findDeal } from '../../db/views/operator-deals';
import { processClock } from '../../infra/fast-clock';
import * as messages from '../../workflows/deal/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { Words } from '../http/problem';
import { id, z } from '../http/zod';
import { type DealOrder, done, workflowOrder } from './order';
import { FUTURE, kept, listedDay, numberOf, onFile, pastTime, why } from './texts';

/** A slip is named in few words; the file itself is kept elsewhere. */
const EVIDENCE_MAX = 200;
const REFERENCE_MAX = 64;

const hold = workflowOrder({
  name: 'pay-by-hand',
  right: 'money.transfer',
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.payByHand, order),
});

/** Holds the deal, so that nothing else moves its money, and tells what is to be paid. It moves nothing itself. */
export const payByHand: DealOrder<{ reason: string }> = {
  ...hold,
  async carryOut(deps, by, given) {
    const answer = await hold.carryOut(deps, by, given);
    const deal = await findDeal(deps.db, by.dealNo);
    if (answer.kind !== 'done' || !deal) return answer;
    const { principal, recipientId } = await readDeal(deps.db, deal.id);
    return done(`${by.dealNo} is held: pay ${principal} won to recipient ${recipientId}, then order manual-transfer`);
  },
};

/** Nobody has paid it by hand, and nobody will: said wrongly, it is paid twice. */
export const stopPayingByHand = workflowOrder({
  name: 'stop-paying-by-hand',
  right: 'money.transfer',
  two: true,
  input: z.strictObject(why),
  tell: (engine, dealId, order) => engine.order(dealId, messages.stopPayingByHand, order),
});

const input = z.strictObject({
  ...{ ...why, ...onFile },
  /** Whom it was paid to: the recipient that the deal was held for. */
  recipientId: id,
  /** The number of the bank's slip, as the statement of the account has it. */
  bankReference: numberOf(REFERENCE_MAX),
  /** The KST day on which the bank moved the money. */
  tradingDate: listedDay.refine((day) => day <= kstDayOf(processClock()), {
    params: { words: FUTURE satisfies Words },
  }),
  /** Won. */
  amount: z.int().min(1),
  evidence: kept(EVIDENCE_MAX),
  evidenceAt: pastTime,
});

const order = workflowOrder({
  name: 'manual-transfer',
  right: 'money.transfer',
  two: true,
  input,
  tell: (engine, dealId, paid) => engine.order(dealId, messages.manualTransfer, paid),
});

/** Books it through the deal's workflow; the same slip of the same deal is one, also once the deal has ended. */
export const manualTransfer: DealOrder<z.output<typeof input>> = {
  ...order,
  async judge(db, by, paid) {
    const [deal, known] = await Promise.all([findDeal(db, by.dealNo), findBySlip(db, paid)]);
    if (deal && known?.dealId === deal.id && known.amount === paid.amount && !known.isReturned)
      return done(`${by.dealNo}: this slip was booked before`);
    return order.judge?.(db, by, paid);
  },
};
