/** Every morning: payers are told of cards that end this month or the next. */
import type { BatchActivities } from './ports';
import { scheduledAt } from './scheduled';
import { batches } from './steps';

/** Answers with counts. Safe to repeat: a payer is told once of a card and its last month. */
export function cardExpiryWorkflow(): ReturnType<BatchActivities['tellEndingCards']> {
  return batches.tellEndingCards({ scheduledAt: scheduledAt() });
}
