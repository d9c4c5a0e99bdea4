/** Members as operators see them: masked. */
import { type AdminMember, type AdminRecipient, adminMembers, findAdminMember } from '../../../db/views/admin-members';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { id, z } from '../../http/zod';
import { instant, listOperation, won } from './list-route';
import { maskedAccount } from './masks';
import { maskedHolder, maskedMember } from './opening';

const MASKED = 'Masked; POST /v1/admin/reveals shows one field with a reason. Null: its term is over.';
const masked = (example: string) => z.string().nullable().openapi({ description: MASKED, example });

const memberSchema = z
  .object({
    id: z.uuid(),
    name: masked('박*제'),
    phone: masked('010-****-5678'),
    email: masked('p***@example.com'),
    grade: z.string(),
    createdAt: instant,
    leftAt: instant.nullable().openapi({ description: 'When they left; null: they are a member.' }),
    identityVerifiedAt: instant.nullable(),
    emailVerifiedAt: instant.nullable(),
    emailUnreachableAt: instant.nullable().openapi({ description: 'Since when mails come back, or are unwanted.' }),
  })
  .openapi('AdminMember');

const removable = { id: z.uuid(), createdAt: instant, removedAt: instant.nullable() };
const cardSchema = z.object({ ...removable, number: z.string(), issuer: z.string(), isDefault: z.boolean() });
const recipientSchema = z.object({
  ...removable,
  bankCode: z.string(),
  account: z.string().openapi({ example: '***-****-1234' }),
  holderName: masked('이*취'),
  verifyCode: z.string().nullable().openapi({ description: 'What the bank answered in the place of a confirmation.' }),
  verifiedAt: instant.nullable(),
});
const memberWholeSchema = memberSchema
  .extend({
    cards: z.array(cardSchema),
    recipients: z.array(recipientSchema),
    devices: z.array(z.object({ ...removable, recognisedAt: instant.nullable() })),
    holds: z.array(z.object({ code: z.string(), heldAt: instant, until: z.iso.date().nullable() })),
    deals: z.object({ count: z.int(), completedPrincipal: won }),
  })
  .openapi('AdminMemberWhole');

type Deps = Pick<ApiDeps, 'db' | 'keys'>;

async function toItem(deps: Deps, member: AdminMember) {
  const { nameEncrypted, phoneEncrypted, emailEncrypted, ...shown } = member;
  return { ...shown, ...(await maskedMember(deps, { ...member })) };
}

async function toRecipient(deps: Deps, { accountLast4, holderNameEncrypted, ...shown }: AdminRecipient) {
  const holderName = await maskedHolder(deps, shown.id, holderNameEncrypted);
  return { ...shown, account: maskedAccount(accountLast4), holderName };
}

export function adminMemberOperations(deps: Deps): Operation[] {
  return [
    listOperation(deps, {
      path: 'members',
      operationId: 'listMembers',
      summary: 'Members, newest first',
      right: 'deals.read',
      listing: adminMembers,
      filters: { standing: z.enum(['living', 'left']).optional(), grade: z.string().max(40).optional() },
      filterOf: ({ standing, grade }) => ({ standing, grade }),
      item: memberSchema,
      toItem: (member) => toItem(deps, member),
    }),
    operatorOperation({
      method: 'get',
      path: '/v1/admin/members/{memberId}',
      tag: 'admin',
      operationId: 'getMember',
      summary: 'One member with cards, recipients, devices and legal holds; masked',
      right: 'deals.read',
      params: z.object({ memberId: id }),
      answers: { 200: memberWholeSchema },
      problems: ['not-found'],
      async handle({ params }) {
        const member = await findAdminMember(deps.db, params.memberId);
        if (!member) throw new Problem('not-found');
        const recipients = await Promise.all(member.recipients.map((one) => toRecipient(deps, one)));
        const body = { ...(await toItem(deps, member)), recipients };
        return { status: 200, body };
      },
    }),
  ];
}
