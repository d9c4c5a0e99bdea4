/** Who may ask what: a row for every operation of the OpenAPI document, and how the document's operations are asked. */
import { randomUUID } from 'node:crypto';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import { documentText } from '../openapi/document';

/**
 * `anyone`: nobody need be logged in. `proof`: what is sent says who asks: a password, a refresh token, a signature. `payer`: whoever is
 * logged in, about themself. `owner`: only whose the object in the path is. A right: operators whose role holds it.
 */
type Access = 'anyone' | 'proof' | 'payer' | 'owner' | OperatorRight;

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
  listPushSubscriptions: 'payer',
  registerPushSubscription: 'payer',
  removePushSubscription: 'owner',
  getCardForm: 'payer',
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
  objectToBlock: 'owner',
  getDealEvents: 'owner',
  listEvents: 'payer',
  getDealReceipt: 'owner',
  getPayment: 'owner',
  getTransfer: 'owner',
  openAdminSession: 'proof',
  listOperators: 'operators.manage',
  inviteOperator: 'operators.manage',
  lookAtInvitation: 'proof',
  acceptInvitation: 'proof',
  disableOperator: 'operators.manage',
  changeOperatorRole: 'operators.manage',
  listRequests: 'deals.read',
  getRequest: 'deals.read',
  approveRequest: 'money.approve',
  rejectRequest: 'money.approve',
  withdrawRequest: 'requests.make',
  listAuditEntries: 'audit.read',
  exportAuditEntries: 'audit.read',
  endAdminSession: 'self.use',
  getAdminMe: 'self.use',
  searchAnything: 'deals.read',
  listQueues: 'deals.read',
  listAdminDeals: 'deals.read',
  getAdminDeal: 'deals.read',
  listMembers: 'deals.read',
  getMember: 'deals.read',
  listPayments: 'deals.read',
  listTransfers: 'deals.read',
  listRefunds: 'deals.read',
  listChargebacks: 'deals.read',
  listJournals: 'money.read',
  getTrialBalance: 'money.read',
  listSettlementDays: 'money.read',
  listReconciliationRuns: 'money.read',
  listBreaks: 'money.read',
  listDoubts: 'deals.read',
  listTasks: 'deals.read',
  listNotices: 'deals.read',
  listWebhookEvents: 'deals.read',
  listRiskDecisions: 'risk.read',
  listRiskSets: 'risk.read',
  proposeRiskSet: 'risk.rules',
  activateRiskSet: 'risk.rules',
  listRiskLists: 'risk.read',
  listRisk: 'risk.rules',
  endRiskListing: 'risk.rules',
  listMemberships: 'deals.read',
  listStops: 'deals.read',
  listSchedules: 'deals.read',
  revealField: 'personal.reveal',
  reportReveals: 'audit.read',
  orderRelease: 'deals.release',
  orderRefund: 'deals.refund',
  orderRetry: 'deals.retry',
  orderCorrectAccount: 'deals.correct-account',
  orderRefundFee: 'deals.refund-fee',
  orderChargeback: 'deals.chargeback',
  orderRule: 'money.rule',
  orderManualTransfer: 'money.transfer',
  orderPayByHand: 'money.transfer',
  orderStopPayingByHand: 'money.transfer',
  orderCloseTask: 'tasks.close',
  previewRelease: 'deals.read',
  previewRefund: 'deals.read',
  previewRetry: 'deals.read',
  previewCorrectAccount: 'deals.read',
  previewRefundFee: 'deals.read',
  previewChargeback: 'deals.read',
  previewRule: 'deals.read',
  previewManualTransfer: 'deals.read',
  previewPayByHand: 'deals.read',
  previewStopPayingByHand: 'deals.read',
  previewCloseTask: 'deals.read',
  acceptBreak: 'breaks.accept',
  throwStop: 'stops.throw',
  liftStop: 'stops.lift',
  fundFloat: 'float.book',
  withdrawFloat: 'float.book',
  closeTask: 'tasks.close',
  processWebhookEvent: 'webhooks.process',
  runReconciliation: 'batches.run',
  runSchedule: 'batches.run',
  pauseSchedule: 'batches.run',
  unpauseSchedule: 'batches.run',
  backfillSchedule: 'batches.run',
  sendEvidence: 'requests.make',
  getEvidence: 'deals.read',
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
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-right'?: OperatorRight;
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
/** The operations of operators. */
export const ADMIN_OPERATIONS = OPERATIONS.filter(({ security = [] }) => security.some((one) => 'operator' in one));
/** The operations with this access. */
export const those = (...accesses: Access[]) =>
  OPERATIONS.filter(({ operationId }) => accesses.includes(MATRIX[operationId] ?? 'anyone'));

interface Heard {
  readonly status: number;
  readonly code: string | undefined;
  /** That is missing. */
  readonly right?: string;
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
  const body = isProblem ? ((await answer.json()) as { code: string; right?: string }) : undefined;
  leaving.abort();
  return { status: answer.status, code: body?.code, ...(body?.right !== undefined && { right: body.right }) };
}

/** Of these ids those that the body of the operation names. */
export function namedIn({ operationId }: Operation, ids: Readonly<Record<string, string | undefined>>): object {
  const names = NAMED_IN_BODIES[operationId] ?? [];
  return Object.fromEntries(names.filter((name) => ids[name]).map((name) => [name, ids[name]]));
}
