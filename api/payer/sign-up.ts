/**
 * Sign-up by SMS code. Before the code is proven nothing is looked up, so no answer tells whether a phone or an e-mail
 * is known; its owner is told.
 */
import { verify } from '@node-rs/argon2';
import { v4 as uuid } from 'uuid';
import { addConsents } from '../../db/consents';
import { placeOf } from '../../db/encrypted-columns';
import { enqueueNotice } from '../../db/notices';
import { addUser, findUser, takenOf, type User } from '../../db/users';
import type { Keys } from '../../infra/keys/keys';
import type { ApiDeps } from '../deps';
import { CLIENT_HEADER } from '../http/browser';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, openOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { text, z } from '../http/zod';
import { underLiveKeys } from '../look-up-hashes';
import { hashPassword, password } from '../passwords';
import { countStrangersCode, countTry, sendCode } from './account-codes';
import { acceptedAtSignUp, signUpConsents } from './account-consents';
import { createCodes } from './codes';
import { code, email, phone } from './identifiers';
import { openMember, sealIdentifier } from './member';
import { requireGoodPassword } from './password-rules';
import { answerWithSession, sessionSchema } from './session-body';
import type { Sessions } from './sessions';

const name = text(50);

interface SignUpParts {
  readonly sessions: Sessions;
  readonly limit: Limiter;
}

export function signUpOperations(deps: ApiDeps, parts: SignUpParts): Operation[] {
  return [requestCode(deps, parts), signUp(deps, parts)];
}

const tag = 'auth';

function requestCode(deps: ApiDeps, { limit }: SignUpParts): Operation {
  return openOperation({
    method: 'post',
    path: '/v1/auth/codes',
    tag,
    operationId: 'requestSignUpCode',
    summary: 'Send a sign-up code by SMS',
    limit: 'codesPerIp',
    body: z.strictObject({ phone }),
    answers: { 202: null },
    problems: ['too-many-requests'],
    async handle({ body, req }) {
      await countStrangersCode(limit, req, body.phone);
      await sendCode(deps, { purpose: 'sign-up', phone: body.phone });
      return { status: 202 };
    },
  });
}

const newMember = z.strictObject({ phone, code, name, email, password, consents: signUpConsents.optional() });
type NewMember = z.output<typeof newMember>;

function signUp(deps: ApiDeps, { sessions, limit }: SignUpParts): Operation {
  const { keys } = deps;
  const codes = createCodes(deps);
  return openOperation({
    method: 'post',
    path: '/v1/auth/signup',
    tag,
    operationId: 'signUp',
    summary: 'Become a payer',
    description:
      'Without `consents` the call itself agrees to the required texts that are in force (GET /v1/consents), and to ' +
      'no marketing. The same body again, while the code lives, is the same sign-up: it answers 201 with a session. ' +
      'A phone or an e-mail that is taken is told (`taken`) to whoever has proven the phone; the code stays valid.',
    limit: 'provesPerIp',
    body: newMember,
    answers: { 201: sessionSchema },
    problems: ['invalid-code', 'already-registered', 'too-many-requests'],
    headers: CLIENT_HEADER,
    async handle({ body, req, res }) {
      const consents = acceptedAtSignUp(req, body.consents, deps.clock());
      requireGoodPassword(req, 'password', body.password, body);
      await countTry(limit, req, body.phone);
      const proof = await codes.prove('sign-up', body.phone, body.code);
      const id = proof && memberId(keys, proof.issue, body);
      if (!id || (proof.usedFor !== '' && proof.usedFor !== id)) throw new Problem('invalid-code');
      const user = await join(deps, limit, { ...body, id, accepted: consents });
      await codes.markUsed('sign-up', body.phone, proof, id);
      const proven = { status: 201, passwordHash: user.passwordHash } as const;
      return answerWithSession(deps, sessions, { req, res }, await openMember(keys, user), proven);
    },
  });
}

/**
 * The id follows from the code that was sent and from the whole body, the password too: whoever sends them again is the
 * member that they made.
 */
function memberId(keys: Keys, issue: string, { phone, code, name, email, password }: NewMember): string {
  const random = Buffer.from(
    keys.hash(JSON.stringify([issue, phone, code, name, email, password]), 'sign-up'),
    'base64url',
  );
  return uuid({ random });
}

interface Joining extends NewMember {
  readonly id: string;
  readonly accepted: ReturnType<typeof acceptedAtSignUp>;
}

const TAKEN: Readonly<Record<'phone' | 'email', Words>> = {
  phone: {
    ko: '이미 가입된 휴대폰 번호입니다. 로그인하거나 비밀번호를 재설정해 주세요.',
    en: 'The phone belongs to a member already: log in, or set the password anew.',
  },
  email: {
    ko: '이미 가입된 이메일입니다. 다른 이메일을 적어 주세요.',
    en: 'The e-mail belongs to a member already: use another.',
  },
};

const sealMember = async (deps: ApiDeps, { id, phone, email, name }: Joining) => ({
  phone: await sealIdentifier(deps, 'phone', id, phone),
  email: await sealIdentifier(deps, 'email', id, email),
  nameEncrypted: await deps.keys.encrypt(name, placeOf('name', id)),
});

/** The new member, or the one that the same request made before. */
async function join(deps: ApiDeps, limit: Limiter, joining: Joining): Promise<User> {
  const { db, clock } = deps;
  const { id } = joining;
  const passwordHash = await hashPassword(joining.password);
  const { added, member } = await underLiveKeys(async () => {
    const member = { id, ...(await sealMember(deps, joining)), passwordHash };
    const added = await db.transaction(async (trx) => {
      const user = await addUser(trx, member, clock());
      if (user) await addConsents(trx, id, joining.accepted, clock());
      return user;
    });
    return { added, member };
  });
  if (added) return added;
  const before = await findUser(db, id);
  if (before && (await verify(before.passwordHash, joining.password))) return before;
  const holder = await takenOf(db, member);
  if (!holder || before) throw new Problem('invalid-code'); // left since, or changed the password
  const { taken } = holder;
  if (taken === 'email') {
    await limit('takenEmailsPerPhone', joining.phone);
    await enqueueNotice(db, { template: 'email-taken', userId: holder.ownerId });
  }
  throw new Problem('already-registered', { detail: TAKEN[taken], extra: { taken } });
}
