/**
 * The batches of the first of a month, a page of members at a time: PostgreSQL does the work, ids and counts alone come
 * here. A member whose rows refuse it is found by halving the page, and keeps no other from being done.
 */
import type { Db, Trx } from '../../db/connection';
import { beginPeriod, judgeGrades } from '../../db/grade-changes';
import { keepMonth, type MemberSpan, membersAfter, settlesInMs, sumsOf } from '../../db/monthly-stats';
import type { Log } from '../../infra/log';
import type { MemberPage, MonthlyActivities, PageRequest } from '../../workflows/batches/ports';

interface MonthlyDeps {
  readonly db: Db;
  readonly heartbeat: () => void;
  readonly log: Log;
  /** Members of one page; a statement works on so many. */
  readonly pageSize?: number;
}

const MEMBERS_A_PAGE = 5_000;

/** PostgreSQL's codes of what is the matter with rows: values, constraints, guards, locks, a statement too long. */
const OF_ROWS = /^(22|23|40|P0|PL)|^(55P03|57014)$/;
const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/** `keepMonth` and `judgeGrades` over PostgreSQL. */
export function monthlyActivities(deps: MonthlyDeps): MonthlyActivities {
  const { db } = deps;
  return {
    settlesInMs: ({ scheduledAt }) => settlesInMs(db, new Date(scheduledAt)),
    keepMonth: (request) =>
      pageOf(deps, request, async (span, at) => {
        await db.transaction((trx) => keepMonth(trx, span, at));
        return { ...(await sumsOf(db, span, at)) };
      }),
    async judgeGrades(request) {
      if (!(await beginPeriod(db, new Date(request.scheduledAt))))
        return { next: null, members: 0, counts: { overtaken: 1 }, failed: [] };
      return pageOf(deps, request, (span, at) => db.transaction((trx) => judgeSpan(trx, span, at)));
    },
  };
}

async function judgeSpan(trx: Trx, span: MemberSpan, at: Date): Promise<{ changed: number }> {
  await keepMonth(trx, span, at);
  return { changed: await judgeGrades(trx, span, at) };
}

type Counts = Readonly<Record<string, number>>;
type Work = (span: MemberSpan, at: Date) => Promise<Counts>;

async function pageOf(deps: MonthlyDeps, { scheduledAt, after }: PageRequest, work: Work): Promise<MemberPage> {
  const { db, pageSize = MEMBERS_A_PAGE } = deps;
  const members = await membersAfter(db, after, pageSize);
  const found = { counts: {} as Record<string, number>, failed: [] as string[] };
  await inParts(deps, members, (span) => work(span, new Date(scheduledAt)), found);
  const next = members.length === pageSize ? (members.at(-1) ?? null) : null;
  return { next, members: members.length, ...found };
}

/** Works on all at once; if rows refuse that, on either half by itself, down to the members whose rows they are. */
async function inParts(
  deps: MonthlyDeps,
  members: readonly string[],
  work: (span: MemberSpan) => Promise<Counts>,
  found: { readonly counts: Record<string, number>; readonly failed: string[] },
): Promise<void> {
  const [first, last] = [members[0], members.at(-1)];
  if (first === undefined || last === undefined) return;
  deps.heartbeat();
  try {
    for (const [name, n] of Object.entries(await work({ first, last })))
      found.counts[name] = (found.counts[name] ?? 0) + n;
  } catch (error) {
    if (!OF_ROWS.test(codeOf(error))) throw error;
    if (first === last) {
      found.failed.push(first);
      deps.log.error({ userId: first, code: codeOf(error) }, 'a member could not be done by a monthly batch');
      return;
    }
    const half = members.length >> 1;
    await inParts(deps, members.slice(0, half), work, found);
    await inParts(deps, members.slice(half), work, found);
  }
}
