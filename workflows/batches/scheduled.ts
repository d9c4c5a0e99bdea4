/** When a run was meant to be: the period it works on comes from that, however late it begins. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

const SCHEDULED_AT = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** The scheduled time of this run, ISO 8601; begun by hand: when it began. */
export function scheduledAt(): string {
  const { typedSearchAttributes, startTime } = workflowInfo();
  return (typedSearchAttributes.get(SCHEDULED_AT) ?? startTime).toISOString();
}
