/** A payer in the clear: what the row of a member holds as ciphertext, opened for the member alone. */
import { type EncryptedColumn, placeOf } from '../../db/encrypted-columns';
import type { Sealed, User } from '../../db/users';
import type { Keys } from '../../infra/keys/keys';
import type { ApiDeps } from '../deps';
import { lookUpHashes } from '../look-up-hashes';

export interface Member extends Pick<User, 'id' | 'grade'> {
  readonly phone: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
}

/** Throws when a ciphertext was changed or belongs to another row. */
export async function openMember(keys: Keys, user: User): Promise<Member> {
  const { id, grade } = user;
  const open = (column: EncryptedColumn, text: string) => keys.decrypt(text, placeOf(column, id));
  const [phone, email, name] = await Promise.all([
    open('phone', user.phoneEncrypted),
    open('email', user.emailEncrypted),
    open('name', user.nameEncrypted),
  ]);
  return { id, grade, phone, email, emailVerified: user.emailVerifiedAt !== null, name };
}

/** A phone or an e-mail as the row of this payer keeps it. */
export const sealIdentifier = async (
  deps: Pick<ApiDeps, 'db' | 'keys'>,
  column: 'phone' | 'email',
  userId: string,
  value: string,
): Promise<Sealed> => ({
  encrypted: await deps.keys.encrypt(value, placeOf(column, userId)),
  hashes: await lookUpHashes(deps, column, value),
});
