/**
 * Search by any key that people quote. What is sought travels in the body, never in an address, which logs keep; what
 * is personal is looked for by its keyed hash.
 */
import { audit } from '../../../db/admin-audit';
import type { Operator } from '../../../db/admin-sessions';
import { HITS_MAX, type Hit, lookFor, SEARCH_KEYS, type SearchKey, type Sought } from '../../../db/views/admin-search';
import { BANKS } from '../../../workflows/domain/banks';
import type { ApiDeps } from '../../deps';
import { createLimiter, type Limiter } from '../../http/middleware/rate-limit';
import { type Operation, operatorOperation } from '../../http/operation';
import { bothLanguages, text, z } from '../../http/zod';
import { accountText, type LookUp, lookUpHashesOf } from '../../look-up-hashes';

type Deps = Pick<ApiDeps, 'db' | 'keys' | 'redis' | 'limits'>;
type Found = z.output<typeof foundSchema>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const digitsOf = (q: string): string => q.replace(/[\s.-]/g, '');
const PHONE = /^(?:\+82|0)(1[016789]\d{7,8})$/;
const ACCOUNT = /^(?:(\d{3})[:/ ]\s*)?([\d -]{10,20})$/;
const CARD = /^(\d{6})[*x]*(\d{4})$/i;
const TOKEN_MAX = 300;

/** What `q` may be, key by key, in the clear: hashed before it is looked for where `hashed` says so. */
function readings(
  q: string,
): Partial<Record<SearchKey, { readonly texts: readonly string[]; readonly hashed?: LookUp }>> {
  const isToken = !/\s/.test(q) && q.length <= TOKEN_MAX;
  const digits = digitsOf(q);
  const phone = PHONE.exec(digits)?.[1];
  const [, bank, number = ''] = ACCOUNT.exec(q) ?? [];
  const account = digitsOf(number);
  const card = CARD.exec(q.replace(/[\s-]/g, ''));
  const same = { texts: [q] };
  const banks = bank === undefined ? Object.keys(BANKS) : [bank];
  return {
    ...(isToken && { 'deal-no': { texts: [q.toUpperCase()] }, 'order-id': same, 'payment-key': same }),
    ...(isToken && { 'transfer-reference': same, 'refund-key': same, 'webhook-id': same }),
    ...{ 'chargeback-case': same, 'fee-refund-request': same },
    ...(UUID.test(q) && { id: { texts: [q.toLowerCase()] }, 'request-id': { texts: [q.toLowerCase()] } }),
    ...(phone && { phone: { texts: [`0${phone}`], hashed: 'phone' } }),
    ...(isToken && q.includes('@') && { email: { texts: [q.toLowerCase()], hashed: 'email' } }),
    ...(/^\d{10,14}$/.test(account) && {
      account: { texts: banks.map((code) => accountText(code, account)), hashed: 'account' },
    }),
    ...(card && { card: { texts: [`${card[1]}${card[2]}`] } }),
  };
}

const KIND_WORDS = {
  deal: { ko: '거래', en: 'deal' },
  member: { ko: '회원', en: 'member' },
  payment: { ko: '결제', en: 'charge' },
  transfer: { ko: '송금', en: 'transfer' },
  refund: { ko: '환불', en: 'refund' },
  chargeback: { ko: '이의 제기', en: 'chargeback' },
  'webhook-event': { ko: '웹훅', en: 'webhook event' },
  recipient: { ko: '받는 분', en: 'recipient' },
  card: { ko: '카드', en: 'card' },
  request: { ko: '요청', en: 'request' },
} as const satisfies Readonly<Record<Hit['kind'], object>>;

const hitSchema = z.object({
  kind: z.enum(Object.keys(KIND_WORDS) as Hit['kind'][]),
  id: z.string(),
  dealNo: z.string().nullable(),
  foundBy: z.enum(SEARCH_KEYS),
  words: bothLanguages,
  href: z.string().openapi({ example: '/v1/admin/deals/01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e84' }),
});
const foundSchema = z.object({
  items: z.array(hitSchema),
  tried: z.array(z.enum(SEARCH_KEYS)).openapi({ description: 'As which keys it was looked for.' }),
  isCapped: z.boolean().openapi({ description: `Of one key there may be more than the ${HITS_MAX} that are told.` }),
});

