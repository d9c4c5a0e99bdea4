/** Deals: quote, create, read, confirm, cancel, timeline, live events. Every money POST needs an Idempotency-Key. */
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import {
  addDeal,
  findSimilarDeal,
  listDealViews,
  type NewDeal,
  quoteTermsOf,
  type TimelineItem,
  timelineOf,
} from '../../db/views/payer-deals';
import { CAUSES, type Cause } from '../../workflows/domain/causes';
import { DEAL_NO_RANDOM_BYTES, dealNoOf } from '../../workflows/domain/deal-no';
import { DEAL_STATES } from '../../workflows/domain/deal-state';
import { PRINCIPAL_LIMITS, quote } from '../../workflows/domain/fees';
import { won } from '../../workflows/domain/money';
import type { ApiDeps } from '../deps';
import { type Once, type Operation, type Payer, payerOperation } from '../http/operation';
import { pageOfSchema, pageQuery, toPageBody, toPageRequest } from '../http/pages';
import { languageOf, Problem, type Words } from '../http/problem';
import { id, impersonalText, text, z } from '../http/zod';
import { cancelDeal } from './cancel';
import { confirmDeal } from './confirm';
import { ownedDeal, requireVersion } from './deal-access';
import { dealStreams } from './deal-events';
import { dealAnswer, dealSchema, toDealResource } from './deal-resource';
import { freezeMemo, memoText } from './memo';
import { requireIdentity } from './require-identity';
import type { Sessions } from './sessions';

/** A second deal for the same recipient and principal within this time is answered with a warning. */
const SIMILAR_MS = 60_000;
const SIMILAR: Words = {
  ko: '방금 같은 수취인에게 같은 금액의 거래를 만들었습니다.',
  en: 'You made a deal with the same recipient and amount a moment ago.',
};

const tag = 'deals';
const one = z.object({ dealId: id });
const newDeal = z.strictObject({
  recipientId: id,
  principal: z
    .int()
    .min(PRINCIPAL_LIMITS.min)
    .max(PRINCIPAL_LIMITS.max)
    .openapi({ description: 'Whole KRW that the recipient gets.' }),
  purpose: impersonalText(50).openapi({ description: 'No phone number, e-mail address or token in it.' }),
  memo: memoText.optional(),
});
const warning = z
  .object({ code: z.literal('similar-deal'), dealId: z.uuid(), dealNo: z.string(), detail: z.string() })
  .openapi('Warning');
const timeline = z.object({
  items: z.array(
    z.object({
      at: z.iso.datetime(),
      from: z.enum(DEAL_STATES).nullable(),
      to: z.enum(DEAL_STATES),
      actor: z.string(),
      cause: z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]),
    }),
  ),
});
const ifMatch = {
  'If-Match': 'The versions that the caller saw, as ETags (weak or not, one or a list) or `*`; any other answers 412.',
};

export function dealOperations(deps: ApiDeps, sessions: Sessions): Operation[] {
  return [createDeal(deps), ...readDeals(deps), eventsOf(deps, sessions), ...moveDeals(deps)];
}

function createDeal(deps: ApiDeps): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/deals',
    tag,
    summary: 'Make a deal: a quote with a frozen fee',
    idempotent: true,
    limit: 'dealsPerPayer',
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
      const { headers, ...answer } = dealAnswer(201, deal, warned && { warning: warned });
      return { ...answer, headers: { ...headers, Location: `/v1/deals/${deal.id}` } };
    },
  });
}

/** The id follows from the Idempotency-Key, so a request that died half way makes the same deal when it is repeated. */
async function addQuote(
  { db, keys, clock, config }: ApiDeps,
  { userId }: Payer,
  { recipientId, principal, purpose, memo }: z.output<typeof newDeal>,
  { firstSeenAt, seed }: Once,
): Promise<NewDeal> {
  const createdAt = clock();
  const terms = await quoteTermsOf(db, userId, recipientId, createdAt);
  if (!terms) throw new Problem('unauthenticated');
  if (terms.recipient === 'unknown') throw new Problem('not-found');
  if (terms.recipient === 'unverified') throw new Problem('recipient-not-verified');
  const id = uuid({ msecs: firstSeenAt.getTime(), random: seed });
  const deal = {
    id,
    dealNo: dealNoOf(createdAt, randomBytes(DEAL_NO_RANDOM_BYTES)),
    userId,
    recipientId,
    ...quote(won(principal), terms.feeBps),
    feeBps: terms.feeBps,
    purpose,
    ...(await freezeMemo({ db, keys }, { id, userId }, memo)),
    createdAt,
    expiresAt: new Date(createdAt.getTime() + config.policy.quoteMs),
  };
  await addDeal(db, deal);
  return deal;
}

function readDeals({ db }: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/deals',
      tag,
      summary: 'List deals, newest first',
      query: pageQuery.extend({ status: z.enum(DEAL_STATES).optional() }),
      answers: { 200: pageOfSchema(dealSchema) },
      problems: [],
      async handle({ payer, query: { status, ...page } }) {
        const deals = await listDealViews(db, payer.userId, { ...toPageRequest(page), status });
        return { status: 200, body: toPageBody(deals, toDealResource) };
      },
    }),
    payerOperation({
      method: 'get',
      path: '/v1/deals/{dealId}',
      tag,
      summary: 'One deal, with why it waits',
      params: one,
      answers: { 200: dealSchema },
      problems: ['not-found'],
      handle: async ({ payer, params }) => dealAnswer(200, await ownedDeal(db, payer.userId, params.dealId)),
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

function eventsOf({ db, stopping }: ApiDeps, sessions: Sessions): Operation {
  const stream = dealStreams(stopping);
  return payerOperation({
    method: 'get',
    path: '/v1/deals/{dealId}/events',
    tag,
    summary: 'Live events of a deal',
    description: 'Server-sent events: `deal` with the whole deal, now and at every change; `end` when it has ended.',
    params: one,
    answers: { 200: 'text/event-stream' },
    problems: ['not-found', 'too-many-requests'],
    async handle({ payer, params, req, res }) {
      const deal = await ownedDeal(db, payer.userId, params.dealId);
      const read = () => ownedDeal(db, payer.userId, deal.id);
      const isOpen = () => sessions.isOpen(payer);
      await stream({ res, deal, read, isOpen, headOnly: req.method === 'HEAD' });
      return undefined;
    },
  });
}

function moveDeals(deps: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'post',
      path: '/v1/deals/{dealId}/confirm',
      tag,
      summary: 'Confirm a deal: charge the card',
      description:
        '200 once the charge is done; 202 when it is still undecided after 10 s: read the deal, or repeat. A card ' +
        'that was `risk-blocked` is told so again for a minute on the same device, without being judged anew.',
      idempotent: true,
      limit: 'confirmsPerPayer',
      params: one,
      headers: ifMatch,
      body: z.strictObject({ cardId: id, deviceId: text(64) }),
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
        return confirmDeal(deps, deal, body, once.firstSeenAt);
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

/** Payers see that an operator acted and why, in our own words; not who, nor the operator's note. */
function toTimelineItem({ at, from, to, actor, cause }: TimelineItem) {
  return { at: at.toISOString(), from, to, actor: actor.split(':')[0], cause };
}
