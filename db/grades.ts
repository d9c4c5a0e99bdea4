/** Grades with their dated terms, and what payers have completed, by which they rise. */
import { kstDayOf, kstMonthStart } from '../workflows/domain/bank-calendar';
import type { Grade } from '../workflows/domain/grades';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Db } from './connection';

interface Row {
  grade: string;
  name_ko: string;
  name_en: string;
  fee_bps: number;
  from_principal: string;
}

/** Every grade that has terms on the KST day of the instant. */
export async function gradesOn(db: Db, at: Date): Promise<Grade[]> {
  const rows = await db('grade_terms')
    .join('memberships', 'memberships.grade', 'grade_terms.grade')
    .where('first_day', '<=', kstDayOf(at))
    .whereNull('grade_terms.deleted_at')
    .whereNull('memberships.deleted_at')
    .distinctOn('grade_terms.grade')
    .orderBy([{ column: 'grade_terms.grade' }, { column: 'first_day', order: 'desc' }])
    .select<Row[]>('grade_terms.grade', 'name_ko', 'name_en', 'fee_bps', 'from_principal');
  return rows.map((row) => ({
    code: row.grade,
    name: { ko: row.name_ko, en: row.name_en },
    feeBps: row.fee_bps,
    fromPrincipal: parseWon(row.from_principal),
  }));
}

/** Once a month is kept it is what was kept: the grade was judged by that. */
const SUMS = `coalesce(sum(principal) filter (where completed_at >= :thisMonth), 0) as this_month,
  coalesce((select principal from user_monthly_stats where user_id = :userId and month = :month),
    sum(principal) filter (where completed_at < :thisMonth), 0) as last_month`;

/**
 * The principal of the payer's deals that were completed in the KST month of the instant, and in the one before it. A
 * deal whose money came back is not among them, if it did before its month was kept; one that was then paid again
 * counts in the month of that.
 */
export async function completedBy(
  db: Db,
  userId: string,
  at: Date,
): Promise<{ readonly thisMonth: Won; readonly lastMonth: Won }> {
  const thisMonth = kstMonthStart(at);
  const month = kstDayOf(kstMonthStart(at, 1));
  const row = await db('deals')
    .where({ user_id: userId, status: 'COMPLETED' })
    .where('completed_at', '>=', kstMonthStart(at, 1))
    .where('completed_at', '<', kstMonthStart(at, -1))
    .first<{ this_month: string; last_month: string }>(db.raw(SUMS, { thisMonth, userId, month }));
  return { thisMonth: parseWon(row.this_month), lastMonth: parseWon(row.last_month) };
}
