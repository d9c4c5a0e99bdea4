/** Deals: quote, create, read, confirm, cancel, timeline. Every money POST needs an Idempotency-Key. */
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { hasOpenTask, raise } from '../../db/operator-tasks';
import { lastBlock } from '../../db/risk';
import { addDeal, findSimilarDeal, type NewDeal, timelineOf } from '../../db/views/payer-deals';
import { DEAL_CATEGORIES } from '../../workflows/domain/deal-category';
import { DEAL_NO_RANDOM_BYTES, dealNoOf } from '../../workflows/domain/deal-no';
import { INSTALLMENT_MONTHS, INSTALLMENTS_FROM, quote } from '../../workflows/domain/fees';
import { won } from '../../workflows/domain/money';
import { isPattern } from '../../workflows/domain/risk-told';
import type { ApiDeps } from '../deps';
import { type Once, type Operation, type Payer, payerOperation } from '../http/operation';
import { languageOf, Problem, type Words } from '../http/problem';
import { id, impersonalText, text, z } from '../http/zod';
import { cancelDeal } from './cancel';
import { confirmDeal } from './confirm';
import { ownedDeal, requireVersion } from './deal-access';
import { dealAnswer, dealSchema } from './deal-resource';
import { freezeMemo, memoText } from './memo';
import { principal, termsOf } from './quotes';
import { requireIdentity } from './require-identity';
import { timelineItemSchema, toTimelineItem } from './timeline';

/** A second deal for the same recipient and principal within this time is answered with a warning. */
const SIMILAR_MS = 60_000;
const SIMILAR: Words = {
  ko: '방금 같은 수취인에게 같은 금액의 거래를 만들었습니다.',
  en: 'You made a deal with the same recipient and amount a moment ago.',
};

const confirmation = z.strictObject({
  cardId: id,
  deviceId: text(64),
  installmentMonths: z
    .literal(INSTALLMENT_MONTHS)
    .optional()
    .openapi({
      type: 'integer',
      enum: [...INSTALLMENT_MONTHS],
      description:
        `Months over which the card is charged, from a total of ${INSTALLMENTS_FROM} won; ` +
        '0, as when it is left out: at once.',
    }),
});

const tag = 'deals';
const one = z.object({ dealId: id });
const newDeal = z.strictObject({
  recipientId: id,
  principal,
  category: z.enum(DEAL_CATEGORIES).optional().openapi({ description: 'What it is for; `other` unless it is said.' }),
  purpose: impersonalText(50).openapi({ description: 'No phone number, e-mail address or token in it.' }),
  memo: memoText.optional(),
});
const warning = z
  .object({ code: z.literal('similar-deal'), dealId: z.uuid(), dealNo: z.string(), detail: z.string() })
  .openapi('Warning');
const timeline = z.object({ items: z.array(timelineItemSchema) });
const ifMatch = {
  'If-Match': 'The versions that the caller saw, as ETags (weak or not, one or a list) or `*`; any other answers 412.',
};

export function dealOperations(deps: ApiDeps): Operation[] {
  return [createDeal(deps), ...readDeals(deps), ...moveDeals(deps), objecting(deps)];
}

function createDeal(deps: ApiDeps): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/deals',
    tag,
    summary: 'Make a deal: a quote with a frozen fee',
    idempotent: true,
    limit: 'dealsPerPayer',
    sends: ['ETag', 'Location'],
    body: newDeal,
    answers: { 201: dealSchema.extend({ warning: warning.optional() }) },
    problems: ['not-found', 'recipient-not-verified', 'identity-required', 'memo-refused'],
    async handle({ payer, body, req, once }) {
      await requireIdentity(deps, payer.userId);
      const added = await addQuote(deps, payer, body, once);
      const since = new Date(added.createdAt.getTime() - SIMILAR_MS);
      const similar = await findSimilarDeal(deps.db, { ...added, since, except: added.id });
      const detail = SIMILAR[languageOf(req)];
      const warned = similar && { code: 'similar-deal', dealId: similar.id, dealNo: similar.dealNo, detail };
      const deal = await ownedDeal(deps.db, payer.userId, added.id);
      const { headers, ...answer } = await dealAnswer(deps, 201, deal, warned && { warning: warned });
      return { ...answer, headers: { ...headers, Location: `/v1/deals/${deal.id}` } };
    },
  });
}

/** The id follows from the Idempotency-Key, so a request that died half way makes the same deal when it is repeated. */
async function addQuote(
  { db, keys, clock, config }: ApiDeps,
  { userId }: Payer,
  { recipientId, principal, category = 'other', purpose, memo }: z.output<typeof newDeal>,
  { firstSeenAt, seed }: Once,
): Promise<NewDeal> {
  const createdAt = clock();
  const { feeBps } = await termsOf(db, userId, recipientId, createdAt);
  const id = uuid({ msecs: firstSeenAt.getTime(), random: seed });
  const deal = {
    id,
    dealNo: dealNoOf(createdAt, randomBytes(DEAL_NO_RANDOM_BYTES)),
    userId,
    recipientId,
    ...quote(won(principal), feeBps),
    feeBps,
    category,
    purpose,
    ...(await freezeMemo({ db, keys }, { id, userId }, memo)),
    createdAt,
    expiresAt: new Date(createdAt.getTime() + config.policy.quoteMs),
  };
  await addDeal(db, deal);
  return deal;
}

