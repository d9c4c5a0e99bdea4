/** The one place that asks whether a payer must have proven who they are before money moves for them. */
import { isIdentified } from '../../db/identities';
import type { ApiDeps } from '../deps';
import { Problem } from '../http/problem';

/**
 * Throws `identity-required` where it is asked for and missing. It is 403: a stored answer of an Idempotency-Key it is
 * not, so that the same request goes on once the payer has done it.
 */
export async function requireIdentity({ db, config }: Pick<ApiDeps, 'db' | 'config'>, userId: string): Promise<void> {
  if (config.identity === 'required' && !(await isIdentified(db, userId))) throw new Problem('identity-required');
}
