/** Doubts, alarms and tasks, notices, the inbox of webhooks, decisions of the risk rules. */
import {
  adminDecisions,
  adminDoubts,
  adminEvents,
  adminNotices,
  adminTasks,
  NOTICE_STANDINGS,
} from '../../../db/views/admin-watch';
import { DOUBT_ENDS, DOUBT_SOURCES, DOUBTS, type DoubtEnd, type DoubtKind } from '../../../workflows/domain/doubts';
import {
  CHANNELS,
  NOTICE_DELIVERIES,
  NOTICE_END_REASONS,
  NOTICES,
  type NoticeTemplate,
} from '../../../workflows/domain/notices';
import { TASK_REASONS } from '../../../workflows/domain/operator-tasks';
import type { ApiDeps } from '../../deps';
import type { Operation } from '../../http/operation';
import { id, z } from '../../http/zod';
import { flag, instant, isOn, listOperation, won } from './list-route';

const kind = z.enum(Object.keys(DOUBTS) as DoubtKind[]);
const ofDeal = { dealId: z.uuid(), dealNo: z.string() };
export const doubtSchema = z
  .object({
    ...{ id: z.int(), ...ofDeal, kind, attempt: z.int().nullable(), raisedBy: z.enum(DOUBT_SOURCES) },
    ...{ breakId: z.int().nullable(), detail: z.string().nullable(), openedAt: instant },
    ...{ closedAt: instant.nullable(), closedBy: z.enum(Object.keys(DOUBT_ENDS) as DoubtEnd[]).nullable() },
  })
  .openapi('AdminDoubt');

const severity = z.enum(['alarm', 'task']);
export const taskSchema = z
  .object({
    ...{ id: z.int(), dealId: z.uuid().nullable(), dealNo: z.string().nullable(), severity },
    ...{ reason: z.enum(TASK_REASONS), detail: z.string().nullable(), openedAt: instant },
    closedAt: instant.nullable(),
  })
  .openapi('AdminTask');

const standing = z.enum(NOTICE_STANDINGS);
export const noticeSchema = z
  .object({
    ...{ id: z.uuid(), memberId: z.uuid().nullable(), dealId: z.uuid().nullable() },
    ...{ template: z.enum(Object.keys(NOTICES) as NoticeTemplate[]), channel: z.enum(CHANNELS), standing },
    ...{ attempts: z.int(), nextAttemptAt: instant.nullable(), sentAt: instant.nullable() },
    ...{ failedAt: instant.nullable(), createdAt: instant },
    endedReason: z.enum(NOTICE_END_REASONS).nullable().openapi({ description: 'Why it ended without having left.' }),
    delivery: z.enum(NOTICE_DELIVERIES).nullable().openapi({ description: 'What the carrier says of one that left.' }),
  })
  .openapi('AdminNotice');

export const eventSchema = z
  .object({
    ...{ provider: z.string(), eventId: z.string(), type: z.string(), dealNo: z.string().nullable() },
    leg: z.enum(['charge', 'transfer', 'refund']).nullable(),
    ...{ attempt: z.int().nullable(), says: z.enum(['done', 'failed', 'returned']).nullable() },
    amount: won.nullable(),
    verdict: z.enum(['open', 'processed']).openapi({ description: '`open`: nobody has acted on it yet.' }),
    ...{ receivedAt: instant, processedAt: instant.nullable(), wakes: z.int(), nextWakeAt: instant.nullable() },
    bodyEmptiedAt: instant.nullable().openapi({ description: 'Null: a reveal shows the body.' }),
  })
  .openapi('AdminWebhookEvent');

const verdict = z.enum(['PASS', 'HOLD', 'ALERT', 'BLOCK', 'UNAVAILABLE']);
export const decisionSchema = z
  .object({
    ...{ ...ofDeal, attempt: z.int(), memberId: z.uuid(), cardId: z.uuid(), verdict, rules: z.array(z.string()) },
    ...{ set: z.int().nullable(), answers: z.record(z.string(), z.enum(['yes', 'no', 'unknown'])).nullable() },
    ...{ counters: z.record(z.string(), z.number()), day: z.iso.date(), principal: won, createdAt: instant },
  })
  .openapi('AdminRiskDecision');

const OLDEST_FIRST = 'With `open=true` the open ones, the oldest first; else all, newest first.';

export function adminWatchOperations(deps: Pick<ApiDeps, 'db'>): Operation[] {
  return [
    listOperation(deps, {
      ...{ path: 'doubts', operationId: 'listDoubts', summary: 'What witnesses say against our rows' },
      ...{ description: OLDEST_FIRST, right: 'deals.read', listing: adminDoubts, item: doubtSchema },
      filters: { open: flag, kind: kind.optional(), dealId: id.optional() },
      filterOf: ({ open, ...given }) => ({ ...given, open: isOn(open) }),
    }),
    listOperation(deps, {
      ...{ path: 'tasks', operationId: 'listTasks', summary: 'Alarms and tasks (docs/operations.md)' },
      ...{ description: OLDEST_FIRST, right: 'deals.read', listing: adminTasks, item: taskSchema },
      filters: {
        ...{ open: flag, severity: severity.optional(), reason: z.enum(TASK_REASONS).optional() },
        dealId: id.optional(),
      },
      filterOf: ({ open, ...given }) => ({ ...given, open: isOn(open) }),
    }),
    listOperation(deps, {
      ...{ path: 'notices', operationId: 'listNotices', summary: 'What is told to people, and whether it left' },
      description: 'Never what it says nor where it goes. `failing`: tried and not sent yet, the oldest first.',
      ...{ right: 'deals.read', listing: adminNotices, item: noticeSchema },
      filters: { standing: standing.optional(), dealId: id.optional() },
      filterOf: (given) => given,
    }),
    listOperation(deps, {
      ...{ path: 'webhook-events', operationId: 'listWebhookEvents', summary: 'The inbox of webhooks' },
      ...{ description: OLDEST_FIRST, right: 'deals.read', listing: adminEvents, item: eventSchema },
      filters: {
        ...{ open: flag, provider: z.string().max(40).optional(), eventId: z.string().min(1).max(300).optional() },
        dealNo: z.string().max(40).optional(),
      },
      filterOf: ({ open, ...given }) => ({ ...given, open: isOn(open) }),
    }),
    listOperation(deps, {
      ...{ path: 'risk-decisions', operationId: 'listRiskDecisions', summary: 'What the risk rules said, and why' },
      ...{ right: 'risk.read', listing: adminDecisions, item: decisionSchema },
      filters: { verdict: verdict.optional(), dealId: id.optional() },
      filterOf: (given) => given,
    }),
  ];
}