function readDeals({ db, ...showing }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/deals/{dealId}',
      tag,
      summary: 'One deal, with why it waits',
      sends: ['ETag'],
      params: one,
      answers: { 200: dealSchema },
      problems: ['not-found'],
      handle: async ({ payer, params }) => dealAnswer(showing, 200, await ownedDeal(db, payer.userId, params.dealId)),
    }),
    payerOperation({
      method: 'get',
      path: '/v1/deals/{dealId}/timeline',
      tag,
      summary: 'Every state change of a deal',
      params: one,
      answers: { 200: timeline },
      problems: ['not-found'],
      async handle({ payer, params }) {
        const items = await timelineOf(db, payer.userId, params.dealId);
        if (!items) throw new Problem('not-found');
        return { status: 200, body: { items: items.map(toTimelineItem) } };
      },
    }),
  ];
}

function moveDeals(deps: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'post',
      path: '/v1/deals/{dealId}/confirm',
      tag,
      summary: 'Confirm a deal: charge the card',
      description:
        '200 once the charge is done; 202 when it is still undecided after 10 s: read the deal, or repeat. Until it ' +
        'is decided another card, or other instalments, are refused (`charge-in-progress`). A card that was ' +
        '`risk-blocked` is told so again for a minute on the same device, without being judged anew.',
      idempotent: true,
      limit: 'confirmsPerPayer',
      sends: ['ETag'],
      params: one,
      headers: ifMatch,
      body: confirmation,
      answers: { 200: dealSchema, 202: dealSchema },
      problems: [
        'card-declined',
        'identity-required',
        'not-found',
        'charge-in-progress',
        'already-charged',
        'deal-closed',
        'quote-expired',
        'version-mismatch',
        'risk-blocked',
      ],
      async handle({ payer, params, body, req, once }) {
        const deal = await ownedDeal(deps.db, payer.userId, params.dealId);
        // What this key began may have moved the deal: its repeat is not refused for that.
        if (!deal.payments.some(({ createdAt }) => new Date(createdAt) >= once.firstSeenAt)) requireVersion(req, deal);
        const { cardId, deviceId: deviceText, installmentMonths = 0 } = body;
        const device = { deviceId: payer.deviceId, deviceTextHash: deps.keys.hash(deviceText, 'device-text') };
        return confirmDeal(deps, deal, { cardId, installmentMonths, ...device, req }, once.firstSeenAt);
      },
    }),
    payerOperation({
      method: 'post',
      path: '/v1/deals/{dealId}/cancel',
      tag,
      summary: 'Cancel a deal',
      description:
        'Until the transfer begins; a charge that is done, or turns out done, is refunded in full. 202: recorded, it ' +
        'ends as soon as the money in flight is decided. However often it is sent, it is one request of the deal; it ' +
        'is heard too while sessions cannot be looked up, by a token that is signed and has not expired.',
      idempotent: true,
      heardWithoutSessions: true,
      limit: 'cancelsPerPayer',
      sends: ['ETag'],
      params: one,
      headers: ifMatch,
      answers: { 200: dealSchema, 202: dealSchema },
      problems: ['not-found', 'not-cancellable', 'version-mismatch'],
      async handle({ payer, params, req }) {
        const deal = await ownedDeal(deps.db, payer.userId, params.dealId);
        requireVersion(req, deal);
        return cancelDeal(deps, deal);
      },
    }),
  ];
}

const objecting = (deps: Pick<ApiDeps, 'db'>): Operation =>
  payerOperation({
    method: 'post',
    path: '/v1/deals/{dealId}/objection',
    tag,
    operationId: 'objectToBlock',
    summary: 'Object to a block',
    description:
      'A person looks at what was `risk-blocked` as `not-possible`. However often it is sent, and of whichever deals ' +
      'of the payer, it is one request until that person has answered; 404 when the deal is not blocked so. A limit ' +
      'frees by itself.',
    params: one,
    answers: { 204: null },
    problems: ['not-found'],
    async handle({ payer, params }) {
      const { id } = await ownedDeal(deps.db, payer.userId, params.dealId);
      if (!isPattern(await lastBlock(deps.db, id))) throw new Problem('not-found');
      if (!(await hasOpenTask(deps.db, payer.userId, 'risk-objection')))
        await raise(deps.db, id, 'task', 'risk-objection');
      return { status: 204 };
    },
  });
