/** A law of money as one query (docs/reliability.md lists them all). */
import type { Db, Trx } from '../connection';

/** What the queries may know of time; all of them are bound by name. */
interface CheckTimes {
  /** By our own clock. */
  readonly now: Date;
  /** A confirmed deal that stands still for longer, and says no reason, is stuck; s. */
  readonly stuckAfterS: number;
}

/** One row that breaks a law. Facts hold no personal data: they are printed, logged and kept. */
export interface Break {
  /** Null: the break is of the whole system. */
  readonly dealId: string | null;
  readonly dealNo: string | null;
  readonly fact: string;
}

export interface Invariant {
  /** `I1` to `I16`. */
  readonly id: string;
  /** Its own name, kebab-case. */
  readonly name: string;
  /** The law, in one sentence. */
  readonly law: string;
  /** The table whose rows are looked at. */
  readonly over: string;
  /** Selects "dealId", "dealNo" and "fact" of each row that breaks the law. */
  readonly breaks: string;
  /** Which of these rows do break it, told by their "text": where a query alone cannot say. */
  readonly judge?: (text: string) => boolean;
  /** Further bindings of the query; the times are always bound. */
  readonly bindings?: Readonly<Record<string, string | number>>;
}

/** What became of one law. */
export interface Finding {
  readonly id: string;
  readonly name: string;
  readonly law: string;
  /** Rows looked at, of what. */
  readonly seen: number;
  readonly over: string;
  /** All of them; `breaks` holds the first. */
  readonly total: number;
  readonly breaks: readonly Break[];
  readonly ms: number;
}

/** A law that could not be looked at; `reason` names the cause. */
export interface Unchecked {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * For the pool that checks run on: a law is one statement over whole
 * tables, ms. Deals have a pool, and a patience, of their own.
 */
export const CHECK_STATEMENT_MS = 60_000;

/** A law with a thousand breaks needs no list of them. */
const BREAKS_MAX = 1_000;

/**
 * Runs `work` on one snapshot of the database: read-only, so it takes no
 * locks that anyone waits for. The pool it comes from limits each statement.
 */
export async function onSnapshot<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction(
    async (trx) => {
      // Each law is one pass over whole tables, by one process of the server: the others are for deals.
      await trx.raw(`set local work_mem = '64MB'; set local jit = off; set local max_parallel_workers_per_gather = 0`);
      return work(trx);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** The rows of a query that selects breaks, the first thousand of them, and how many there are. */
export async function selectBreaks(
  trx: Trx,
  sql: string,
  bindings: Readonly<Record<string, unknown>>,
): Promise<{ readonly total: number; readonly breaks: Break[] }> {
  const { rows } = await trx.raw<{ rows: (Break & { total: string })[] }>(
    `select "dealId", "dealNo", fact, count(*) over () as total from (${sql}) as broken
     order by "dealNo", fact limit ${BREAKS_MAX}`,
    bindings,
  );
  return {
    total: Number(rows[0]?.total ?? 0),
    breaks: rows.map(({ dealId, dealNo, fact }) => ({ dealId, dealNo, fact })),
  };
}

/** The same of a law whose rows are judged by their text. */
async function judgeTexts(
  trx: Trx,
  sql: string,
  judge: (text: string) => boolean,
): Promise<{ readonly total: number; readonly breaks: Break[] }> {
  const { rows } = await trx.raw<{ rows: (Break & { text: string })[] }>(sql);
  const broken = rows.filter(({ text }) => judge(text));
  const breaks = broken.slice(0, BREAKS_MAX).map(({ dealId, dealNo, fact }) => ({ dealId, dealNo, fact }));
  return { total: broken.length, breaks };
}

/** Looks at one law on a snapshot of its own. Throws what the database throws. */
async function examine(db: Db, invariant: Invariant, times: CheckTimes): Promise<Finding> {
  const { id, name, law, over, breaks: sql, bindings, judge } = invariant;
  const began = performance.now();
  return onSnapshot(db, async (trx) => {
    const found = judge ? await judgeTexts(trx, sql, judge) : await selectBreaks(trx, sql, { ...bindings, ...times });
    const { rows } = await trx.raw<{ rows: { n: string }[] }>('select count(*) as n from ??', [over]);
    const ms = Math.trunc(performance.now() - began);
    return { id, name, law, over, seen: Number(rows[0]?.n ?? 0), ...found, ms };
  });
}

/**
 * Looks at every law, one after the other. What cannot be looked
 * at is named, and the others are looked at all the same.
 */
export async function examineAll(
  db: Db,
  invariants: readonly Invariant[],
  times: CheckTimes,
): Promise<{ readonly findings: Finding[]; readonly unchecked: Unchecked[] }> {
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  for (const invariant of invariants) {
    try {
      findings.push(await examine(db, invariant, times));
    } catch (error) {
      const { id, name } = invariant;
      unchecked.push({ id, name, reason: reasonOf(error as Error) });
    }
  }
  return { findings, unchecked };
}

/** What went wrong, without the statement that knex puts before it. */
function reasonOf({ message }: Error): string {
  return message.slice(message.lastIndexOf(' - ') + 1).replace(/^- /, '');
}
