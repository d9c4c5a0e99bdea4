/** Grades with their terms as dated data. */
import type { Db } from '../connection';
import { shownOf, whole } from './admin-list';

interface Term {
  /** KST, `YYYY-MM-DD`. */
  readonly firstDay: string;
  readonly feeBps: number;
  readonly fromPrincipal: number;
}

interface Membership {
  readonly grade: string;
  readonly nameKo: string;
  readonly nameEn: string;
  /** The earliest first: those of the past, of today, and those to come. */
  readonly terms: readonly Term[];
}

/** Every grade, the cheapest to reach first. */
export async function memberships(db: Db): Promise<Membership[]> {
  const grades = await shownOf<Omit<Membership, 'terms'>>(db, db('memberships').whereNull('deleted_at'), {
    ...{ grade: 'grade', nameKo: 'name_ko', nameEn: 'name_en' },
  });
  const dated = db('grade_terms').whereNull('deleted_at').orderBy('first_day');
  const terms = await shownOf<Term & { grade: string }>(db, dated, {
    ...{ grade: 'grade', firstDay: 'first_day::text', feeBps: 'fee_bps', fromPrincipal: whole('from_principal') },
  });
  const last = (grade: string) => terms.findLast((term) => term.grade === grade)?.fromPrincipal ?? 0;
  return grades
    .toSorted((a, b) => last(a.grade) - last(b.grade))
    .map((one) => ({
      ...one,
      terms: terms.flatMap(({ grade, ...term }) => (grade === one.grade ? [term] : [])),
    }));
}
