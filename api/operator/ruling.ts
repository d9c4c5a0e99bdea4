/** A person decides an outcome that no provider could decide (spec §5.2). */
import * as messages from '../../workflows/deal/messages';
import type { Words } from '../http/problem';
import { z } from '../http/zod';
import { workflowOrder } from './order';
import { operatorText, why } from './texts';

const MISSING: Words = {
  ko: '어느 시도에 대한 증빙인지 적어 주세요.',
  en: 'is missing: it names the charge or transfer that the evidence is about, see "show"',
};
const TOO_MUCH: Words = { ko: '환불에는 시도 번호가 없습니다.', en: 'is not for a refund, which has none' };

const input = z
  .strictObject({
    ...why,
    leg: z.enum(['charge', 'transfer', 'refund']),
    attempt: z.int().min(1).optional(),
    verdict: z.enum(['done', 'failed']),
    evidence: operatorText,
    /** Softpayment's key; a charge is ruled done with it, since a refund needs it. */
    paymentKey: z.string().trim().min(1).max(200).optional(),
  })
  // Evidence is about one attempt: a ruling that is given late, or twice, must not decide the next one.
  .refine(({ leg, attempt }) => leg === 'refund' || attempt !== undefined, {
    path: ['attempt'],
    params: { words: MISSING },
  })
  .refine(({ leg, attempt }) => leg !== 'refund' || attempt === undefined, {
    path: ['attempt'],
    params: { words: TOO_MUCH },
  });

/** Decides the outcome that is unknown now; one that names another attempt is refused. */
export const rule = workflowOrder({
  name: 'rule',
  input,
  tell: (engine, dealId, order) => engine.order(dealId, messages.ruleOutcome, order),
});
