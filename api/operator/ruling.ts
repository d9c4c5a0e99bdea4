/** A person decides an outcome that no provider could decide (spec §5.2). */
import * as messages from '../../workflows/deal/messages';
import { ATTEMPT_MAX } from '../../workflows/domain/deal-actions';
import type { Words } from '../http/problem';
import { z } from '../http/zod';
import { workflowOrder } from './order';
import { numberOf, onFile, operatorText, pastTime, why } from './texts';

const MISSING: Words = {
  ko: 'PG의 paymentKey가 있어야 합니다.',
  en: 'It is missing: a charge is given back by it.',
};

const input = z
  .strictObject({
    ...{ ...why, ...onFile },
    leg: z.enum(['charge', 'transfer', 'refund']),
    /** Of a charge or a transfer; of a refund the n of its key `-R<n>`. */
    attempt: z.int().min(1).max(ATTEMPT_MAX),
    verdict: z.enum(['done', 'failed']),
    evidence: operatorText,
    /** Of when the evidence is: a later send is not in it. */
    evidenceAt: pastTime,
    /** Softpayment's key; a charge is ruled done with it, since a refund needs it. */
    paymentKey: numberOf(200).optional(),
  })
  .refine(({ leg, verdict, paymentKey }) => leg !== 'charge' || verdict !== 'done' || paymentKey !== undefined, {
    path: ['paymentKey'],
    params: { words: MISSING },
  });

/** Decides what is undecided, or books a declined charge that was done: the deal's rows say whether it fits. */
export const rule = workflowOrder({
  name: 'rule',
  right: 'money.rule',
  two: true,
  input,
  tell(engine, dealId, { paymentKey, ...order }) {
    const ruling = { ...order, ...(paymentKey !== undefined && { paymentKey }) };
    return engine.orderAfterEnd(dealId, messages.ruleOutcome, ruling);
  },
});
