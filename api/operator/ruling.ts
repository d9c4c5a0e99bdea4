/** A person decides an outcome that no provider could decide (spec §5.2). */
import { v7 as uuid } from 'uuid';
import * as messages from '../../workflows/deal/messages';
import { isYetToCome } from '../../workflows/domain/deal-actions';
import type { Words } from '../http/problem';
import { z } from '../http/zod';
import { workflowOrder } from './order';
import { operatorText, why } from './texts';

const MISSING: Words = {
  ko: 'PG의 paymentKey가 있어야 합니다.',
  en: 'is missing: a charge is given back by it',
};
const FUTURE: Words = { ko: '아직 오지 않은 시각입니다.', en: 'is of a time that has not come yet' };
const NOT_A_TIME: Words = {
  ko: '시간대가 붙은 시각이어야 합니다.',
  en: 'must be a time with its zone, such as 2026-03-02T14:05:00+09:00',
};

const input = z
  .strictObject({
    ...why,
    leg: z.enum(['charge', 'transfer', 'refund']),
    /** Of a charge or a transfer; of a refund the n of its key `-R<n>`. */
    attempt: z.int().min(1),
    verdict: z.enum(['done', 'failed']),
    evidence: operatorText,
    /** Of when the evidence is: a later send is not in it. */
    evidenceAt: z
      .string()
      .refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, { params: { words: NOT_A_TIME } })
      .refine((text) => !isYetToCome(text, new Date()), { params: { words: FUTURE } }),
    /** Softpayment's key; a charge is ruled done with it, since a refund needs it. */
    paymentKey: z.string().trim().min(1).max(200).optional(),
  })
  .refine(({ leg, verdict, paymentKey }) => leg !== 'charge' || verdict !== 'done' || paymentKey !== undefined, {
    path: ['paymentKey'],
    params: { words: MISSING },
  });

/** Decides what is undecided, or books a declined charge that was done: the deal's rows say whether it fits. */
export const rule = workflowOrder({
  name: 'rule',
  input,
  tell: (engine, dealId, order) => engine.orderAfterEnd(dealId, messages.ruleOutcome, order, `rule-${uuid()}`),
});
