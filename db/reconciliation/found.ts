/**
 * What one matching works on: the transactions to look at, and the breaks it finds, in tables of its own transaction.
 */
import { CARRY_OVER_MS, SETTLEMENT_COMPLETE_MS } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';

/** What is matched, and how patient. Instants are by our own clock. */
export interface Matching {
  readonly runId: number;
  /** The KST day, `YYYY-MM-DD`. */
  readonly day: string;
  readonly now: Date;
  /** False: only what was open or carried before, without the day's own rows. */
  readonly whole: boolean;
  /** Default `CARRY_OVER_MS`. */
  readonly carryOverMs?: number;
}

export type Bindings = Readonly<Record<string, string | number | boolean | Date>>;

/** The named values that the statements share. */
export function bindingsOf({ runId, day, now, whole, carryOverMs = CARRY_OVER_MS }: Matching): Bindings {
  const from = new Date(`${day}T00:00:00+09:00`);
  const until = new Date(from.getTime() + 86_400_000); // no daylight saving in Korea
  const seconds = (ms: number) => `${ms / 1_000} seconds`;
  return {
    ...{ runId, day, now, whole, from, until },
    ...{ carry: seconds(carryOverMs), settled: seconds(SETTLEMENT_COMPLETE_MS) },
  };
}

/** The KST day of an instant, in SQL. */
export const kstDay = (instant: string): string => `((${instant}) at time zone 'Asia/Seoul')::date`;

/**
 * In SQL: this row of provider_lists was read when its day's list was
 * complete, so what it lacks was not done; before, that says nothing.
 */
export const readComplete = (list: string): string =>
  `(${list}.read_at >= (${list}.day + 1)::timestamp at time zone 'Asia/Seoul'
    + case ${list}.source when 'softpayment' then :settled::interval else :carry::interval end)`;

const FOUND = `
create temporary table found_breaks (
  class text not null, key text not null, source text not null, subject text not null, business_day date not null,
  deal_id uuid, attempt int, amount int8 not null, ours jsonb, theirs jsonb,
  file_day date, settle_date date, unsettled int8 not null default 0,
  -- Of a row that may only have come too early: when it happened, and what must be before it is judged.
  moment timestamptz, waits_for text check (waits_for in ('grace', 'rereading', 'neighbours', 'lists')),
  carried boolean not null default false,
  primary key (class, key)) on commit drop`;

/** What earlier runs left open, and what was corrected: it is looked at again whatever day it is of. */
const KNOWN = `
create temporary table known on commit drop as
  select source, subject from reconciliation_breaks where resolved_at is null or accepted
  union select b.source, b.subject from ledger_journals j join reconciliation_breaks b on b.id = j.break_id
    where j.break_id is not null
  union select source, subject from reconciliation_carried`;

/** Makes the tables of this matching; they are gone at the end of its transaction. */
export async function openMatching(trx: Trx): Promise<void> {
  await trx.raw(FOUND);
  await trx.raw(KNOWN);
  await trx.raw('analyze known');
}

const unread = (day: string, proof = 'true'): string =>
  `not exists (select 1 from provider_lists p
    where p.source = list and p.day = ${day} and p.read_at >= f.moment + :carry::interval and ${proof})`;
const lacking = (day: string): string => unread(day, readComplete('p'));
const before = kstDay('f.moment - :carry::interval');
const after = kstDay('f.moment + :carry::interval');
const UNREAD_NEIGHBOURS = `(${before} = f.business_day - 1 and ${lacking(before)}
    and exists (select 1 from provider_lists p where p.source = list and p.day < f.business_day))
  or (${after} = f.business_day + 1 and ${lacking(after)})`;

/**
 * Sets aside what cannot be judged yet. `grace`: what the provider did a moment ago may be
 * on its way to us. `rereading`: the line may be older than what we know. `neighbours`: a
 * line near midnight may have its other side on the next, or the last, day. `lists`: our
 * row may come into a list that was read before it was complete, or before the row.
 */
export async function carryOver(trx: Trx, bindings: Bindings): Promise<void> {
  await trx.raw(
    `update found_breaks f set carried = case waits_for
        when 'grace' then :now < f.moment + :carry::interval
        when 'rereading' then ${unread('f.business_day')}
        when 'neighbours' then :now < f.moment + :carry::interval or ${UNREAD_NEIGHBOURS}
        else ${lacking('f.business_day')} or ${UNREAD_NEIGHBOURS} end
      from (values ('charge', 'softpayment'), ('refund', 'softpayment'), ('transfer', 'bank'),
        ('cash', 'statement')) as s(source, list)
      where s.source = f.source and f.moment is not null`,
    bindings,
  );
}
