/** What a run of schemathesis says of each operation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNANSWERED } from './acting-supplies';

/** How often each status was answered, by operation. */
type Answers = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface Found {
  readonly title: string;
  readonly operations: readonly string[];
}

interface Report {
  readonly complete: boolean;
  readonly operations: { readonly tested: number };
  readonly failures: readonly Found[];
  readonly errors: readonly { readonly title: string; readonly count: number }[];
}

export interface Verdict {
  /** One line an operation: what it answered, and what is amiss. */
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
}

const isGood = (status: string): boolean => status.startsWith('2');

function readReport(dir: string): Report {
  const name = readdirSync(dir).find((file) => file.startsWith('json-'));
  if (!name) throw new Error('schemathesis left no report');
  return JSON.parse(readFileSync(join(dir, name), 'utf8')) as Report;
}

/** How often, the good ones first: `200 ×12, 404 ×3`. */
const inWords = (statuses: Readonly<Record<string, number>>): string =>
  Object.entries(statuses)
    .map(([status, count]) => `${status} ×${count}`)
    .join(', ');

/**
 * Judges each of the operations: it fails by what was found in it, and when nothing reached it, unless it is said why
 * nothing can.
 */
export function judge(
  operations: readonly string[],
  answers: Answers,
  report: Report,
  unanswered: Readonly<Record<string, string>> = {},
): Verdict {
  const judged = operations.map((operation) => {
    const statuses = answers[operation] ?? {};
    const amiss = report.failures.filter(({ operations: of }) => of.includes(operation)).map(({ title }) => title);
    if (!Object.keys(statuses).some(isGood) && !(operation in unanswered)) amiss.push('it never answered 2xx');
    return { operation, amiss, line: `${operation.padEnd(46)} ${inWords(statuses)}` };
  });
  const others = [
    ...report.errors.map(({ title, count }) => `${title} (${count})`),
    ...report.failures.filter(({ operations: of }) => of.length === 0).map(({ title }) => title),
    ...(report.complete && report.operations.tested === operations.length ? [] : ['not every operation was tested']),
  ];
  const bad = judged.filter(({ amiss }) => amiss.length > 0);
  const totals = new Map<string, number>();
  for (const statuses of operations.map((operation) => answers[operation] ?? {}))
    for (const [status, count] of Object.entries(statuses)) totals.set(status, (totals.get(status) ?? 0) + count);
  const all = [...totals.values()].reduce((sum, count) => sum + count, 0);
  return {
    lines: [
      ...judged.map(({ line, amiss }) => (amiss.length > 0 ? `${line}  AMISS: ${amiss.join('; ')}` : line)),
      ...others.map((what) => `AMISS: ${what}`),
      `${all} requests: ${inWords(Object.fromEntries(totals))}`,
    ],
    passed: judged.length - bad.length,
    failed: bad.length + others.length,
  };
}

/** The same of a run that left its report and its counts in this folder. */
export function verdictOf(dir: string, operations: readonly string[]): Verdict {
  const answers = JSON.parse(readFileSync(join(dir, 'answers.json'), 'utf8')) as Answers;
  return judge(operations, answers, readReport(dir), UNANSWERED);
}
