/** Supplies of the operations of operators: whoever may everything asks, about real deals and members. */
import { randomUUID } from 'node:crypto';
import { totpNow } from '../../api/operator/totp';
import { keysOf } from '../fixtures/keys';
import { insertOperator, tokenOf } from '../fixtures/operator-accounts';
import { callApi } from '../fixtures/payer';
import { actingSupplies } from './acting-supplies';
import { each, type Means, type Source, type Supplied, untilUsed } from './source';

const ADMIN = '/v1/admin';
const LISTS = [
  ...['deals', 'members', 'payments', 'transfers', 'refunds', 'chargebacks', 'journals', 'settlement-days'],
  ...[
    'reconciliation-runs',
    'breaks',
    'doubts',
    'tasks',
    'notices',
    'webhook-events',
    'risk-decisions',
    'audit',
    'requests',
  ],
];
const REASON = 'asked for by the payer, ticket 4711';
/** A session ends after 15 idle minutes. */
const TOKEN_MS = 7 * 60_000;

interface Invited {
  readonly token: string;
  readonly secret: string;
}

/** Whether only an operator may ask for it. */
export const isOfOperators = (operation: string): boolean => operation.split(' ')[1]?.startsWith(`${ADMIN}/`) ?? false;

export async function operatorSupplies(means: Means) {
  const { house, stock } = means;
  const deps = { db: house.db, keys: await keysOf(house), clock: () => new Date() };
  const [admin, second, visitor] = await Promise.all([
    ...[insertOperator(deps, 'admin'), insertOperator(deps, 'admin'), insertOperator(deps, 'viewer')],
  ] as const);
  let last: { readonly token: string; readonly at: number } | undefined;

  async function token(): Promise<string> {
    if (!last || Date.now() - last.at > TOKEN_MS) last = { token: await tokenOf(deps, admin), at: Date.now() };
    return last.token;
  }
  const asked = async (more: Supplied = {}): Promise<Supplied> => ({ token: await token(), ...more });
  const nth = (n: number) => stock.atRest[n % stock.atRest.length];
  const newViewer = async (): Promise<string> => (await insertOperator(deps, 'viewer')).handle;
  const acting = await actingSupplies(means, { asked, newViewer });
  const newHandle = (): string => `lee.${randomUUID().slice(0, 8)}`;

  /** Somebody who was invited and has looked at what their authenticator needs. */
  async function invited(): Promise<Invited> {
    const ask = async <B>(path: string, body: object) => {
      const headers = { authorization: `Bearer ${await token()}` };
      return (await callApi<B>(house.places.apiUrl, 'POST', `${ADMIN}/${path}`, body, headers)).body;
    };
    const invitation = await ask<{ token: string }>('invitations', { handle: newHandle(), role: 'viewer' });
    const { secret } = await ask<{ secret: string }>('invitations/look', { token: invitation.token });
    return { token: invitation.token, secret };
  }

  const sources: Readonly<Record<string, Source>> = {
    ...Object.fromEntries(
      LISTS.map((list) => [
        `GET ${ADMIN}/${list}`,
        each(async (n) => asked(n % 3 === 2 ? {} : { query: { cursor: null } })),
      ]),
    ),
    [`GET ${ADMIN}/deals/{dealId}`]: each(async (n) => asked({ path: { dealId: nth(n)?.dealId ?? '' } })),
    [`GET ${ADMIN}/members/{memberId}`]: each(async (n) => asked({ path: { memberId: nth(n)?.payer.userId ?? '' } })),
    [`POST ${ADMIN}/search`]: each(async (n) => asked(n % 2 === 0 ? { body: { q: nth(n)?.dealId ?? '' } } : {})),
    [`POST ${ADMIN}/reveals`]: each(async (n) => {
      const subject = { kind: 'member', id: nth(n)?.payer.userId };
      return asked({ body: n % 2 === 0 ? { subject, field: 'phone', reason: REASON } : { reason: REASON } });
    }),
    [`GET ${ADMIN}/reveals/report`]: each(async (n) => asked(n % 2 === 0 ? { query: { month: '2026-03' } } : {})),
    [`POST ${ADMIN}/sessions`]: untilUsed(async () => {
      const { handle, password, codeAt } = await insertOperator(deps, 'viewer');
      return { body: { handle, password, totpCode: codeAt(deps.clock()) } };
    }),
    [`DELETE ${ADMIN}/sessions/current`]: untilUsed(async () => ({ token: await tokenOf(deps, visitor) })),
    [`POST ${ADMIN}/invitations`]: each(async (n) =>
      asked({ body: { handle: newHandle(), ...(n % 2 === 0 && { allowedAddresses: null }) } }),
    ),
    [`POST ${ADMIN}/invitations/look`]: untilUsed(async () => ({ body: { token: (await invited()).token } })),
    [`POST ${ADMIN}/invitations/accept`]: untilUsed(async () => {
      const { token: invitation, secret } = await invited();
      const proof = { password: 'a lamp over the desk', totpCode: totpNow(secret, deps.clock()) };
      return { body: { token: invitation, ...proof } };
    }),
    [`POST ${ADMIN}/operators/{handle}/disable`]: untilUsed(async () =>
      asked({ path: { handle: await newViewer() }, body: { reason: REASON } }),
    ),
    ...acting(() => tokenOf(deps, second)),
  };
  return {
    sources,
    /** An operation that needs nothing but somebody who may ask. */
    byDefault: asked,
  };
}
