/** The payer's own page: who they are, their grade and the next one, and what they may still pay today. */
import { placeOf } from '../../db/encrypted-columns';
import { latestChange } from '../../db/grade-changes';
import { completedBy, gradesOn } from '../../db/grades';
import { chooseLanguage, renameUser } from '../../db/users';
import { type Grade, gradeOf, nextGrade } from '../../workflows/domain/grades';
import type { Won } from '../../workflows/domain/money';
import { LANGUAGES } from '../../workflows/domain/words/words';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { bothLanguages, text, z } from '../http/zod';
import { memberOf } from './account-access';
import { limitsSchema, limitsToday } from './limits-today';
import { openMember } from './member';

const grade = z.object({
  code: z.string().openapi({ example: 'SILVER' }),
  name: bothLanguages,
  feeBps: z.int().openapi({ description: 'The fee in basis points of the principal: 290 is 2.9 %.' }),
});
const language = z.enum(LANGUAGES);
const meSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    phone: z.string(),
    email: z.string(),
    language: language.openapi({ description: 'Of the notices that you get.' }),
    memberSince: z.iso.datetime(),
    identity: z.object({
      required: z.boolean().openapi({ description: 'Without a verified identity no deal is made or confirmed.' }),
      verifiedAt: z.iso.datetime().nullable(),
    }),
    grade: grade.extend({
      since: z.iso
        .date()
        .nullable()
        .openapi({ description: 'Its first day, of Korea; null: since they are a member.' }),
      fromPrincipal: z.int().openapi({ description: 'Completed principal of one month that it takes.' }),
      completedLastMonth: z.int().openapi({ description: 'Why it is theirs: completed in the month before this one.' }),
    }),
    nextGrade: grade
      .extend({
        fromPrincipal: z.int().openapi({ description: 'Completed principal of one month that it takes.' }),
        completedThisMonth: z.int(),
        missing: z.int().openapi({ description: 'What is still to be completed this month; 0: nothing.' }),
      })
      .nullable()
      .openapi({ description: 'Null at the top. Months are of Korea; grades change on the first of the next one.' }),
    limits: limitsSchema,
  })
  .openapi('Me');

const NOTHING_TO_CHANGE: Words = { ko: '바꿀 항목을 적어 주세요.', en: 'Say what is to change.' };
const changes = z
  .strictObject({ name: text(50).optional(), language: language.optional() })
  .refine((given) => Object.keys(given).length > 0, { params: { rule: 'required', words: NOTHING_TO_CHANGE } });

const tag = 'users';
const path = '/v1/users/me';

export function meOperations(deps: ApiDeps): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path,
      tag,
      operationId: 'getMe',
      summary: 'Yourself: grade, limits left today',
      answers: { 200: meSchema },
      problems: [],
      handle: async ({ payer }) => ({ status: 200, body: await readMe(deps, payer.userId) }),
    }),
    payerOperation({
      method: 'patch',
      path,
      tag,
      operationId: 'updateMe',
      summary: 'Change your name or language',
      description: 'Only what is sent changes.',
      body: changes,
      answers: { 200: meSchema },
      problems: ['name-verified'],
      async handle({ payer: { userId }, body: { name, language: wanted } }) {
        if (name !== undefined) await rename(deps, userId, name);
        if (wanted !== undefined) await chooseLanguage(deps.db, userId, wanted);
        return { status: 200, body: await readMe(deps, userId) };
      },
    }),
  ];
}

async function rename({ db, keys }: ApiDeps, userId: string, name: string): Promise<void> {
  if (await renameUser(db, userId, await keys.encrypt(name, placeOf('name', userId)))) return;
  const { nameEncrypted } = await memberOf({ db }, { userId });
  // The name that was verified, said again, changes nothing.
  if ((await keys.decrypt(nameEncrypted, placeOf('name', userId))) !== name) throw new Problem('name-verified');
}

async function readMe({ db, keys, clock, config }: ApiDeps, userId: string): Promise<z.output<typeof meSchema>> {
  const now = clock();
  const [user, grades, completed, today, change] = await Promise.all([
    memberOf({ db }, { userId }),
    gradesOn(db, now),
    completedBy(db, userId, now),
    limitsToday(db, userId, now),
    latestChange(db, userId),
  ]);
  const { id, name, phone, email } = await openMember(keys, user);
  const own = gradeOf(grades, user.grade);
  const next = nextGrade(grades, own);
  return {
    ...{ id, name, phone, email, language: user.language },
    memberSince: user.createdAt.toISOString(),
    identity: {
      required: config.identity === 'required',
      verifiedAt: user.identityVerifiedAt?.toISOString() ?? null,
    },
    grade: {
      ...termsOf(own),
      since: change ?? null,
      fromPrincipal: own.fromPrincipal,
      completedLastMonth: completed.lastMonth,
    },
    nextGrade: next && { ...termsOf(next), ...wayTo(next, completed.thisMonth) },
    limits: today.left,
  };
}

const termsOf = ({ code, name, feeBps }: Grade) => ({ code, name, feeBps });

const wayTo = ({ fromPrincipal }: Grade, completedThisMonth: Won) => ({
  fromPrincipal,
  completedThisMonth,
  missing: Math.max(0, fromPrincipal - completedThisMonth),
});
