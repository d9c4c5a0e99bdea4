/**
 * The phone or e-mail that a member wants, until its code is entered: in Redis, encrypted, as long as the code lives.
 * An address that is never proven leaves nothing behind.
 */
import { CODE_LIFE_S } from '../../workflows/domain/notices';
import type { ApiDeps } from '../deps';

export interface WantedAddress {
  keep(userId: string, address: string): Promise<void>;
  /** Undefined when there is none, or its code has run out. */
  read(userId: string): Promise<string | undefined>;
  drop(userId: string): Promise<void>;
}

export function wantedAddress(
  kind: 'phone' | 'email',
  { redis, keys }: Pick<ApiDeps, 'redis' | 'keys'>,
): WantedAddress {
  const keyOf = (userId: string) => `auth:wanted-${kind}:${userId}`;
  const placeFor = (userId: string) => ({ table: 'users', row: userId, column: `wanted_${kind}` });
  return {
    async keep(userId, address) {
      await redis.set(keyOf(userId), await keys.encrypt(address, placeFor(userId)), 'EX', CODE_LIFE_S);
    },
    async read(userId) {
      const kept = await redis.get(keyOf(userId));
      return kept === null ? undefined : keys.decrypt(kept, placeFor(userId));
    },
    async drop(userId) {
      await redis.del(keyOf(userId));
    },
  };
}
