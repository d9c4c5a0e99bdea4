/** Recipients: a name and an account, which the bank confirms before anything can be sent there. */
import type { Client } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { addRecipient, findSameAccount, listRecipients, readAccount } from '../../db/recipients';
import { taskQueuesOf } from '../../infra/temporal/client';
import { VERIFY_ACCOUNT_WORKFLOW } from '../../workflows/deal/messages';
import { BANKS, isBankCode } from '../../workflows/domain/banks';
import { BANK_REFUSALS } from '../../workflows/domain/words/codes';
import type { verifyAccountWorkflow } from '../../workflows/verify-account';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { isPlace, NOT_A_CURSOR, pageOfSchema, pageQuery, placeCursor, toPageBody, toPageRequest } from '../http/pages';
import { Problem } from '../http/problem';
import { text, z } from '../http/zod';
import { accountText, lookUpHashes, underLiveKeys } from '../look-up-hashes';
import { answerOfWorkflow } from '../short-workflow';
import { accountNumber } from './account-number';
import { recipientSchema, toRecipientResource } from './recipient-resource';
import { savedRecipientOperations } from './saved-recipients';

export const bankCode = z
  .string()
  .refine(isBankCode, 'not a bank we can pay')
  .openapi({
    enum: Object.keys(BANKS),
    description: 'National 3-digit bank code.',
    example: '088',
  });
const newRecipient = z.strictObject({
  bankCode,
  accountNumber,
  holderName: text(50),
  confirmedName: text(50).optional().openapi({
    description:
      "The holder's name that the bank told (`bankHolderName`), once the payer has seen it; saved as the name.",
  }),
});

/** Favourites are in an order of their own: whoever is dropped meanwhile ends no list. */
const recipientQuery = pageQuery
  .extend({
    cursor: placeCursor,
    favorite: z.enum(['true', 'false']).optional().openapi({
      description: '`true`: favourites only, in their own order. `false`: the others.',
    }),
  })
  .refine(({ favorite, cursor }) => cursor === undefined || isPlace(cursor) === (favorite === 'true'), NOT_A_CURSOR);

const tag = 'recipients';

/** The bank's answer, by a short workflow; `bank-unavailable` when it has none within 10 s. */
function verifyAccount(temporal: Client, taskQueue: string, recipientId: string) {
  const workflow = { workflowId: `verify-account-${recipientId}`, taskQueue, args: [recipientId] as [string] };
  const run = () => temporal.workflow.execute<typeof verifyAccountWorkflow>(VERIFY_ACCOUNT_WORKFLOW, workflow);
  return answerOfWorkflow(temporal, run, 'bank-unavailable');
}

export function recipientOperations(deps: ApiDeps): Operation[] {
  const { db, keys } = deps;
  return [
    payerOperation({
      method: 'post',
      path: '/v1/recipients',
      tag,
      summary: "Verify a recipient's real name and save it",
      description: 'An account that is saved already answers with the same recipient, under the name given now.',
      limit: 'verificationsPerPayer',
      body: newRecipient,
      answers: { 201: z.object({ id: z.uuid(), verified: z.literal(true) }) },
      problems: ['recipient-not-verified', 'holder-name-differs', 'bank-unavailable', 'not-found'],
      handle: async ({ payer, body }) => ({
        status: 201,
        body: { id: await saveRecipient(deps, payer.userId, body), verified: true },
      }),
    }),
    payerOperation({
      method: 'get',
      path: '/v1/recipients',
      tag,
      summary: 'List verified recipients, newest first',
      query: recipientQuery,
      answers: { 200: pageOfSchema(recipientSchema) },
      problems: [],
      async handle({ payer, query: { favorite, ...query } }) {
        const asked = { ...toPageRequest(query), favorite: favorite && favorite === 'true' };
        const page = await listRecipients(db, payer.userId, asked);
        const items = await Promise.all(page.items.map((recipient) => toRecipientResource(keys, recipient)));
        return { status: 200, body: toPageBody({ ...page, items }, (item) => item) };
      },
    }),
    ...savedRecipientOperations(deps),
  ];
}

/** The id of the recipient, once the bank has confirmed it; that of the one that the payer has already, if any. */
async function saveRecipient(
  { db, keys, temporal, config }: ApiDeps,
  userId: string,
  { bankCode, accountNumber, holderName, confirmedName }: z.output<typeof newRecipient>,
): Promise<string> {
  const id = uuid();
  const [accountNumberEncrypted, holderNameEncrypted] = await Promise.all([
    keys.encrypt(accountNumber, placeOf('accountNumber', id)),
    keys.encrypt(confirmedName ?? holderName, placeOf('holderName', id)),
  ]);
  const account = { accountNumberEncrypted, accountLast4: accountNumber.slice(-4) };
  await underLiveKeys(async () => {
    const accountHashes = await lookUpHashes({ db, keys }, 'account', accountText(bankCode, accountNumber));
    await addRecipient(db, { id, userId, bankCode, holderNameEncrypted, ...account, accountHashes });
  });
  const outcome = await verifyAccount(temporal, taskQueuesOf(config.temporal.taskQueue).deals, id);
  if (outcome.kind === 'rejected') throw notVerified(outcome.code);
  if (outcome.kind === 'differs') {
    const { bankHolderNameEncrypted } = await readAccount(db, id);
    const bankHolderName = await keys.decrypt(bankHolderNameEncrypted ?? '', placeOf('bankHolderName', id));
    throw new Problem('holder-name-differs', { extra: { bankHolderName } });
  }
  const saved = await findSameAccount(db, userId, id);
  if (!saved) throw new Problem('not-found'); // removed this very moment
  return saved;
}

function notVerified(code: string): Problem {
  const detail = BANK_REFUSALS[code];
  return new Problem('recipient-not-verified', { ...(detail && { detail }), extra: { reason: code } });
}
