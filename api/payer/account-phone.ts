/**
 * Another phone for a member: by the password, a code to the old phone and one to the new. Who has lost the old phone
 * turns to an operator.
 */
import { v7 as uuid } from 'uuid';
import { placeOf } from '../../db/encrypted-columns';
import { enqueueNotice } from '../../db/notices';
import { changePhone } from '../../db/users';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { z } from '../http/zod';
import { underLiveKeys } from '../look-up-hashes';
import { enteredPassword } from '../passwords';
import { type AccountParts, memberOf, requirePassword } from './account-access';
import { countCodes, sendCode } from './account-codes';
import { createCodes } from './codes';
import { code, phone } from './identifiers';
import { openMember, sealIdentifier } from './member';
import { wantedAddress } from './wanted-address';

export function phoneOperations(deps: ApiDeps, parts: AccountParts): Operation[] {
  return [request(deps, parts), confirm(deps)];
}

const SAME: Words = { ko: '지금 쓰는 번호입니다.', en: 'It is the phone that you have.' };

/** The codes of one change prove nothing of another. */
const addressOf = (userId: string, from: string, to: string): string => [userId, from, to].join('\0');

function request(deps: ApiDeps, { limit }: AccountParts): Operation {
  const wantedPhone = wantedAddress('phone', deps);
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/phone',
    tag: 'account',
    operationId: 'requestPhoneChange',
    summary: 'Ask for another phone: a code to the old one and one to the new',
    description: 'The answer is the same whether the new phone is a member’s already. Nothing changes yet.',
    body: z.strictObject({ phone, password: enteredPassword }),
    answers: { 202: null },
    problems: ['wrong-password'],
    async handle({ payer, body, req }) {
      const user = await requirePassword(deps, limit, payer, body.password);
      const { phone: old } = await openMember(deps.keys, user);
      if (body.phone === old) throw refusedField(req, 'phone', SAME);
      await countCodes(limit, old, body.phone);
      await wantedPhone.keep(user.id, body.phone);
      const address = addressOf(user.id, old, body.phone);
      const { language } = user;
      await sendCode(deps, { purpose: 'old-phone', phone: old, address, language });
      await sendCode(deps, { purpose: 'new-phone', phone: body.phone, address, language });
      return { status: 202 };
    },
  });
}

function confirm(deps: ApiDeps): Operation {
  const { db, keys } = deps;
  const wantedPhone = wantedAddress('phone', deps);
  const codes = createCodes(deps);
  return payerOperation({
    method: 'post',
    path: '/v1/users/me/phone/confirm',
    tag: 'account',
    operationId: 'changePhone',
    summary: 'Change the phone, by both codes',
    description:
      'Sessions stay. The old phone is told by SMS. A new phone that is a member’s already is told only now.',
    body: z.strictObject({ oldCode: code, newCode: code }),
    answers: { 200: z.object({ phone: z.string() }) },
    problems: ['invalid-code', 'already-registered'],
    async handle({ payer, body }) {
      const user = await memberOf(deps, payer);
      const { phone: old } = await openMember(keys, user);
      const wanted = await wantedPhone.read(user.id);
      if (wanted === undefined) throw new Problem('invalid-code');
      const address = addressOf(user.id, old, wanted);
      const proofs = [
        await codes.prove('old-phone', address, body.oldCode),
        await codes.prove('new-phone', address, body.newCode),
      ];
      if (proofs.includes(undefined)) throw new Problem('invalid-code');
      const noticeId = uuid();
      const phoneEncrypted = await keys.encrypt(old, placeOf('noticePhone', noticeId));
      const outcome = await underLiveKeys(async () => {
        const sealed = await sealIdentifier(deps, 'phone', user.id, wanted);
        return changePhone(db, user, sealed, (trx) =>
          enqueueNotice(trx, { template: 'phone-changed', id: noticeId, phoneEncrypted, language: user.language }),
        );
      });
      if (outcome === 'stale') throw new Problem('invalid-code'); // changed by the same codes, at the same moment
      if (outcome === 'taken') throw new Problem('already-registered', { extra: { taken: 'phone' } });
      // The address holds the phone that the member no longer has: what is left of the codes proves nothing.
      await wantedPhone.drop(user.id);
      return { status: 200, body: { phone: wanted } };
    },
  });
}
