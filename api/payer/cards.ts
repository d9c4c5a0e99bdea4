/** Cards: what Softpayment's SDK gave the payer's browser. PLIC never sees a card number. */
import { v7 as uuid } from 'uuid';
import { addCard, type Card, changeCard, findCard, listCards, removeCard } from '../../db/cards';
import { placeOf } from '../../db/encrypted-columns';
import { raiseOneMore } from '../../db/operator-tasks';
import type { Keys } from '../../infra/keys/keys';
import { ISSUER_NAMES, issuerNamed, issuerWords } from '../../workflows/domain/card-issuers';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { pageOfSchema, pageQuery, toPageBody, toPageRequest } from '../http/pages';
import { Problem, type Words } from '../http/problem';
import { bothLanguages, id, impersonalText, text, z } from '../http/zod';
import { lookUpHashes, underLiveKeys } from '../look-up-hashes';
import { openNickname } from './card-nickname';

const cardSchema = z
  .object({
    id: z.uuid(),
    maskedNumber: z.string(),
    issuer: z.string().openapi({ description: 'As Softpayment tells it: the Korean name.' }),
    issuerName: bothLanguages,
    expiry: z.string().nullable().openapi({
      description: 'The last month in which it can be charged, `YYYY-MM`; null: it was not told.',
      example: '2030-12',
    }),
    nickname: z.string().nullable(),
    isDefault: z.boolean().openapi({ description: 'True of exactly one card of a payer who has any.' }),
    createdAt: z.iso.datetime(),
  })
  .openapi('Card');

const UNKNOWN_ISSUER: Words = {
  ko: '알 수 없는 카드사예요. 카드를 등록한 곳이 알려 준 이름 그대로 보내 주세요.',
  en: 'It is no card issuer that we know: send it as Softpayment told it.',
};
const ONE_DEFAULT: Words = {
  ko: '기본 카드를 바꾸려면 다른 카드를 기본으로 지정해 주세요.',
  en: 'It can only be true: to change the default, make another card the default.',
};
const NOTHING_TO_CHANGE: Words = { ko: '변경할 항목이 없습니다.', en: 'There is nothing to change.' };

const newCard = z.strictObject({
  billingKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .openapi({ description: "Softpayment's token of the card." }),
  maskedNumber: z
    .string()
    .regex(/^\d{6}\*{3,9}\d{4}$/)
    .openapi({ example: '433012******0001' }),
  issuer: text(30)
    .refine((given) => issuerNamed(given) !== undefined, { params: { words: UNKNOWN_ISSUER } })
    .openapi({ description: `One of: ${ISSUER_NAMES.join(', ')}.`, example: '신한카드' }),
  fingerprint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,64}$/)
    .optional()
    .openapi({
      description: 'As Softpayment told it: the same of every registration of one card.',
      example: 'mB9fT2xQ7cLr4WvK',
    }),
  expiry: z
    .string()
    .regex(/^20\d{2}-(0[1-9]|1[0-2])$/)
    .optional()
    .openapi({ description: 'As Softpayment told it: you are told before it ends.', example: '2030-12' }),
});

const cardChange = z
  .strictObject({
    nickname: impersonalText(20).nullable().optional().openapi({ description: 'Null: none.' }),
    isDefault: z
      .boolean()
      .refine((given) => given, { params: { words: ONE_DEFAULT } })
      .optional()
      .openapi({ description: 'True: this card becomes the default instead of the one that is.' }),
  })
  .refine((given) => Object.keys(given).length > 0, { params: { words: NOTHING_TO_CHANGE } });

const tag = 'cards';
const one = z.object({ cardId: id });

/** Throws when a ciphertext was changed or belongs to another row. */
async function toResource(keys: Keys, { createdAt, nicknameEncrypted, ...card }: Card) {
  return {
    ...card,
    issuerName: issuerWords(card.issuer),
    nickname: await openNickname(keys, card.id, nicknameEncrypted),
    createdAt: createdAt.toISOString(),
  };
}

async function found(keys: Keys, card: Card | undefined) {
  if (!card) throw new Problem('not-found');
  return { status: 200, body: await toResource(keys, card) };
}

export function cardOperations(deps: ApiDeps): Operation[] {
  return [registerCard(deps), ...readCards(deps), ...changeCards(deps)];
}

function registerCard({ db, keys, log }: ApiDeps): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/cards',
    tag,
    summary: 'Register a card by its billing key',
    description:
      "The same billing key again answers with the same card. A payer's first card is their default. A card belongs " +
      'to one payer.',
    limit: 'cardsPerPayer',
    body: newCard,
    answers: { 201: z.object({ id: z.uuid() }) },
    problems: ['card-of-another'],
    async handle({ payer: { userId }, body: { billingKey, maskedNumber, issuer, ...told } }) {
      const id = uuid();
      const billingKeyEncrypted = await keys.encrypt(billingKey, placeOf('billingKey', id));
      const { fingerprint = null, expiry = null } = told;
      const shown = { maskedNumber, issuer: issuerNamed(issuer) ?? issuer, fingerprint, expiry };
      const added = await underLiveKeys(async () => {
        const billingKeyHashes = await lookUpHashes({ db, keys }, 'billing-key', billingKey);
        return addCard(db, { id, userId, billingKeyEncrypted, billingKeyHashes, ...shown });
      });
      if (added.kind === 'gone') throw new Problem('unauthenticated');
      if (added.kind === 'of-another') {
        log.warn({ asker: userId, cardId: added.cardId, owner: added.userId }, 'a card of another payer');
        await raiseOneMore(db, 'task', 'card-of-another', `payer ${userId}, card ${added.cardId} of ${added.userId}`);
        throw new Problem('card-of-another');
      }
      return { status: 201, body: { id: added.id } };
    },
  });
}

function readCards({ db, keys }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/cards',
      tag,
      summary: 'List cards, newest first',
      query: pageQuery,
      answers: { 200: pageOfSchema(cardSchema) },
      problems: [],
      async handle({ payer, query }) {
        const page = await listCards(db, payer.userId, toPageRequest(query));
        const items = await Promise.all(page.items.map((card) => toResource(keys, card)));
        return { status: 200, body: toPageBody({ ...page, items }, (item) => item) };
      },
    }),
    payerOperation({
      method: 'get',
      path: '/v1/cards/{cardId}',
      tag,
      summary: 'One card',
      params: one,
      answers: { 200: cardSchema },
      problems: ['not-found'],
      handle: async ({ payer, params }) => found(keys, await findCard(db, payer.userId, params.cardId)),
    }),
  ];
}

function changeCards({ db, keys, clock }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'patch',
      path: '/v1/cards/{cardId}',
      tag,
      summary: 'Name a card, or make it the default',
      params: one,
      body: cardChange,
      answers: { 200: cardSchema },
      problems: ['not-found'],
      async handle({ payer, params: { cardId }, body: { nickname, isDefault = false } }) {
        const nicknameEncrypted = nickname && (await keys.encrypt(nickname, placeOf('cardNickname', cardId)));
        const change = { nicknameEncrypted, makeDefault: isDefault };
        return found(keys, await changeCard(db, payer.userId, cardId, change));
      },
    }),
    payerOperation({
      method: 'delete',
      path: '/v1/cards/{cardId}',
      tag,
      summary: 'Remove a card',
      description: 'If it was the default, the newest of the others becomes it.',
      params: one,
      answers: { 204: null },
      problems: ['not-found'],
      async handle({ payer, params }) {
        if (!(await removeCard(db, payer.userId, params.cardId, clock()))) throw new Problem('not-found');
        return { status: 204 };
      },
    }),
  ];
}
