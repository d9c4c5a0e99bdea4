/** Cards: what Softpayment's SDK gave the payer's browser. PLIC never sees a card number. */
import { v7 as uuid } from 'uuid';
import { addCard, type Card, listCards, removeCard } from '../../db/cards';
import { placeOf } from '../../db/encrypted-columns';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { pageOfSchema, pageQuery, toPageBody, toPageRequest } from '../http/pages';
import { Problem } from '../http/problem';
import { id, text, z } from '../http/zod';

const cardSchema = z
  .object({ id: z.uuid(), maskedNumber: z.string(), issuer: z.string(), createdAt: z.iso.datetime() })
  .openapi('Card');

const newCard = z.strictObject({
  billingKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .openapi({ description: "Softpayment's token of the card." }),
  maskedNumber: z
    .string()
    .regex(/^\d{6}\*{3,9}\d{4}$/)
    .openapi({ example: '433012******0001' }),
  issuer: text(30),
});

const tag = 'cards';
const toResource = ({ createdAt, ...card }: Card) => ({ ...card, createdAt: createdAt.toISOString() });

export function cardOperations({ db, keys, clock }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'post',
      path: '/v1/cards',
      tag,
      summary: 'Register a card by its billing key',
      description: 'The same billing key again answers with the same card.',
      limit: 'cardsPerPayer',
      body: newCard,
      answers: { 201: z.object({ id: z.uuid() }) },
      problems: [],
      async handle({ payer, body: { billingKey, ...shown } }) {
        const id = uuid();
        const billingKeyEncrypted = await keys.encrypt(billingKey, placeOf('billingKey', id));
        const billingKeyHash = keys.hash(billingKey, 'billing-key');
        const card = { id, userId: payer.userId, billingKeyEncrypted, billingKeyHash, ...shown };
        return { status: 201, body: { id: await addCard(db, card) } };
      },
    }),
    payerOperation({
      method: 'get',
      path: '/v1/cards',
      tag,
      summary: 'List cards, newest first',
      query: pageQuery,
      answers: { 200: pageOfSchema(cardSchema) },
      problems: [],
      async handle({ payer, query }) {
        return { status: 200, body: toPageBody(await listCards(db, payer.userId, toPageRequest(query)), toResource) };
      },
    }),
    payerOperation({
      method: 'delete',
      path: '/v1/cards/{cardId}',
      tag,
      summary: 'Remove a card',
      params: z.object({ cardId: id }),
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params }) {
        if (!(await removeCard(db, payer.userId, params.cardId, clock()))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}