function hrefOf({ kind, id, dealId, memberId }: Hit): string {
  if (dealId !== null) return `/v1/admin/deals/${dealId}`;
  if (kind === 'webhook-event') return `/v1/admin/webhook-events?eventId=${encodeURIComponent(id)}`;
  return memberId === null ? '/v1/admin/audit' : `/v1/admin/members/${memberId}`;
}

function toItem(hit: Hit, foundBy: SearchKey): z.output<typeof hitSchema> {
  const { ko, en } = KIND_WORDS[hit.kind];
  const of = hit.dealNo === null || hit.kind === 'deal' ? (hit.dealNo ?? hit.id) : `${hit.dealNo}`;
  return {
    ...{ kind: hit.kind, id: hit.id, dealNo: hit.dealNo, foundBy, href: hrefOf(hit) },
    words: { ko: `${ko} ${of}`, en: `${en} ${of}` },
  };
}

type Readings = [SearchKey, { readonly texts: readonly string[]; readonly hashed?: LookUp }][];
const readingsOf = (q: string): Readings => Object.entries(readings(q)) as Readings;

/** What is looked for by its hash is somebody's: as which keys `q` was taken for such. */
const personalKeys = (read: Readings): SearchKey[] => read.flatMap(([key, { hashed }]) => (hashed ? [key] : []));

/** Who looked for a person by what kind of key, and how many were found; never what was sought. */
async function auditSearch(
  { db }: Deps,
  operator: Operator,
  keys: SearchKey[],
  { items }: Found,
  requestId: string | null,
) {
  const hits = Object.fromEntries(keys.map((key) => [key, items.filter(({ foundBy }) => foundBy === key).length]));
  const what = { action: 'search', subjectKind: 'member', outcome: 'done' } as const;
  await audit(db, operator, { ...what, after: { hits }, requestId });
}

async function search(deps: Deps, read: Readings): Promise<Found> {
  const found = await Promise.all(
    read.map(async ([key, { texts, hashed }]) => {
      const sought: Sought = hashed ? await lookUpHashesOf(deps, hashed, texts) : (texts[0] ?? '');
      return (await lookFor(deps.db, key, sought)).map((hit) => toItem(hit, key));
    }),
  );
  return {
    items: found.flat(),
    tried: read.map(([key]) => key),
    isCapped: found.some((hits) => hits.length >= HITS_MAX),
  };
}

export function adminSearchOperations(deps: Deps): Operation[] {
  let limit: Limiter | undefined; // the document is made without Redis
  return [
    operatorOperation({
      method: 'post',
      path: '/v1/admin/search',
      tag: 'admin',
      operationId: 'searchAnything',
      summary: 'Whatever has exactly this key',
      description:
        'The number of a deal, an orderId, a paymentKey, a reference of a transfer or refund, a chargeback’s case, a ' +
        'webhook id, a request id, the id of a row, a phone, an e-mail, an account (`092 11012345671234`; without a ' +
        'bank, at any), a card (`433012******1234`). Over the whole data, also of members who left; nothing is ' +
        'found by a part of it. What may be a phone, an e-mail or an account is audited (as which, and how many were ' +
        'found), and looked for 60 times an hour at most (`personal-searches`).',
      right: 'deals.read',
      body: z.strictObject({ q: text(TOKEN_MAX) }),
      bodyExample: { q: 'PL260302AB12CD34EF' },
      answers: { 200: foundSchema },
      problems: ['too-many-requests'],
      async handle({ operator, body, res }) {
        const read = readingsOf(body.q);
        const keys = personalKeys(read);
        limit ??= createLimiter(deps);
        if (keys.length > 0) await limit('personalSearchesPerOperator', res.locals.caller.id);
        const found = await search(deps, read);
        // Nothing is told that is not in the audit.
        if (keys.length > 0) await auditSearch(deps, operator, keys, found, res.locals.requestId);
        return { status: 200, body: found };
      },
    }),
  ];
}
