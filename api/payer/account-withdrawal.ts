/** Leaving: the member's own end of the membership. */
import { removeDevices } from '../../db/devices';
import { placeOf } from '../../db/encrypted-columns';
import { enqueueNotice } from '../../db/notices';
import { endMembership } from '../../db/withdrawal';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { Problem } from '../http/problem';
import { z } from '../http/zod';
import { enteredPassword } from '../passwords';
import { type AccountParts, changeAndEndSessions, requirePassword } from './account-access';

/** In the place of a card's billing key: no PG has given it. */
const NO_KEY = 'removed';

export function withdrawalOperations(deps: ApiDeps, { sessions, limit }: AccountParts): Operation[] {
  const { keys, clock } = deps;
  return [
    payerOperation({
      method: 'post',
      path: '/v1/users/me/withdrawal',
      tag: 'account',
      operationId: 'endMembership',
      summary: 'Leave: end the membership',
      description:
        'Refused while a deal, a refund or a dispute is open; a quote that was not confirmed is no obstacle, and is ' +
        'never charged afterwards. Sessions, devices, cards and recipients end; phone and e-mail are free again.',
      body: z.strictObject({ password: enteredPassword }),
      answers: { 204: null },
      problems: ['wrong-password', 'deals-open'],
      async handle({ payer, body }) {
        const user = await requirePassword(deps, limit, payer, body.password);
        const encrypt = await keys.encryption();
        const wipe = (cardId: string) => encrypt(NO_KEY, placeOf('billingKey', cardId));
        await changeAndEndSessions({ ...deps, sessions }, { userId: user.id }, async (trx) => {
          const ended = await endMembership(trx, user, { wipe }, clock());
          if (ended.kind === 'gone') throw new Problem('wrong-password'); // it was changed meanwhile
          if (ended.kind === 'deals-open') throw new Problem('deals-open', { extra: { dealIds: ended.dealIds } });
          await removeDevices(trx, user.id, clock());
          await enqueueNotice(trx, { template: 'membership-ended', userId: user.id });
        });
        return { status: 204 };
      },
    }),
  ];
}
