/** The payer's favourites among recipients, in the payer's own order. */
import type { Db, Trx } from './connection';
import { lockUser } from './users';

/**
 * Makes the recipient a favourite. It stands at `position`, from 1; without one it keeps its place, or goes to the end.
 * False: no such recipient of the payer.
 */
export async function setFavorite(db: Db, userId: string, id: string, position?: number): Promise<boolean> {
  return db.transaction(async (trx) => {
    await lockUser(trx, userId); // one order at a time
    const mine = trx('bank_accounts')
      .where({ id, user_id: userId })
      .whereNotNull('verified_at')
      .whereNull('deleted_at');
    if (!(await mine.first('id'))) return false;
    const before: string[] = await trx('favorite_accounts')
      .where({ user_id: userId, deleted_at: null })
      .orderBy('position')
      .pluck('bank_account_id');
    if (position === undefined && before.includes(id)) return true;
    const others = before.filter((other) => other !== id);
    await arrange(trx, userId, others.toSpliced((position ?? others.length + 1) - 1, 0, id));
    return true;
  });
}

async function arrange(trx: Trx, userId: string, ids: readonly string[]): Promise<void> {
  await trx.raw(
    `insert into favorite_accounts (user_id, bank_account_id, position)
     select :userId::uuid, id, n from unnest(:ids::uuid[]) with ordinality as t (id, n)
     on conflict (user_id, bank_account_id) do update
       set position = excluded.position, deleted_at = null, version = favorite_accounts.version + 1`,
    { userId, ids: [...ids] },
  );
}

/** It is a favourite no longer; false when it was none of the payer's. */
export async function dropFavorite(db: Db, userId: string, id: string, at: Date): Promise<boolean> {
  return db.transaction(async (trx) => {
    await lockUser(trx, userId); // or an order that is under way would bring it back
    const mine = trx('favorite_accounts').where({ user_id: userId, bank_account_id: id, deleted_at: null });
    return (await mine.update({ position: null, deleted_at: at }).increment('version')) === 1;
  });
}
