/** A payer's deals: filtered, in pages, with their sums. */
import { placeOf } from '../../db/encrypted-columns';
import { nicknamesOf } from '../../db/recipients';
import { dealTotals, listDeals } from '../../db/views/deal-list';
import { kstDayStart } from '../../workflows/domain/bank-calendar';
import { isDealNo } from '../../workflows/domain/deal-no';
import { DEAL_STATES } from '../../workflows/domain/deal-state';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { pageOfSchema, pageQuery, toPageBody, toPageRequest } from '../http/pages';
import type { Words } from '../http/problem';
import { text, z } from '../http/zod';
import { dealSchema, type Showing, toDealResource } from './deal-resource';

const BACKWARDS: Words = {
  ko: '마지막 날은 첫날보다 빠를 수 없습니다.',
  en: 'The last day must not be before the first one.',
};

/** A name that comes once in an address is a text, one that comes more often a list of them. */
const listed = (given: unknown): unknown => (typeof given === 'string' ? [given] : given);

const dealQuery = pageQuery
  .extend({
    status: z.preprocess(listed, z.array(z.enum(DEAL_STATES)).max(DEAL_STATES.length).optional()).openapi({
      type: 'array',
      items: { type: 'string', enum: [...DEAL_STATES] },
      description: 'Deals in any of these states; repeat it for several.',
    }),
    from: z.iso.date().optional().openapi({ description: 'Made on this day of Korea or later.' }),
    to: z.iso.date().optional().openapi({ description: 'Made on this day of Korea or before.' }),
    q: text(50)
      .optional()
      .openapi({ description: 'The number of a deal, or a part of its purpose or of what you call its recipient.' }),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    params: { words: BACKWARDS },
  });

const sum = z.int().nonnegative();
const totals = z
  .object({ count: sum, principal: sum, fee: sum, total: sum })
  .openapi({ description: 'Of all deals that the filters name, on whatever page: how many, and whole KRW.' });

/** Each is opened to be looked at; a payer has few. */
const NICKNAMES_MAX = 500;

/** Those of the payer's recipients whose nickname has the text, whatever its case: nicknames are ciphertext to SQL. */
async function recipientsCalled({ db, keys }: Pick<ApiDeps, 'db' | 'keys'>, userId: string, text: string) {
  const named = await nicknamesOf(db, userId, NICKNAMES_MAX);
  const names = await Promise.all(
    named.map(({ id, nicknameEncrypted }) => keys.decrypt(nicknameEncrypted, placeOf('nickname', id))),
  );
  const sought = text.toLowerCase();
  return named.filter((_, n) => names[n]?.toLowerCase().includes(sought)).map(({ id }) => id);
}

export function dealListOperations({ db, ...showing }: Showing & Pick<ApiDeps, 'db'>): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/deals',
      tag: 'deals',
      summary: 'List deals, newest first, with their sums',
      query: dealQuery,
      answers: { 200: pageOfSchema(dealSchema).extend({ totals }) },
      problems: [],
      async handle({ payer: { userId }, query: { status, from, to, q, ...page } }) {
        const filter = {
          states: status,
          since: from === undefined ? undefined : kstDayStart(from),
          until: to === undefined ? undefined : kstDayStart(to, 1),
          text: q,
          recipientIds:
            q === undefined || isDealNo(q.toUpperCase()) ? [] : await recipientsCalled({ db, ...showing }, userId, q),
        };
        const [deals, totals] = await Promise.all([
          listDeals(db, userId, { ...toPageRequest(page), filter }),
          dealTotals(db, userId, filter),
        ]);
        const items = await Promise.all(deals.items.map((deal) => toDealResource(showing, deal)));
        return { status: 200, body: { ...toPageBody({ ...deals, items }, (item) => item), totals } };
      },
    }),
  ];
}
