/** What operators ask of the API, each with how its answer is known to be right. */
import { QUEUES } from '../../api/operator/admin/queues';
import type { AdminApi, Quoted } from './admin-api';

export interface AdminCall {
  readonly name: string;
  /** Sends it for the `turn`th time; answers with ms. */
  send(api: AdminApi, turn: number): Promise<number>;
}

const nth = <T>(values: readonly T[], turn: number): T => values[turn % values.length] as T;

interface Found {
  readonly items: readonly unknown[];
}
const finds = ({ items }: Found): boolean => items.length > 0;

const searchBy = (name: string, keyOf: (api: AdminApi, turn: number) => string): AdminCall => ({
  name: `search by ${name}`,
  send: (api, turn) => api.ask('POST', 'search', { q: keyOf(api, turn) }, finds),
});
const quoted =
  (keyOf: (deal: Quoted) => string) =>
  (api: AdminApi, turn: number): string =>
    keyOf(nth(api.quoted, turn));

const SEARCHES: readonly AdminCall[] = [
  searchBy(
    'deal no',
    quoted(({ dealNo }) => dealNo),
  ),
  searchBy(
    'orderId',
    quoted(({ orderId }) => orderId),
  ),
  searchBy(
    'paymentKey',
    quoted(({ paymentKey }) => paymentKey),
  ),
  searchBy(
    'transfer reference',
    quoted(({ reference }) => reference),
  ),
  searchBy(
    'webhook id',
    quoted(({ eventId }) => eventId),
  ),
  searchBy(
    'request id',
    quoted(({ requestId }) => requestId),
  ),
  searchBy(
    'id of a row',
    quoted(({ dealId }) => dealId),
  ),
  searchBy('refund key', ({ refunds }, turn) => nth(refunds, turn)),
  searchBy('ask of a fee refund', ({ asks }, turn) => nth(asks, turn)),
  searchBy('chargeback case', ({ cases }, turn) => nth(cases, turn)),
  searchBy(
    'phone',
    quoted(({ phone }) => phone),
  ),
  searchBy(
    'e-mail',
    quoted(({ email }) => email),
  ),
  searchBy(
    'account',
    quoted(({ account }) => `092 ${account}`),
  ),
  searchBy(
    'account of any bank',
    quoted(({ account }) => account),
  ),
  searchBy(
    'card',
    quoted(({ card }) => card),
  ),
];

const get = (path: string): AdminCall => ({ name: path, send: (api) => api.ask('GET', path, undefined, finds) });

/** The first page of each list. */
const LISTS: readonly AdminCall[] = [
  ...['deals', 'members', 'payments', 'transfers', 'refunds', 'chargebacks', 'journals', 'settlement-days'].map(get),
  ...[
    'reconciliation-runs',
    'breaks',
    'requests',
    'doubts',
    'tasks',
    'notices',
    'webhook-events',
    'risk-decisions',
    'audit',
  ].map(get),
  ...['deals?status=REFUNDED', 'members?standing=left', 'payments?status=REFUNDED', 'transfers?status=RETURNED'].map(
    get,
  ),
  ...['notices?standing=given-up', 'notices?standing=sent', 'risk-decisions?verdict=BLOCK', 'tasks?severity=alarm'].map(
    get,
  ),
  ...['journals?account=bank_float', 'audit?action=reveal', 'audit?outcome=refused', 'audit?actor=operator%3Akim7'].map(
    get,
  ),
];

/** What lies farthest from the end that lists begin at. */
const OLD: readonly AdminCall[] = ['deals', 'payments', 'journals', 'audit'].map((list) => ({
  name: `${list} of the first day`,
  send: (api) => api.ask('GET', `${list}?from=${api.firstDay}&to=${api.firstDay}`, undefined, finds),
}));

const WHOLE: readonly AdminCall[] = [
  { name: 'queues', send: (api) => api.ask('GET', 'queues', undefined, finds) },
  {
    name: 'one deal whole',
    send: (api, turn) => api.ask('GET', `deals/${nth(api.quoted, turn).dealId}`, undefined, () => true),
  },
  {
    name: 'one member',
    send: (api, turn) => api.ask('GET', `members/${nth(api.quoted, turn).memberId}`, undefined, () => true),
  },
];

export const ADMIN_CALLS: readonly AdminCall[] = [
  ...SEARCHES,
  ...LISTS,
  ...Object.values(QUEUES).map(({ href }) => get(href)),
  ...OLD,
  ...WHOLE,
];
