/**
 * Deals of many days at rest with all that hangs on them, written by SQL past triggers and foreign keys: 10,000 deals
 * a day up to `until`. A short history is one day, a long one many: what waits for somebody is of the last day, and so
 * as much in both.
 */
import type { Db, Trx } from '../../db/connection';
import { MONEY, PEOPLE } from './admin-rows';
import { A_DAY, ofMember, type Rows, v7 } from './admin-sql';
import { BOOKS, WATCHED } from './admin-watched-rows';

const DEALS_OF_A_MEMBER = 20;

/** The states that each deal went through, by what came of it. */
const [PAID, SENT, FAILED] = ['PENDING,PAID', 'PENDING,PAID,TRANSFERRING', 'PENDING,PAID,TRANSFERRING,TRANSFER_FAILED'];
const COURSES: Readonly<Record<string, string>> = {
  ...{ completed: `${SENT},COMPLETED`, 'fee-refunded': `${SENT},COMPLETED`, expired: 'PENDING,CANCELLED' },
  ...{ failed: `${FAILED},REFUNDED`, returned: `${FAILED},REFUNDED` },
  ...{ 'charge-unknown': 'PENDING', 'card-needed': 'PENDING', 'risk-review': PAID, 'bank-closed': PAID },
  ...{ 'transfer-unknown': SENT, 'refund-unknown': FAILED, 'operator-needed': FAILED, 'retry-due': FAILED },
};
const COURSE = Object.entries(COURSES)
  .map(([fate, course]) => `when '${fate}' then '${course}'`)
  .join('\n    ');
const WAITS = ['risk-review', 'charge-unknown', 'transfer-unknown', 'refund-unknown', 'operator-needed', 'retry-due'];

/**
 * What came of each deal: of a hundred 96 are completed, one of them less a part of its fee, three were refunded, one
 * was never paid; of the last day's every fiftieth waits. Deal numbers are spelt in letters, so that none is a card's.
 */
const MADE = `
create temporary table made on commit drop as
select of.*, coalesce(waiting, ended) as fate, ${v7('deal', 'at')} as deal_id, ${v7('pay', 'at')} as payment_id,
  principal * 300 / 10000 as fee, principal + principal * 300 / 10000 as total,
  'PL' || to_char(at at time zone 'Asia/Seoul', 'YYMMDD')
    || upper(translate(lpad(to_hex(n), 10, '0'), '0123456789', 'ghjkmnpqrs')) as deal_no,
  ${ofMember('user', 'm')} as user_id, ${ofMember('card', 'm')} as card_id,
  ${ofMember('account', `m || '-' || n % 2`)} as account_id,
  string_to_array(case coalesce(waiting, ended)
    ${COURSE} end, ',') as path
from (
  select n, n % :members::int8 as m, 10000 + n * 7919 % 500 * 1000 as principal, :count::int8 - n < ${A_DAY} as live,
    :until::timestamptz - (:count::int8 - n) * interval '1 day' / ${A_DAY} as at,
    case when :count::int8 - n < ${A_DAY} and n % 50 = 0
      then ('{${[...WAITS, 'bank-closed', 'card-needed'].join(',')}}'::text[])[(1 + n / 50 % 8)::int] end as waiting,
    case n % 100 when 7 then 'fee-refunded' when 11 then 'failed' when 13 then 'failed' when 17 then 'returned'
      when 23 then 'expired' else 'completed' end as ended
  from generate_series(1, :count::int8) n) of;
analyze made`;

/**
 * One entry of the audit for each deal, each sealed with the hash of the one before: as the trigger of the table does,
 * without its lock.
 */
const AUDIT = `
do $do$
declare e admin_audit_logs; last bytea := ''; one record;
begin
  for one in select * from made order by n loop
    e.seq := one.n; e.at := one.at; e.actor := 'operator:kim' || one.n % 20; e.role := 'support'; e.via := 'api';
    e.action := case when one.n % 1000 = 0 then 'reveal' when one.n % 10 = 0 then 'release' else 'search' end;
    e.address := '10.0.0.1'; e.subject_kind := 'deal'; e.subject := one.deal_no; e.reason := 'the payer has called';
    e.after := jsonb_build_object('status', 'COMPLETED');
    e.outcome := case when one.n % 1000 = 1 then 'refused' else 'done' end;
    e.request_id := md5('audited' || one.n)::uuid::text;
    e.prev_hash := last; e.hash := audit_hash(e); last := e.hash;
    insert into admin_audit_logs select e.*;
  end loop;
  update admin_audit_head set seq = e.seq, hash = e.hash;
end $do$`;

/** The indexes that no constraint stands on: made after the rows, they cost a tenth. */
const INDEXES = `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
  from pg_index i join pg_class t on t.oid = i.indrelid
  where t.relnamespace = 'public'::regnamespace
    and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)`;

async function fill(
  trx: Trx,
  { table, from = 'made', where = 'true', columns }: Rows,
  bindings: object,
): Promise<void> {
  const [names, values] = [Object.keys(columns).join(', '), Object.values(columns).join(', ')];
  await trx.raw(`insert into ${table} (${names}) select ${values} from ${from} where ${where}`, bindings as never);
}

/** Writes the history into a migrated, empty database, and has its statistics taken. `db`: its owner's, patient. */
export async function insertHistory(db: Db, count: number, until: Date, say: (what: string) => void): Promise<void> {
  const bindings = { count, until, members: Math.ceil(count / DEALS_OF_A_MEMBER) };
  await db.transaction(async (trx) => {
    await trx.raw(`set local session_replication_role = replica; set local maintenance_work_mem = '512MB'`);
    await trx.raw(`set local work_mem = '256MB'`);
    const { rows: indexes } = await trx.raw<{ rows: { name: string; definition: string }[] }>(INDEXES);
    for (const { name } of indexes) await trx.raw(`drop index ${name}`);
    for (const statement of MADE.split(/;\n/)) await trx.raw(statement, bindings);
    for (const rows of [...PEOPLE, ...MONEY, ...BOOKS, ...WATCHED]) {
      say(`  ${rows.table}`);
      await fill(trx, rows, bindings);
    }
    say('  the audit');
    await trx.raw(AUDIT);
    say('  indexes');
    for (const { definition } of indexes) await trx.raw(definition.replaceAll('?', '\\?'));
  });
  say('  vacuum');
  await db.raw('vacuum analyze'); // as autovacuum would have
}
