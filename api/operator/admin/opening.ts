/** Ciphertext of people, opened to be masked at once. */
import { type EncryptedColumn, placeOf } from '../../../db/encrypted-columns';
import type { ApiDeps } from '../../deps';
import { maskedEmail, maskedName, maskedPhone } from './masks';

type Opening = Pick<ApiDeps, 'keys'>;

const open = async (
  { keys }: Opening,
  secret: EncryptedColumn,
  row: string,
  encrypted: string | null,
): Promise<string | null> => (encrypted === null ? null : keys.decrypt(encrypted, placeOf(secret, row)));

/** The member's name, masked; null: its term is over. */
export const maskedMemberName = async (deps: Opening, memberId: string, encrypted: string | null) =>
  maskedName(await open(deps, 'name', memberId, encrypted));

/** The holder's name of a recipient's account, masked; null: its term is over. */
export const maskedHolder = async (deps: Opening, recipientId: string, encrypted: string | null) =>
  maskedName(await open(deps, 'holderName', recipientId, encrypted));

interface Sealed {
  readonly id: string;
  readonly nameEncrypted: string | null;
  readonly phoneEncrypted: string | null;
  readonly emailEncrypted: string | null;
}

/** Who a member is, masked. */
export async function maskedMember(deps: Opening, { id, nameEncrypted, phoneEncrypted, emailEncrypted }: Sealed) {
  const [name, phone, email] = await Promise.all([
    maskedMemberName(deps, id, nameEncrypted),
    open(deps, 'phone', id, phoneEncrypted),
    open(deps, 'email', id, emailEncrypted),
  ]);
  return { name, phone: maskedPhone(phone), email: maskedEmail(email) };
}
