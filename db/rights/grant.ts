/** Gives the roles their rights, and takes from them what is not theirs. */
import type { Db } from '../connection';
import { wrongRights } from './differences';

/** A right on a whole table takes those on its columns with it when it goes: the second round gives them back. */
const ROUNDS_MAX = 3;

/**
 * Brings the rights to what tables.ts says; does nothing where they are so already. Throws what to have executed when
 * the user is not the owner of the database, its schema and its tables.
 */
export async function grantRights(db: Db): Promise<void> {
  for (let round = 1; ; round++) {
    const wrong = await wrongRights(db);
    if (wrong.length === 0) return;
    if (round > ROUNDS_MAX)
      throw new Error(
        "the rights of roles are not this user's to set: have the owner execute " +
          `"${wrong.map(({ statement }) => statement).join('; ')}"`,
      );
    await db.raw(wrong.map(({ statement }) => statement).join(';\n'));
  }
}
