/** When the payer of a card is told that it is being declined: what will not pass by itself, or what does not pass. */
import { CHARGE_REFUSALS } from './charge-refusals';

/** What the PG says of a card that no later try will change; its codes as its client writes them. */
const LASTING: ReadonlySet<string> = new Set([
  ...['stolen-card', 'lost-card', 'expired-card', 'closed-card', 'suspended-card', 'invalid-card'],
  'invalid-billing-key',
]);

/** A payer who has been declined so often in a row is told, whatever the reasons. */
export const DECLINES_IN_A_ROW = 3;

/** Ends of attempts that say nothing of the card: of our own, and of what no settlement file has. */
export const NOT_OF_THE_CARD: readonly string[] = [...Object.values(CHARGE_REFUSALS), 'not-settled', 'ruled-failed'];

/**
 * Whether they are told now. `latest`: how the last attempts of the card ended that the PG decided, newest first: by
 * which code it was declined, or null, charged.
 */
export function isDeclining(latest: readonly (string | null)[]): boolean {
  const [last] = latest;
  if (last == null) return false;
  const row = latest.slice(0, DECLINES_IN_A_ROW);
  return LASTING.has(last) || (row.length === DECLINES_IN_A_ROW && !row.includes(null));
}
