/** Grades of payers (spec §3): which ones there are, their rates and thresholds are data, dated by the KST day. */
import type { Won } from './money';

/** A grade as it stands on one day. */
export interface Grade {
  readonly code: string;
  readonly name: { readonly ko: string; readonly en: string };
  /** The fee, in basis points of the principal. */
  readonly feeBps: number;
  /** The principal completed in the month before from which a payer has it. */
  readonly fromPrincipal: Won;
}

/** Throws when the grade has no terms on that day: a payer of it could be quoted nothing. */
export function gradeOf(grades: readonly Grade[], code: string): Grade {
  const grade = grades.find((one) => one.code === code);
  if (!grade) throw new Error(`grade ${code} has no terms on this day`);
  return grade;
}

/** The grade with the lowest threshold above that of the given one; null at the top. */
export function nextGrade(grades: readonly Grade[], { fromPrincipal }: Grade): Grade | null {
  const above = grades.filter((one) => one.fromPrincipal > fromPrincipal);
  return above.toSorted((a, b) => a.fromPrincipal - b.fromPrincipal)[0] ?? null;
}

/** Who completed from `from` and less than `until` in the month before has the grade; `until` null: without end. */
interface GradeBracket {
  readonly grade: Grade;
  readonly from: Won;
  readonly until: Won | null;
}

/**
 * The grades with the span of completed principal that each is for, lowest first: every amount lies in exactly one. Of
 * two that begin at one amount the cheaper one has it. Throws when nobody has a grade who completed nothing.
 */
export function gradeBrackets(grades: readonly Grade[]): GradeBracket[] {
  const rising = grades.toSorted((a, b) => a.fromPrincipal - b.fromPrincipal || b.feeBps - a.feeBps);
  if (rising[0]?.fromPrincipal !== 0)
    throw new Error('no grade begins at 0 won: who completed nothing would have none');
  const brackets = rising.map((grade, n) => {
    return { grade, from: grade.fromPrincipal, until: rising[n + 1]?.fromPrincipal ?? null };
  });
  return brackets.filter(({ from, until }) => until === null || from < until);
}
