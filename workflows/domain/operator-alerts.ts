/** What operators are alerted of by webhook, in words: a reason and deals by number, with links, and nobody's data. */

import type { WaitReason } from './deal-state';
import { taskNamed } from './operator-tasks';
import { type Desk, OPERATOR_WAITS, runbookOf } from './operator-waits';

export const ALERTS = ['task-opened', 'alarm-raised', 'alarm-ended', 'request-waits'] as const;

/** What happened, and of which reason (of a request: its kind). Alerts of one kind may be one message. */
export interface AlertKind {
  readonly what: (typeof ALERTS)[number];
  readonly reason: string;
}
/** One of them. `about`: the number of the task or the request; the deal is null of the whole system. */
export interface OperatorAlert {
  readonly about: string;
  readonly dealId: string | null;
  readonly dealNo: string | null;
}

/** Deals or requests that one message names; it counts all. */
const NAMED_MAX = 10;

const HEADS: Readonly<Record<AlertKind['what'], readonly [one: string, many: string]>> = {
  'task-opened': ['Task', 'tasks'],
  'alarm-raised': ['Alarm', 'alarms'],
  'alarm-ended': ['Over: alarm', 'alarms are over'],
  'request-waits': ['A second person is needed: request', 'requests wait for a second person'],
};

/** The message for these alerts of one kind, oldest first: one or more. */
export function alertText({ what, reason }: AlertKind, alerts: readonly OperatorAlert[], desk: Desk): string {
  const [one, many] = HEADS[what];
  const head = alerts.length === 1 ? `${one} ${reason}` : `${alerts.length} ${many}: ${reason}`;
  const lines = alerts.slice(0, NAMED_MAX).flatMap((alert) => lineOf(what, alert, desk));
  const more = alerts.length - NAMED_MAX;
  return [
    `[PLIC] ${head}`,
    ...(what === 'request-waits' ? [] : [meaningOf(reason)]),
    ...new Set(lines),
    ...(more > 0 ? [`and ${more} more`] : []),
    `Runbook: ${what === 'request-waits' ? desk.runbook : placeOf(reason, desk)}`,
  ].join('\n');
}

function lineOf(what: AlertKind['what'], { about, dealId, dealNo }: OperatorAlert, { admin }: Desk): string[] {
  const deal = dealNo === null ? '' : `deal ${dealNo}: `;
  if (what === 'request-waits') return [`${deal}${admin}/v1/admin/requests/${about}`];
  return dealId === null ? [`${admin}/v1/admin/tasks`] : [`${deal}${admin}/v1/admin/deals/${dealId}`];
}

const isWait = (reason: string): reason is WaitReason => Object.hasOwn(OPERATOR_WAITS, reason);
const meaningOf = (reason: string): string =>
  (isWait(reason) ? OPERATOR_WAITS[reason].meaning : taskNamed(reason)?.meaning) ??
  'a reason that this version does not know';
const placeOf = (reason: string, { runbook }: Desk): string =>
  isWait(reason) ? runbookOf(runbook, reason) : `${runbook}#tasks-beside-the-waits`;
