/** Deals that wait for a person are told when what held them back has ended. */
import type { DealId } from '../../workflows/domain/ids';
import type { OperatorDeps } from './order';

/**
 * Has each deal look at the database at once. Answers whether all were told: while Temporal is away they look by
 * themselves, within the hour.
 */
export async function wake({ engine }: Pick<OperatorDeps, 'engine'>, dealIds: readonly DealId[]): Promise<boolean> {
  if (dealIds.length === 0) return true;
  try {
    const { knock } = await engine();
    for (const dealId of dealIds) await knock(dealId);
    return true;
  } catch {
    return false;
  }
}
