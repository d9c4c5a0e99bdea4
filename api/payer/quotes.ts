/** Quotes: what a deal would cost, whether the limits let it pass and when the money arrives. They create nothing. */
import type { Request } from 'express';
import { quoteTermsOf } from '../../db/views/quote-terms';
import { type Arrival, arrivalAt } from '../../workflows/domain/arrival';
import { INSTALLMENT_MONTHS, mayBePaidOver, PRINCIPAL_LIMITS, quote } from '../../workflows/domain/fees';
import { won } from '../../workflows/domain/money';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { id, z } from '../http/zod';
import { limitsSchema, limitsToday } from './limits-today';
import { bankCode } from './recipients';

/** Whole won that the recipient gets. */
export const principal = z
  .int()
  .min(PRINCIPAL_LIMITS.min)
  .max(PRINCIPAL_LIMITS.max)
  .openapi({ description: 'Whole KRW that the recipient gets.' });

const asked = z.strictObject({
  principal,
  recipientId: id.optional(),
  bankCode: bankCode.optional().openapi({ description: 'Of a recipient that is not saved yet.' }),
});

const quoteSchema = z
  .object({
    principal: z.int(),
    fee: z.int(),
    total: z.int().openapi({ description: 'What the card is charged.' }),
    feeBps: z.int().openapi({ description: "The payer's rate today in basis points of the principal." }),
    installmentMonths: z
      .array(z.int())
      .openapi({ description: 'Over how many months the total may be charged; 0: at once.' }),
    limits: limitsSchema,
    withinLimits: z.boolean().openapi({ description: "Whether today's limits let one more such deal pass." }),
    exceeded: z
      .array(z.string())
      .openapi({ description: 'The rules that would block it, as `risk-blocked` names them.' }),
    arrival: z
      .object({
        estimate: z.enum(['within-minutes', 'when-bank-opens']),
        opensAt: z.iso.datetime().nullable().openapi({ description: 'When the closed bank opens; null: it is open.' }),
        arrivesBy: z.iso
          .datetime()
          .openapi({ description: 'If the card is charged now and nothing is held for review.' }),
      })
      .nullable()
      .openapi({ description: 'Null when neither recipient nor bank was named.' }),
  })
  .openapi('Quote');

const OTHER_BANK: Words = {
  ko: '수취인의 은행과 다릅니다. 둘 중 하나만 보내 주세요.',
  en: "It is not the recipient's bank: send only one of the two.",
};

export function quoteOperations({ db, clock }: Pick<ApiDeps, 'db' | 'clock'>): Operation[] {
  return [
    payerOperation({
      method: 'post',
      path: '/v1/quotes',
      tag: 'deals',
      summary: 'Ask what a deal would cost',
      description: 'Creates nothing: the fee is frozen by making a deal, and limits are judged when it is confirmed.',
      body: asked,
      answers: { 200: quoteSchema },
      problems: ['not-found', 'recipient-not-verified'],
      async handle({ payer: { userId }, body, req }) {
        const now = clock();
        const [terms, limits] = await Promise.all([
          termsOf(db, userId, body.recipientId ?? null, now),
          limitsToday(db, userId, now),
        ]);
        const bank = bankOf(terms.bankCode, body.bankCode, req);
        const quoted = quote(won(body.principal), terms.feeBps);
        const exceeded = limits.exceededBy(quoted.principal);
        const answer = {
          ...quoted,
          feeBps: terms.feeBps,
          installmentMonths: INSTALLMENT_MONTHS.filter((months) => mayBePaidOver(quoted.total, months)),
          limits: limits.left,
          withinLimits: exceeded.length === 0,
          exceeded,
          arrival: bank && toArrival(arrivalAt(bank, now)),
        };
        return { status: 200, body: answer };
      },
    }),
  ];
}

/**
 * The payer's fee rate on the KST day of the instant, and the bank of the recipient (null: of nobody). A problem when
 * the recipient is not the payer's, or was not verified.
 */
export async function termsOf(
  db: ApiDeps['db'],
  userId: string,
  recipientId: string | null,
  at: Date,
): Promise<{ readonly feeBps: number; readonly bankCode: string | null }> {
  const terms = await quoteTermsOf(db, userId, recipientId, at);
  if (!terms) throw new Problem('unauthenticated');
  const { feeBps, recipient } = terms;
  if (recipientId === null) return { feeBps, bankCode: null };
  if (recipient === 'unknown') throw new Problem('not-found');
  if (recipient === 'unverified') throw new Problem('recipient-not-verified');
  return { feeBps, bankCode: recipient.bankCode };
}

function bankOf(ofRecipient: string | null, said: string | undefined, req: Request): string | null {
  if (ofRecipient !== null && said !== undefined && said !== ofRecipient)
    throw refusedField(req, 'bankCode', OTHER_BANK);
  return ofRecipient ?? said ?? null;
}

const toArrival = ({ estimate, opensAt, arrivesBy }: Arrival) => ({
  estimate,
  opensAt: opensAt?.toISOString() ?? null,
  arrivesBy: arrivesBy.toISOString(),
});
