/** An edge of a deal's story as its payer may see it. */
import type { TimelineItem } from '../../db/views/payer-deals';
import { CAUSES, type Cause } from '../../workflows/domain/causes';
import { DEAL_STATES } from '../../workflows/domain/deal-state';
import { z } from '../http/zod';

export const timelineItemSchema = z.object({
  at: z.iso.datetime(),
  from: z.enum(DEAL_STATES).nullable(),
  to: z.enum(DEAL_STATES),
  actor: z.string(),
  cause: z.enum(Object.keys(CAUSES) as [Cause, ...Cause[]]),
});

/** Payers see that an operator acted and why, in our own words; not who, nor the operator's note. */
export function toTimelineItem({ at, from, to, actor, cause }: TimelineItem): z.output<typeof timelineItemSchema> {
  return { at: at.toISOString(), from, to, actor: actor.split(':')[0] ?? '', cause };
}
