/** A deal on the wire (spec §13). */
import { placeOf } from '../../db/encrypted-columns';
import type { DealView } from '../../db/views/payer-deals';
import type { Keys } from '../../infra/keys/keys';
import { BANKS } from '../../workflows/domain/banks';
import { DEAL_CATEGORIES } from '../../workflows/domain/deal-category';
import { DEAL_STATES, PAYMENT_STATES, TRANSFER_STATES, WAIT_REASONS } from '../../workflows/domain/deal-state';
import type { ApiDeps } from '../deps';
import type { Answer } from '../http/operation';
import { bothLanguages, z } from '../http/zod';
import { openNickname } from './card-nickname';
import { actionsOf, DEAL_ACTIONS_OF_PAYERS } from './deal-rules';

const won = z.int().nonnegative().openapi({ description: 'Whole KRW.' });
const instant = z.iso.datetime();

const waiting = z
  .object({
    reason: z.enum(WAIT_REASONS),
    since: instant,
    nextMoveAt: instant.nullable().openapi({ description: 'When the deal moves by itself; null: someone must act.' }),
  })
  .openapi('Waiting');

const payment = z
  .object({
    id: z.uuid(),
    attempt: z.int(),
    orderId: z.string(),
    status: z.enum(PAYMENT_STATES),
    amount: won,
    refundedAmount: won,
    cardId: z.uuid(),
    installmentMonths: z.int().openapi({ description: '0: charged at once.' }),
    declineCode: z.string().nullable(),
  })
  .openapi('Payment');

const transfer = z
  .object({
    id: z.uuid(),
    attempt: z.int(),
    reference: z.string(),
    tradingDate: z.iso.date(),
    status: z.enum(TRANSFER_STATES),
    amount: won,
    code: z.string().nullable(),
  })
  .openapi('Transfer');

const recipient = z.object({
  id: z.uuid(),
  bankCode: z.string(),
  bankName: bothLanguages,
  accountMasked: z.string().openapi({ example: '****1234' }),
  holderName: z.string().openapi({ description: 'Empty once its term is over.' }),
});
const card = z.object({
  id: z.uuid(),
  maskedNumber: z.string(),
  issuer: z.string(),
  nickname: z.string().nullable(),
});

export const dealSchema = z
  .object({
    id: z.uuid(),
    dealNo: z.string(),
    recipientId: z.uuid(),
    recipient,
    card: card.nullable().openapi({ description: 'The card that is being charged or was; null before that.' }),
    purpose: z.string().openapi({ description: 'Empty once its term is over.' }),
    category: z.enum(DEAL_CATEGORIES),
    status: z.enum(DEAL_STATES),
    principal: won,
    fee: won,
    feeBps: z.int().openapi({ description: 'The frozen fee in basis points of the principal: 290 is 2.9 %.' }),
    total: won,
    createdAt: instant,
    expiresAt: instant,
    completedAt: instant
      .nullable()
      .openapi({ description: 'When the recipient was paid, if the money is still there.' }),
    refundedAt: instant.nullable().openapi({
      description: "When its charge was last refunded: in full, or a part of the fee (a payment's refundedAmount).",
    }),
    statementBy: z.iso.date().nullable().openapi({
      description: 'The day of Korea by which that refund is on the card statement, at the latest.',
    }),
    actions: z.array(z.enum(DEAL_ACTIONS_OF_PAYERS)).openapi({
      description:
        'What the deal lets its payer do now: `confirm` charges a card, `cancel` ends the deal. Limits of the payer, ' +
        'and a missing identity check, may still refuse a confirm.',
    }),
    version: z.int().openapi({ description: 'Counts state changes; also the ETag, for If-Match.' }),
    cancelRequested: z.boolean(),
    waiting: waiting.nullable(),
    payments: z.array(payment),
    transfers: z.array(transfer),
  })
  .openapi('Deal');

type DealResource = z.output<typeof dealSchema>;

/** Showing a deal needs the time, on which depends what its payer may do, and the keys that open names. */
export type Showing = Pick<ApiDeps, 'clock' | 'keys'>;

/** Throws when a ciphertext was changed or belongs to another row. */
export async function toDealResource({ clock, keys }: Showing, deal: DealView): Promise<DealResource> {
  const { userId: _owner, chargeBar: _bar, card, refund, waiting, payments, transfers, ...rest } = deal;
  const { id, bankCode, accountLast4, holderNameEncrypted } = deal.recipient;
  const holderName =
    holderNameEncrypted === null ? '' : await keys.decrypt(holderNameEncrypted, placeOf('holderName', id));
  return {
    ...rest,
    card: card && (await toCard(keys, card)),
    recipient: { id, bankCode, bankName: nameOf(bankCode), accountMasked: `****${accountLast4}`, holderName },
    createdAt: deal.createdAt.toISOString(),
    expiresAt: deal.expiresAt.toISOString(),
    completedAt: deal.completedAt?.toISOString() ?? null,
    refundedAt: refund && new Date(refund.at).toISOString(),
    statementBy: refund?.statementBy ?? null,
    actions: actionsOf(deal, clock()),
    waiting: waiting && {
      reason: waiting.reason,
      since: waiting.since.toISOString(),
      nextMoveAt: waiting.nextMoveAt?.toISOString() ?? null,
    },
    payments: payments.map(({ late: _late, createdAt: _createdAt, ...payment }) => payment),
    transfers: [...transfers],
  };
}

async function toCard(keys: Keys, { nicknameEncrypted, ...card }: NonNullable<DealView['card']>) {
  return { ...card, nickname: await openNickname(keys, card.id, nicknameEncrypted) };
}

/** A bank that has left the list keeps its code as its name. */
const nameOf = (code: string) => BANKS[code]?.name ?? { ko: code, en: code };

/** The deal as an answer, its version as the ETag. */
export async function dealAnswer(showing: Showing, status: number, deal: DealView, more: object = {}): Promise<Answer> {
  const body = { ...(await toDealResource(showing, deal)), ...more };
  return { status, body, headers: { ETag: `"${deal.version}"` } };
}
