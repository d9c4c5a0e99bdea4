/** What operators watch: doubts, alarms and tasks, news of providers, notices, decisions of the risk rules. */
import type { DoubtEnd, DoubtKind, DoubtSource } from '../../workflows/domain/doubts';
import type { Channel, NoticeDelivery, NoticeEndReason, NoticeTemplate } from '../../workflows/domain/notices';
import type { TaskReason } from '../../workflows/domain/operator-tasks';
import type { Leg, Says } from '../../workflows/domain/provider-news';
import type { RuleAnswer } from '../../workflows/domain/risk-rules';
import type { RiskVerdict } from '../../workflows/domain/screening';
import { type Listing, type ListOrder, newestFirst, whole } from './admin-list';

/** Open ones stand by age, the oldest first; all of them newest first. */
const byAge = (table: string, open: boolean | undefined): ListOrder => ({
  by: [{ column: `${table}.id`, type: 'bigint' }],
  direction: open ? 'asc' : 'desc',
});
const dealNoOf = (table: string): string => `(select deal_no from deals where id = ${table}.deal_id)`;

interface OfDeal {
  readonly open?: boolean | undefined;
  readonly dealId?: string | undefined;
}

export interface AdminDoubt {
  readonly id: number;
  readonly dealId: string;
  readonly dealNo: string;
  readonly kind: DoubtKind;
  readonly attempt: number | null;
  readonly raisedBy: DoubtSource;
  readonly breakId: number | null;
  readonly detail: string | null;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly closedBy: DoubtEnd | null;
}

export const adminDoubts: Listing<OfDeal & { readonly kind?: DoubtKind | undefined }, AdminDoubt> = {
  find(db, { open, dealId, kind }) {
    const query = db('doubts as o');
    if (open) query.whereNull('o.closed_at');
    if (dealId !== undefined) query.where('o.deal_id', dealId);
    if (kind !== undefined) query.where('o.kind', kind);
    return query;
  },
  order: ({ open }) => byAge('o', open),
  since: 'o.opened_at',
  shown: {
    ...{ id: whole('o.id'), dealId: 'o.deal_id', dealNo: dealNoOf('o'), kind: 'o.kind', attempt: 'o.attempt' },
    ...{ raisedBy: 'o.raised_by', breakId: whole('o.break_id'), detail: 'o.detail' },
    ...{ openedAt: 'o.opened_at', closedAt: 'o.closed_at', closedBy: 'o.closed_by' },
  },
};

