/** A recipient on the wire; its names are opened for the payer alone. */
import { placeOf } from '../../db/encrypted-columns';
import type { Recipient } from '../../db/recipients';
import type { Keys } from '../../infra/keys/keys';
import { BANKS } from '../../workflows/domain/banks';
import { z } from '../http/zod';

export const recipientSchema = z
  .object({
    id: z.uuid(),
    bankCode: z.string(),
    bankName: z.string(),
    accountLast4: z.string(),
    holderName: z.string(),
    nickname: z.string().nullable().openapi({ description: 'What the payer calls it.' }),
    favorite: z.boolean(),
    verified: z.literal(true),
    createdAt: z.iso.datetime(),
  })
  .openapi('Recipient');

type RecipientResource = z.output<typeof recipientSchema>;

/** Throws when a ciphertext was changed or belongs to another row. */
export async function toRecipientResource(keys: Keys, recipient: Recipient): Promise<RecipientResource> {
  const { id, bankCode, accountLast4, holderNameEncrypted, nicknameEncrypted, favorite, createdAt } = recipient;
  const [holderName, nickname] = await Promise.all([
    keys.decrypt(holderNameEncrypted, placeOf('holderName', id)),
    nicknameEncrypted === null ? null : keys.decrypt(nicknameEncrypted, placeOf('nickname', id)),
  ]);
  return {
    ...{ id, bankCode, bankName: BANKS[bankCode]?.name.ko ?? '', accountLast4, holderName, nickname, favorite },
    verified: true,
    createdAt: createdAt.toISOString(),
  };
}
