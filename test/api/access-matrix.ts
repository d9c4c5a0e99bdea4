/** Who may ask what: a row for every operation of the OpenAPI document, and how the document's operations are asked. */
import { randomUUID } from 'node:crypto';
import { documentText } from '../openapi/document';

/**
 * `anyone`: nobody need be logged in. `proof`: what is sent says who asks: a password, a refresh token, a signature. `payer`: whoever is
 * logged in, about themself. `owner`: only whose the object in the path is.
 */
type Access = 'anyone' | 'proof' | 'payer' | 'owner';

export const MATRIX: Readonly<Record<string, Access>> = {
  requestSignUpCode: 'anyone',
  signUp: 'proof',
  logIn: 'proof',
  refreshSession: 'proof',
  logOut: 'payer',
  listSessions: 'payer',
  endSessions: 'payer',
  endSession: 'owner',
  listDevices: 'payer',
  removeDevice: 'owner',
  listBanks: 'anyone',
  getMe: 'payer',
  updateMe: 'payer',
  beginIdentityCheck: 'payer',
  confirmIdentity: 'payer',
  listConsentTexts: 'anyone',
  listConsents: 'payer',
  changeConsents: 'payer',
  changePassword: 'payer',
  requestPasswordReset: 'anyone',
  resetPassword: 'proof',
  requestPhoneChange: 'payer',
  changePhone: 'payer',
  endMembership: 'payer',
  requestEmailCode: 'payer',
  verifyEmail: 'payer',
  getNotificationChoices: 'payer',
  updateNotificationChoices: 'payer',
  createCard: 'payer',
  listCards: 'payer',
  getCard: 'owner',
  updateCard: 'owner',
  deleteCard: 'owner',
  createRecipient: 'payer',
  listRecipients: 'payer',
  getRecipient: 'owner',
  updateRecipient: 'owner',
  deleteRecipient: 'owner',
  setRecipientFavorite: 'owner',
  deleteRecipientFavorite: 'owner',
  createQuote: 'payer',
  createDeal: 'payer',
  listDeals: 'payer',
  getDeal: 'owner',
  getDealTimeline: 'owner',
  confirmDeal: 'owner',
  cancelDeal: 'owner',
  getDealEvents: 'owner',
  listEvents: 'payer',
  getDealReceipt: 'owner',
  getPayment: 'owner',
  getTransfer: 'owner',
  receiveSoftpaymentEvent: 'proof',
  receiveBankEvent: 'proof',
  getLiveness: 'anyone',
  getReadiness: 'anyone',
  getDeepHealth: 'anyone',
  getProblemPage: 'anyone',
  getWords: 'anyone',
  getOpenApiDocument: 'anyone',
};

/** Fields of bodies that name an object. */
export const NAMED_IN_BODIES: Readonly<Record<string, readonly string[]>> = {
  confirmDeal: ['cardId'],
  createDeal: ['recipientId'],
  createQuote: ['recipientId'],
  confirmIdentity: ['verificationId'], // test/api/identity.test.ts: here nobody checks identities
};

interface Field {
  readonly format?: string;
}
interface Documented {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly example?: object; readonly schema: { readonly properties?: Record<string, Field> } }>
    >;
  };
}
export interface Operation extends Documented {
  readonly method: string;
  readonly path: string;
  readonly bodyOf:
    | { readonly example?: object; readonly schema: { readonly properties?: Record<string, Field> } }
    | undefined;
}

const { paths } = JSON.parse(documentText()) as { paths: Record<string, Record<string, Documented>> };
export const OPERATIONS: readonly Operation[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...{ ...operation, method: method.toUpperCase(), path },
    bodyOf: operation.requestBody?.content['application/json'],
  })),
);
/** The operations with this access. */
export const those = (...accesses: Access[]) =>
  OPERATIONS.filter(({ operationId }) => accesses.includes(MATRIX[operationId] ?? 'anyone'));

interface Heard {
  readonly status: number;
  readonly code: string | undefined;
}

/** Asks with the example of the body; a stream is left as soon as it has begun. */
export async function ask(
  url: string,
  { method, path, bodyOf }: Operation,
  token: string | undefined,
  ids: Readonly<Record<string, string>> = {},
  named: object = {},
): Promise<Heard> {
  const leaving = new AbortController();
  const answer = await fetch(url + path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID()), {
    method,
    signal: leaving.signal,
    headers: {
      'idempotency-key': randomUUID(),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(bodyOf && { 'content-type': 'application/json' }),
    },
    ...(bodyOf && { body: JSON.stringify({ ...bodyOf.example, ...named }) }),
  });
  const isProblem = answer.headers.get('content-type')?.includes('problem+json') ?? false;
  const code = isProblem ? ((await answer.json()) as { code: string }).code : undefined;
  leaving.abort();
  return { status: answer.status, code };
}

/** Of these ids those that the body of the operation names. */
export function namedIn({ operationId }: Operation, ids: Readonly<Record<string, string | undefined>>): object {
  const names = NAMED_IN_BODIES[operationId] ?? [];
  return Object.fromEntries(names.filter((name) => ids[name]).map((name) => [name, ids[name]]));
}
