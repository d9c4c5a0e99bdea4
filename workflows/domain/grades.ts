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
