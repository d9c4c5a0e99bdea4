/**
 * A member's e-mail: proven by a code that is mailed to it. The address given at sign-up is unverified; another one
 * takes effect only when its code is right. Before that, answers are alike whether the address is another member's.
 */
import { v7 as uuid } from 'uuid';
import type { Trx } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { isSameHash } from '../../db/hash-keys';
import { enqueueNotice } from '../../db/notices';
import { lockUser, setVerifiedEmail, type User } from '../../db/users';
import type { ApiDeps } from '../deps';
import type { Limiter } from '../http/middleware/rate-limit';
import { type Operation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { z } from '../http/zod';
import { underLiveKeys } from '../look-up-hashes';
import { enteredPassword } from '../passwords';
import { memberOf, requirePassword } from './account-access';
import { sendCode } from './account-codes';
import { createCodes } from './codes';
import { code, email } from './identifiers';
import { sealIdentifier } from './member';
import { type WantedAddress, wantedAddress } from './wanted-address';

const tag = 'users';
const verifiedSchema = z.object({ email: z.string(), emailVerified: z.literal(true) }).openapi('VerifiedEmail');

export function emailOperations(deps: ApiDeps, limit: Limiter): Operation[] {
  const wanted = wantedAddress('email', deps);
  return [requestCode(deps, wanted, limit), verifyEmail(deps, wanted)];
}

/** Whose code it is: that of one member for one address. */
const subjectOf = (userId: string, address: string): string => `${userId} ${address}`;

function requestCode(deps: ApiDeps, wanted: WantedAddress, limit: Limiter): Operation {
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/email',
    tag,
    operationId: 'requestEmailCode',
    summary: 'Send a code to the e-mail to be verified: the present one, or another to change to',
    description:
      'The code is valid 3 minutes, once. Another address takes effect when it is verified, and not before. ' +
      'The answer does not tell whether the address is another member’s.',
    body: z.strictObject({ email, password: enteredPassword }),
    answers: { 202: null },
    problems: ['wrong-password', 'too-many-requests'],
    async handle({ payer, body }) {
      const { userId } = payer;
      await limit('emailCodesPerPayer', userId);
      await limit('emailCodesPerPayerAndDay', userId);
      const { language } = await requirePassword(deps, limit, payer, body.password);
      await limit('codesPerEmail', body.email);
      await limit('codesPerEmailAndDay', body.email);
      await wanted.keep(userId, body.email);
      const address = subjectOf(userId, body.email);
      await sendCode(deps, { purpose: 'email', email: body.email, address, language });
      return { status: 202 };
    },
  });
}

function verifyEmail({ db, keys, clock, ...deps }: ApiDeps, wanted: WantedAddress): Operation {
  const codes = createCodes({ keys, ...deps });

  /** For the address that is given up, in the clear nowhere: the member has another one from now on. */
  async function sealOldAddress(user: User) {
    const id = uuid();
    const old = await keys.decrypt(user.emailEncrypted, placeOf('email', user.id));
    const emailEncrypted = await keys.encrypt(old, placeOf('noticeEmail', id));
    return { id, emailEncrypted, language: user.language };
  }

  /** What the transaction needs keys for is made before it. `seen`: the member then. */
  async function prepared(seen: User, address: string) {
    return {
      ...{ seen, old: await sealOldAddress(seen) },
      sealed: await sealIdentifier({ db, keys }, 'email', seen.id, address),
    };
  }

  /** False: the address is another member's. */
  async function setEmail(trx: Trx, { seen, old, sealed }: Awaited<ReturnType<typeof prepared>>): Promise<boolean> {
    const user = await lockUser(trx, seen.id);
    if (!user) throw new Problem('unauthenticated');
    if (!(await setVerifiedEmail(trx, user.id, sealed, clock()))) return false;
    if (isSameHash(user.emailHashes, sealed.hashes)) return true;
    if (!isSameHash(user.emailHashes, seen.emailHashes)) throw new Problem('invalid-code'); // changed at this moment
    await enqueueNotice(trx, { template: 'email-changed', ...old });
    await enqueueNotice(trx, { template: 'log-in-changed', userId: user.id });
    return true;
  }

  return payerOperation({
    method: 'post',
    path: '/v1/users/me/email/verify',
    tag,
    operationId: 'verifyEmail',
    summary: 'Verify the e-mail by the code that was mailed to it',
    description:
      'A changed address takes effect now, and the one before gets a mail, the phone an SMS, that says so. ' +
      'Another member’s address is already-registered; the code stays valid.',
    body: z.strictObject({ code }),
    answers: { 200: verifiedSchema },
    problems: ['invalid-code', 'already-registered'],
    async handle({ payer: { userId }, body }) {
      const address = await wanted.read(userId);
      const subject = subjectOf(userId, address ?? '');
      if (address === undefined || !(await codes.prove('email', subject, body.code))) throw new Problem('invalid-code');
      const isSet = await underLiveKeys(async () => {
        const change = await prepared(await memberOf({ db }, { userId }), address);
        return db.transaction((trx) => setEmail(trx, change));
      });
      if (!isSet) throw new Problem('already-registered');
      await codes.redeem('email', subject, body.code);
      await wanted.drop(userId);
      return { status: 200, body: { email: address, emailVerified: true as const } };
    },
  });
}
