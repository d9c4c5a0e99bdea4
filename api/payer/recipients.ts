/** Recipients: a name and an account, which the bank confirms before anything can be sent there. */
import type { Client } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { addRecipient, listRecipients, type Recipient, readAccount } from '../../db/recipients';
import { taskQueuesOf } from '../../infra/temporal/client';
import { VERIFY_ACCOUNT_WORKFLOW } from '../../workflows/deal/messages';
import { BANKS, isBankCode } from '../../workflows/domain/banks';
import type { verifyAccountWorkflow } from '../../workflows/verify-account';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { pageOfSchema, pageQuery, toPageBody, toPageRequest } from '../http/pages';
import { Problem } from '../http/problem';
import { text, z } from '../http/zod';
import { answerOfWorkflow } from '../short-workflow';
import { BANK_REFUSALS } from './reasons';

const bankCode = z
  .string()
  .refine(isBankCode, 'not a bank we can pay')
  .openapi({
    enum: Object.keys(BANKS),
    description: 'National 3-digit bank code.',
    example: '088',
  });
const newRecipient = z.strictObject({
  bankCode,
  accountNumber: z
    .string()
    .regex(/^\d{10,14}$/)
    .openapi({ example: '11012345678901' }),
  holderName: text(50),
  confirmedName: text(50).optional().openapi({
    description:
      "The holder's name that the bank told (`bankHolderName`), once the payer has seen it; saved as the name.",
  }),
});
const recipientSchema = z
  .object({
    id: z.uuid(),
    bankCode: z.string(),
    bankName: z.string(),
    accountLast4: z.string(),
    holderName: z.string(),
    verified: z.literal(true),
    createdAt: z.iso.datetime(),
  })
  .openapi('Recipient');

const tag = 'recipients';
const toResource = ({ createdAt, ...recipient }: Recipient) => ({
  ...recipient,
  bankName: BANKS[recipient.bankCode]?.name.ko ?? '',
  verified: true,
  createdAt: createdAt.toISOString(),
});

/** The bank's answer, by a short workflow; `bank-unavailable` when it has none within 10 s. */
function verifyAccount(temporal: Client, taskQueue: string, recipientId: string) {
  const workflow = { workflowId: `verify-account-${recipientId}`, taskQueue, args: [recipientId] as [string] };
  const run = () => temporal.workflow.execute<typeof verifyAccountWorkflow>(VERIFY_ACCOUNT_WORKFLOW, workflow);
  return answerOfWorkflow(temporal, run, 'bank-unavailable');
}

export function recipientOperations(deps: ApiDeps): Operation[] {
  const { db, keys, temporal, config } = deps;
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  return [
    payerOperation({
      method: 'post',
      path: '/v1/recipients',
      tag,
      summary: "Verify a recipient's real name and save it",
      limit: 'verificationsPerPayer',
      body: newRecipient,
      answers: { 201: z.object({ id: z.uuid(), verified: z.literal(true) }) },
      problems: ['recipient-not-verified', 'holder-name-differs', 'bank-unavailable'],
      async handle({ payer, body: { bankCode, accountNumber, holderName, confirmedName } }) {
        const id = uuid();
        const accountNumberEncrypted = await keys.encrypt(accountNumber, placeOf('accountNumber', id));
        const accountHash = keys.hash(`${bankCode}:${accountNumber}`, 'account');
        const account = { accountNumberEncrypted, accountHash, accountLast4: accountNumber.slice(-4) };
        const name = confirmedName ?? holderName;
        await addRecipient(db, { id, userId: payer.userId, bankCode, holderName: name, ...account });
        const outcome = await verifyAccount(temporal, taskQueue, id);
        if (outcome.kind === 'rejected') throw notVerified(outcome.code);
        if (outcome.kind === 'differs') {
          const { bankHolderName } = await readAccount(db, id);
          throw new Problem('holder-name-differs', { extra: { bankHolderName } });
        }
        return { status: 201, body: { id, verified: true } };
      },
    }),
    payerOperation({
      method: 'get',
      path: '/v1/recipients',
      tag,
      summary: 'List verified recipients, newest first',
      query: pageQuery,
      answers: { 200: pageOfSchema(recipientSchema) },
      problems: [],
      async handle({ payer, query }) {
        const page = await listRecipients(db, payer.userId, toPageRequest(query));
        return { status: 200, body: toPageBody(page, toResource) };
      },
    }),
  ];
}

function notVerified(code: string): Problem {
  const detail = BANK_REFUSALS[code];
  return new Problem('recipient-not-verified', { ...(detail && { detail }), extra: { reason: code } });
}
