/**
 * The identity check of a member (본인확인), by row id: the name, the link and the CI of a person enter no workflow's
 * history, and the CI is kept nowhere but as a keyed hash.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Db } from '../db/connection';
import { placeOf } from '../db/encrypted-columns';
import {
  acceptPerson,
  failVerification,
  findVerification,
  type IdentityVerification,
  keepLink,
} from '../db/identities';
import { findUser, type User } from '../db/users';
import type { Keys } from '../infra/keys/keys';
import type { IdentityVerifier } from '../workflows/domain/providers';
import type { IdentityActivities, IdentityStanding } from '../workflows/verify-identity-ports';

interface IdentityDeps {
  readonly db: Db;
  readonly keys: Keys;
  readonly identity: IdentityVerifier | null;
  readonly clock: () => Date;
}

/** Both are safe to run again: the provider knows our id, and what is decided is answered from the row. */
export function identityActivities({ db, keys, identity, clock }: IdentityDeps): IdentityActivities {
  /** The check with its member. Fails for ever when either is gone. */
  async function checkOf(id: string): Promise<{ check: IdentityVerification; user: User }> {
    const check = await findVerification(db, id);
    const user = check && (await findUser(db, check.userId));
    if (!check || !user) throw ApplicationFailure.nonRetryable(`no identity check ${id} of a member`, 'NotFound');
    return { check, user };
  }

  function provider(): IdentityVerifier {
    if (identity) return identity;
    throw ApplicationFailure.nonRetryable('this worker has no identity provider: set IDENTITY', 'NotConfigured');
  }

  /** The phone that somebody proved is theirs at sign-up must be that of the person: accounts are not lent. */
  async function isOfAnotherPhone(user: User, proven: string | null): Promise<boolean> {
    if (proven === null) return false;
    return proven !== (await keys.decrypt(user.phoneEncrypted, placeOf('phone', user.id)));
  }

  return {
    async openIdentity(id) {
      const { check, user } = await checkOf(id);
      if (check.status !== 'PENDING' || check.urlEncrypted !== null) return;
      const phone = await keys.decrypt(user.phoneEncrypted, placeOf('phone', user.id));
      const { url } = await provider().open({ verificationId: id, phone });
      await keepLink(db, check, await keys.encrypt(url, placeOf('identityUrl', id)));
    },

    async readIdentity(id) {
      const { check, user } = await checkOf(id);
      if (check.status !== 'PENDING') return standingOf(check);
      const result = await provider().result(id);
      if (result.kind === 'pending') return { kind: 'pending' };
      if (result.kind === 'failed') await failVerification(db, id, result.code, clock());
      else if (await isOfAnotherPhone(user, result.phone)) await failVerification(db, id, 'phone-differs', clock());
      else {
        const nameEncrypted = await keys.encrypt(result.name, placeOf('name', user.id));
        await acceptPerson(db, id, { nameEncrypted, ciHash: keys.hash(result.ci, 'ci') }, clock());
      }
      return standingOf((await checkOf(id)).check);
    },
  };
}

function standingOf({ status, code }: IdentityVerification): IdentityStanding {
  if (status === 'FAILED') return { kind: 'failed', code: code ?? 'refused' };
  return { kind: status === 'VERIFIED' ? 'verified' : 'pending' };
}