export interface AdminTask {
  readonly id: number;
  /** Null: of the whole system. */
  readonly dealId: string | null;
  readonly dealNo: string | null;
  readonly severity: 'alarm' | 'task';
  readonly reason: TaskReason;
  readonly detail: string | null;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

interface TaskFilter extends OfDeal {
  readonly severity?: 'alarm' | 'task' | undefined;
  readonly reason?: TaskReason | undefined;
}

export const adminTasks: Listing<TaskFilter, AdminTask> = {
  find(db, { open, dealId, severity, reason }) {
    const query = db('operator_tasks as t');
    if (open) query.whereNull('t.closed_at');
    if (dealId !== undefined) query.where('t.deal_id', dealId);
    if (severity !== undefined) query.where('t.severity', severity);
    if (reason !== undefined) query.where('t.reason', reason);
    return query;
  },
  order: ({ open }) => byAge('t', open),
  since: 't.opened_at',
  shown: {
    ...{ id: whole('t.id'), dealId: 't.deal_id', dealNo: dealNoOf('t'), severity: 't.severity', reason: 't.reason' },
    ...{ detail: 't.detail', openedAt: 't.opened_at', closedAt: 't.closed_at' },
  },
};

export const NOTICE_STANDINGS = ['waiting', 'failing', 'sent', 'undelivered', 'given-up'] as const;
export interface AdminNotice {
  readonly id: string;
  readonly memberId: string | null;
  readonly dealId: string | null;
  readonly template: NoticeTemplate;
  readonly channel: Channel;
  readonly standing: (typeof NOTICE_STANDINGS)[number];
  readonly attempts: number;
  /** When it is tried next; null: it is not. */
  readonly nextAttemptAt: Date | null;
  readonly sentAt: Date | null;
  readonly failedAt: Date | null;
  /** Why it ended without having left; null: it has not. */
  readonly endedReason: NoticeEndReason | null;
  /** What the carrier says of one that left; null: nothing, or nothing yet. */
  readonly delivery: NoticeDelivery | null;
  readonly createdAt: Date;
}

interface NoticeFilter {
  readonly standing?: AdminNotice['standing'] | undefined;
  readonly dealId?: string | undefined;
}

/** `failing`: tried, and not sent yet; these stand by age, the oldest first. */
export const adminNotices: Listing<NoticeFilter, AdminNotice> = {
  find(db, { standing, dealId }) {
    const query = db('notices as n');
    if (standing === 'sent') query.whereNotNull('n.sent_at').whereRaw(`n.delivery is distinct from 'undelivered'`);
    if (standing === 'undelivered') query.where('n.delivery', 'undelivered');
    if (standing === 'given-up') query.whereNotNull('n.failed_at');
    if (standing === 'waiting' || standing === 'failing') query.whereNull('n.sent_at').whereNull('n.failed_at');
    if (standing === 'waiting') query.where('n.attempts', 0);
    if (standing === 'failing') query.where('n.attempts', '>', 0);
    if (dealId !== undefined) query.where('n.deal_id', dealId);
    return query;
  },
  order: ({ standing }) => ({ ...newestFirst('n'), ...(standing === 'failing' && { direction: 'asc' }) }),
  since: 'n.created_at',
  shown: {
    ...{ id: 'n.id', memberId: 'n.user_id', dealId: 'n.deal_id', template: 'n.template', channel: 'n.channel' },
    standing: `case when n.delivery = 'undelivered' then 'undelivered' when n.sent_at is not null then 'sent'
      when n.failed_at is not null then 'given-up' when n.attempts > 0 then 'failing' else 'waiting' end`,
    ...{ attempts: 'n.attempts', sentAt: 'n.sent_at', failedAt: 'n.failed_at', createdAt: 'n.created_at' },
    ...{ endedReason: 'n.ended_reason', delivery: 'n.delivery' },
    nextAttemptAt: 'case when n.sent_at is null and n.failed_at is null then n.next_attempt_at end',
  },
};

/** A verified event of a provider; its body is evidence, and is shown by a reveal alone. */
export interface AdminEvent {
  readonly provider: string;
  readonly eventId: string;
  readonly type: string;
  readonly dealNo: string | null;
  readonly leg: Leg | null;
  readonly attempt: number | null;
  readonly says: Says | null;
  readonly amount: number | null;
  /** `open`: nobody has acted on it yet. */
  readonly verdict: 'open' | 'processed';
  readonly receivedAt: Date;
  readonly processedAt: Date | null;
  /** How often its deal was woken for it, and when it is again. */
  readonly wakes: number;
  readonly nextWakeAt: Date | null;
  /** Null: the body is still there. */
  readonly bodyEmptiedAt: Date | null;
}

interface EventFilter {
  readonly open?: boolean | undefined;
  readonly provider?: string | undefined;
  readonly eventId?: string | undefined;
  readonly dealNo?: string | undefined;
}

export const adminEvents: Listing<EventFilter, AdminEvent> = {
  find(db, { open, provider, eventId, dealNo }) {
    const query = db('pg_webhook_events as w');
    if (open) query.whereNull('w.processed_at');
    if (provider !== undefined) query.where('w.provider', provider);
    if (eventId !== undefined) query.where('w.event_id', eventId);
    if (dealNo !== undefined) query.where('w.deal_no', dealNo);
    return query;
  },
  order: ({ open }) => ({
    by: [
      { column: 'w.received_at', type: 'timestamptz' },
      { column: 'w.provider', type: 'text' },
      { column: 'w.event_id', type: 'text' },
    ],
    direction: open ? 'asc' : 'desc',
  }),
  since: 'w.received_at',
  shown: {
    ...{ provider: 'w.provider', eventId: 'w.event_id', type: 'w.type', dealNo: 'w.deal_no', leg: 'w.leg' },
    ...{ attempt: 'w.attempt', says: 'w.says', amount: whole('w.amount'), wakes: 'w.wakes' },
    verdict: `case when w.processed_at is null then 'open' else 'processed' end`,
    ...{ receivedAt: 'w.received_at', processedAt: 'w.processed_at', bodyEmptiedAt: 'w.body_emptied_at' },
    nextWakeAt: 'case when w.processed_at is null then w.next_wake_at end',
  },
};

export interface AdminDecision {
  readonly dealId: string;
  readonly dealNo: string;
  readonly attempt: number;
  readonly memberId: string;
  readonly cardId: string;
  readonly verdict: RiskVerdict;
  readonly rules: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  /** Null: of an earlier version. */
  readonly set: number | null;
  readonly answers: Readonly<Record<string, RuleAnswer>> | null;
  readonly day: string;
  readonly principal: number;
  readonly createdAt: Date;
}

interface DecisionFilter {
  readonly verdict?: RiskVerdict | undefined;
  readonly dealId?: string | undefined;
}

/** Newest first. */
export const adminDecisions: Listing<DecisionFilter, AdminDecision> = {
  find(db, { verdict, dealId }) {
    const query = db('risk_decisions as r');
    if (verdict !== undefined) query.where('r.verdict', verdict);
    if (dealId !== undefined) query.where('r.deal_id', dealId);
    return query;
  },
  order: () => ({
    by: [
      { column: 'r.created_at', type: 'timestamptz' },
      { column: 'r.deal_id', type: 'uuid' },
      { column: 'r.attempt', type: 'bigint' },
    ],
    direction: 'desc',
  }),
  since: 'r.created_at',
  shown: {
    ...{ dealId: 'r.deal_id', dealNo: dealNoOf('r'), attempt: 'r.attempt', memberId: 'r.user_id' },
    ...{ cardId: 'r.card_id', verdict: 'r.verdict', rules: 'r.rules', counters: 'r.counters' },
    ...{ set: 'r.set_number', answers: 'r.answers' },
    ...{ day: 'r.kst_day::text', principal: whole('r.principal'), createdAt: 'r.created_at' },
  },
};
