/** What a payer calls a card: kept encrypted, and opened for the payer alone. */
import { placeOf } from '../../db/encrypted-columns';
import type { Keys } from '../../infra/keys/keys';

/** The name of this card; null: it has none. Throws when the ciphertext was changed or belongs to another row. */
export async function openNickname(keys: Keys, cardId: string, encrypted: string | null): Promise<string | null> {
  return encrypted === null ? null : keys.decrypt(encrypted, placeOf('cardNickname', cardId));
}
