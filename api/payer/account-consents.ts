/** What members agree to: at sign-up, and later. */
import type { Request } from 'express';
import { addConsents, type Consent, consentsOf } from '../../db/consents';
import {
  CONSENT_KINDS,
  type ConsentKind,
  currentConsents,
  REQUIRED_CONSENTS,
  type RequiredConsent,
} from '../../workflows/domain/consents';
import type { ApiDeps } from '../deps';
import { type Operation, openOperation, payerOperation } from '../http/operation';
import type { Problem, Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { bothLanguages, z } from '../http/zod';

const version = z.string().min(1).max(20);
const marketing = z.boolean().optional();

/** The required ones by the version that the payer has read; `marketing`: its version is the one in force. */
export const signUpConsents = z
  .strictObject({ terms: version, privacy: version, thirdParty: version, marketing })
  .openapi({ description: 'The versions that the payer has read (GET /v1/consents).' });

const change = z.strictObject({
  terms: z.union([version, z.literal(false)]).optional(),
  privacy: z.union([version, z.literal(false)]).optional(),
  thirdParty: z.union([version, z.literal(false)]).optional(),
  marketing,
});

const isRequired = (kind: ConsentKind): kind is RequiredConsent => kind !== 'marketing';

const consentText = z
  .object({ kind: z.enum(CONSENT_KINDS), version: z.string(), required: z.boolean(), title: bothLanguages })
  .openapi('ConsentText');
const memberConsent = consentText
  .extend({
    given: z.boolean(),
    givenVersion: z.string().nullable().openapi({ description: 'The version that the last word was about.' }),
    changedAt: z.iso.datetime().nullable(),
  })
  .openapi('Consent');

/** What a sign-up agrees to. A version that is not in force is refused; none named: those in force, by signing up. */
export function acceptedAtSignUp(req: Request, given: z.output<typeof signUpConsents> | undefined, at: Date) {
  const current = currentConsents(at);
  const accepted = REQUIRED_CONSENTS.map((kind) => {
    if (given) requireCurrent(req, `consents.${kind}`, given[kind], current[kind].version);
    return { kind, version: current[kind].version, given: true, stated: given !== undefined };
  });
  if (!given?.marketing) return accepted;
  return [...accepted, { kind: 'marketing', version: current.marketing.version, given: true, stated: true } as const];
}

function requireCurrent(req: Request, path: string, version: string, current: string): void {
  if (version !== current) throw notCurrent(req, path, current);
}

const notCurrent = (req: Request, path: string, current: string): Problem =>
  refusedField(req, path, {
    ko: `지금 유효한 버전은 ${current}입니다. 다시 읽고 동의해 주세요.`,
    en: `The version in force is ${current}: read it, and agree to that one.`,
  });

const NOT_WITHDRAWN: Words = {
  ko: '필수 동의는 탈퇴할 때에만 철회됩니다.',
  en: 'A required consent ends only with the membership.',
};

export function consentOperations({ db, clock }: ApiDeps): Operation[] {
  const texts = () => Object.values(currentConsents(clock())).map(toText);
  const ofMember = async (userId: string) => {
    const words = await consentsOf(db, userId);
    return { items: texts().map((text) => ({ ...text, ...lastWord(words.find(({ kind }) => kind === text.kind)) })) };
  };
  return [
    openOperation({
      method: 'get',
      path: '/v1/consents',
      tag: 'account',
      operationId: 'listConsentTexts',
      summary: 'What a member agrees to: the versions in force',
      answers: { 200: z.object({ items: z.array(consentText) }) },
      problems: [],
      handle: async () => ({ status: 200, body: { items: texts() } }),
    }),
    payerOperation({
      method: 'get',
      path: '/v1/users/me/consents',
      tag: 'account',
      operationId: 'listConsents',
      summary: 'What this member has agreed to',
      answers: { 200: z.object({ items: z.array(memberConsent) }) },
      problems: [],
      handle: async ({ payer }) => ({ status: 200, body: await ofMember(payer.userId) }),
    }),
    payerOperation({
      method: 'put',
      path: '/v1/users/me/consents',
      tag: 'account',
      operationId: 'changeConsents',
      summary: 'Agree to new versions; give or withdraw marketing',
      description: 'What is left out stays. Required ones take a version in force; `false` is refused.',
      body: change,
      answers: { 200: z.object({ items: z.array(memberConsent) }) },
      problems: [],
      async handle({ payer, body, req }) {
        const at = clock();
        const current = currentConsents(at);
        const said = CONSENT_KINDS.flatMap((kind) => {
          const word = body[kind];
          if (word === undefined) return [];
          if (isRequired(kind) && word === false) throw refusedField(req, kind, NOT_WITHDRAWN);
          if (typeof word === 'string') requireCurrent(req, kind, word, current[kind].version);
          return [{ kind, version: current[kind].version, given: word !== false, stated: true }];
        });
        const before = await consentsOf(db, payer.userId);
        const changes = said.filter(({ kind, version, given }) => {
          const last = before.find((one) => one.kind === kind);
          return given ? !last?.given || last.version !== version : last?.given;
        });
        await db.transaction((trx) => addConsents(trx, payer.userId, changes, at));
        return { status: 200, body: await ofMember(payer.userId) };
      },
    }),
  ];
}

const toText = ({ kind, version, title }: ReturnType<typeof currentConsents>[ConsentKind]) => ({
  kind,
  version,
  required: isRequired(kind),
  title,
});

const lastWord = (word: Consent | undefined) => ({
  given: word?.given ?? false,
  givenVersion: word?.version ?? null,
  changedAt: word?.at.toISOString() ?? null,
});
