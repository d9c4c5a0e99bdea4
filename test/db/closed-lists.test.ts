/** The words of the code are those of the migrated database: a migration is literal SQL and learns none by itself. */
import type { AuditEntry } from '../../db/admin-audit';
import type { SessionVia } from '../../db/admin-sessions';
import type { AdminUser } from '../../db/admin-users';
import type { BatchRun } from '../../db/batch-runs';
import type { Chargeback } from '../../db/chargebacks';
import { PUSH_KINDS } from '../../db/push-subscriptions';
import type { BreakToEnd } from '../../db/reconciliation/accepting';
import type { Refund } from '../../db/refunds';
import { HOLD_CODES } from '../../db/retention/legal-holds';
import type { endRulings } from '../../db/rulings';
import type { StopLeg, StopSource } from '../../db/stop-switches';
import type { KeyPurpose } from '../../infra/keys/master-key';
import { CAUSES } from '../../workflows/domain/causes';
import { CONSENT_KINDS } from '../../workflows/domain/consents';
import { DEAL_ACTIONS, type Ruling, type WaitRecord } from '../../workflows/domain/deal-actions';
import { DEAL_CATEGORIES } from '../../workflows/domain/deal-category';
import {
  DEAL_EDGES,
  DEAL_STATES,
  PAYMENT_STATES,
  TRANSFER_STATES,
  type TransferState,
  WAIT_REASONS,
} from '../../workflows/domain/deal-state';
import { DOUBT_ENDS, DOUBT_SOURCES } from '../../workflows/domain/doubts';
import { EVIDENCE_TYPES } from '../../workflows/domain/evidence';
import { ACCOUNTS, JOURNAL_KINDS } from '../../workflows/domain/ledger';
import { CHANNELS, NOTICE_DELIVERIES, NOTICE_END_REASONS } from '../../workflows/domain/notices';
import { ALERTS } from '../../workflows/domain/operator-alerts';
import { REQUEST_KINDS, REQUEST_STANDINGS } from '../../workflows/domain/operator-requests';
import { OPERATOR_ROLES } from '../../workflows/domain/operator-roles';
import type { Leg, Says } from '../../workflows/domain/provider-news';
import type { StatementLine } from '../../workflows/domain/reconciliation';
import { RISK_LIST_KINDS, RISK_LISTS } from '../../workflows/domain/risk-lists';
import type { RiskVerdict } from '../../workflows/domain/screening';
import { LANGUAGES } from '../../workflows/domain/words/words';
import { insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

/** Every word of a type, or this file does not compile. */
const wordsOf = <T extends string>(words: Readonly<Record<T, true>>): string[] => Object.keys(words);

const LEGS = wordsOf<Leg>({ charge: true, transfer: true, refund: true });

/** Every column that takes only certain words, with those that the code has for it. */
const CLOSED_LISTS: Readonly<Record<string, readonly string[]>> = {
  'admin_audit_logs.outcome': wordsOf<AuditEntry['outcome']>({ asked: true, done: true, refused: true, failed: true }),
  'admin_sessions.via': wordsOf<SessionVia>({ api: true, command: true, 'break-glass': true }),
  'admin_users.role': OPERATOR_ROLES,
  'admin_users.status': wordsOf<AdminUser['status']>({ INVITED: true, ACTIVE: true, DISABLED: true }),
  'batch_runs.status': wordsOf<BatchRun['status']>({ running: true, done: true, failed: true }),
  'chargebacks.status': wordsOf<Chargeback['status']>({ OPEN: true, WON: true, LOST: true }),
  'consents.kind': CONSENT_KINDS,
  'data_keys.purpose': wordsOf<KeyPurpose>({ field: true, payload: true, hash: true }),
  'deal_events.cause': [...Object.keys(CAUSES), ...DEAL_ACTIONS],
  'deals.category': DEAL_CATEGORIES,
  'deals.status': DEAL_STATES,
  'deals.waiting_reason': WAIT_REASONS,
  'doubts.raised_by': DOUBT_SOURCES,
  'doubts.closed_by': Object.keys(DOUBT_ENDS),
  'evidence_files.media_type': EVIDENCE_TYPES,
  'identity_verifications.status': ['PENDING', 'VERIFIED', 'FAILED'],
  'ledger_entries.account': ACCOUNTS,
  'ledger_journals.kind': JOURNAL_KINDS,
  'legal_holds.code': HOLD_CODES,
  'notices.channel': CHANNELS,
  'notices.delivery': NOTICE_DELIVERIES,
  'notices.ended_reason': NOTICE_END_REASONS,
  'notices.language': LANGUAGES,
  'operator_alerts.what': ALERTS,
  'push_subscriptions.kind': PUSH_KINDS,
  'operator_tasks.severity': wordsOf<NonNullable<WaitRecord['raise']>>({ alarm: true, task: true }),
  'operator_requests.kind': REQUEST_KINDS,
  'operator_requests.standing': REQUEST_STANDINGS,
  'payments.status': PAYMENT_STATES,
  'pg_webhook_events.leg': LEGS,
  'pg_webhook_events.says': wordsOf<Says>({ done: true, failed: true, returned: true }),
  // Written by db/reconciliation/lines.
  'provider_lists.source': ['softpayment', 'bank', 'statement'],
  'reconciliation_breaks.source': wordsOf<BreakToEnd['source']>({
    charge: true,
    refund: true,
    transfer: true,
    ledger: true,
    cash: true,
  }),
  // Written by the SQL of db/reconciliation/runs.
  'reconciliation_runs.status': ['running', 'done', 'failed'],
  'refunds.status': wordsOf<Refund['status']>({ PENDING: true, DONE: true, REJECTED: true }),
  'statement_lines.kind': wordsOf<StatementLine['kind']>({
    transfer: true,
    return: true,
    settlement: true,
    'owner-funds': true,
  }),
  'sends.leg': LEGS,
  'rulings.leg': LEGS,
  'rulings.verdict': wordsOf<Ruling['verdict']>({ done: true, failed: true }),
  'rulings.standing': [
    'pending',
    ...wordsOf<Parameters<typeof endRulings>[2]>({ 'carried-out': true, overtaken: true, refused: true }),
  ],
  'risk_list_entries.kind': RISK_LIST_KINDS,
  'risk_list_entries.list': RISK_LISTS,
  'risk_decisions.verdict': wordsOf<RiskVerdict>({
    ...{ PASS: true, HOLD: true, ALERT: true, BLOCK: true, UNAVAILABLE: true },
  }),
  // Written by db/stop-switches.
  'stop_switch_events.action': ['stop', 'lift'],
  'stop_switches.leg': wordsOf<StopLeg>({ charge: true, transfer: true }),
  'stop_switches.source': wordsOf<StopSource>({ operator: true, float: true }),
  // A job whose money came back has failed.
  'transfer_jobs.status': TRANSFER_STATES.filter((state: TransferState) => state !== 'RETURNED'),
  'transfers.status': TRANSFER_STATES,
  'users.language': LANGUAGES,
};

/** Checks of one column against a list, as PostgreSQL prints them: `CHECK ((status = ANY (ARRAY['OPEN'::text, …])))`. */
const LIST_CHECK = /^CHECK \(\((\w+) = ANY \(ARRAY\[(.+)\]\)\)\)$/;

let database: TestDatabase;
/** Column → the words that the migrated database takes there. */
let taken: ReadonlyMap<string, readonly string[]>;
beforeAll(async () => {
  database = await testDatabase();
  const { rows } = await database.db.raw<{ rows: { table: string; check: string }[] }>(
    `select conrelid::regclass::text as "table", pg_get_constraintdef(oid) as "check" from pg_constraint
     where contype = 'c' and connamespace = 'public'::regnamespace`,
  );
  taken = new Map(
    rows.flatMap(({ table, check }) => {
      const [, column, list = ''] = check.match(LIST_CHECK) ?? [];
      const words = [...list.matchAll(/'([^']*)'::text/g)].map(([, word = '']) => word);
      return column ? [[`${table}.${column}`, words] as const] : [];
    }),
  );
});
afterAll(() => database.drop());

const without = (words: readonly string[], others: readonly string[]) => words.filter((word) => !others.includes(word));

test.each(Object.entries(CLOSED_LISTS))('%s takes the words that the code has for it, no other', (column, words) => {
  const inDatabase = taken.get(column) ?? [];
  const differences = {
    'missing in the database: write a migration': without(words, inDatabase),
    'missing in the code': without(inDatabase, words),
  };
  expect(Object.entries(differences).filter(([, missing]) => missing.length > 0)).toEqual([]);
});

test('a refund begins for a cause that the code has', () => {
  expect(taken.has('refunds.cause')).toBe(true);
  expect(without(taken.get('refunds.cause') ?? [], Object.keys(CAUSES))).toEqual([]);
});

test('a payer can choose each channel that the code has, no other, and not none', async () => {
  const { userId } = await insertPerson(database.db);
  const choose = (channels: readonly string[]) =>
    database.db('users').where({ id: userId }).update({ deal_news_channels: channels });
  for (const channel of CHANNELS) expect(await choose([channel])).toBe(1);
  expect(await choose(CHANNELS)).toBe(1);
  for (const wrong of [[], ['pigeon'], [...CHANNELS, 'pigeon']])
    await expect(choose(wrong)).rejects.toThrow('users_deal_news_channels');
});

test('the database has no list of words that is compared with nothing', () => {
  expect(without([...taken.keys()], [...Object.keys(CLOSED_LISTS), 'refunds.cause'])).toEqual([]);
});

test('the edges that the database lets a deal move along are those of the code', async () => {
  const rows = await database.db('deal_edges').select('from_state', 'to_state');
  const edges = rows.map((row) => `${row.from_state} -> ${row.to_state}`);
  expect(edges.sort()).toEqual(DEAL_EDGES.map(([from, to]) => `${from} -> ${to}`).sort());
});
