/**
 * Lists of operators: over all payers, in pages, with how many rows there are. Page, total and work queue are one
 * query: a count that differs from its list is a bug that people stop believing in.
 */
import type { Knex } from 'knex';
import type { Db } from '../connection';

/** Beyond so many rows nobody counts on. */
const TOTAL_MAX = 10_000;

type PlaceType = 'timestamptz' | 'date' | 'bigint' | 'uuid' | 'text';
interface OrderColumn {
  readonly column: string;
  readonly type: PlaceType;
}

/** Columns that tell rows apart, most important first; all in one direction. */
export interface ListOrder {
  readonly by: readonly OrderColumn[];
  readonly direction: 'asc' | 'desc';
}

/** The order of most lists. `table`: its name, or its alias, with `created_at` and a UUID as `id`. */
export const newestFirst = (table: string): ListOrder => ({
  by: [
    { column: `${table}.created_at`, type: 'timestamptz' },
    { column: `${table}.id`, type: 'uuid' },
  ],
  direction: 'desc',
});

/** A `bigint` in SQL: the driver hands it over as text. */
interface Whole {
  readonly whole: string;
}
export const whole = (sql: string): Whole => ({ whole: sql });

/** A list as data; `F` is its filter, `R` what is shown of a row. */
export interface Listing<F, R> {
  /** The rows that the filter names. */
  find(db: Db, filter: F): Knex.QueryBuilder;
  order(filter: F): ListOrder;
  /** Since when a row needs somebody, in SQL: the age in work queues. */
  readonly since: string;
  /** Each field with its SQL. */
  readonly shown: Readonly<Record<keyof R & string, string | Whole>>;
}

interface Listed<R> {
  readonly items: readonly R[];
  /** Null at the end. */
  readonly next: string | null;
  /** At most 10,000. */
  readonly total: number;
  /** There are more. */
  readonly totalIsCapped: boolean;
}

interface ListRequest<F> {
  readonly filter: F;
  readonly limit: number;
  /** `next` of the page before, checked by `placeOf`. */
  readonly after?: string | undefined;
}

const PARTED = '~';
/** Microseconds, as PostgreSQL has them: a JavaScript date would lose some, and the cursor rows. */
const TIME = `YYYY-MM-DD"T"HH24:MI:SS.US"Z"`;
const textOf = ({ column, type }: OrderColumn): string =>
  type === 'timestamptz' ? `to_char(${column} at time zone 'UTC', '${TIME}')` : `${column}::text`;

const CHECKS: Readonly<Record<PlaceType, (value: string) => boolean>> = {
  timestamptz: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) && isTime(value),
  date: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && isTime(`${value}T00:00:00Z`),
  bigint: (value) => /^\d{1,18}$/.test(value),
  uuid: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  text: (value) => value !== '' && value.length <= 300 && !value.includes('\0'),
};

/** Years that rows can be of. */
const [FIRST_YEAR, LAST_YEAR] = [1900, 2200];

/** Whether it is a time of the calendar: there is no 30 February. */
function isTime(value: string): boolean {
  const at = new Date(value);
  const year = Number(value.slice(0, 4));
  if (Number.isNaN(at.getTime()) || year < FIRST_YEAR || year > LAST_YEAR) return false;
  return at.toISOString().slice(0, 10) === value.slice(0, 10);
}

/** The place that a cursor names in this order; undefined: it is none of this list. */
export function placeOf({ by }: ListOrder, cursor: string): string[] | undefined {
  const [first = '', ...more] = cursor.split(PARTED);
  const values =
    by.length === 1 ? [cursor] : [first, ...more.slice(0, by.length - 2), more.slice(by.length - 2).join(PARTED)];
  const fits = values.length === by.length && by.every(({ type }, n) => CHECKS[type](values[n] ?? ''));
  return fits ? values : undefined;
}

const sqlOf = (shown: string | Whole): string => (typeof shown === 'string' ? shown : shown.whole);

/** What is shown of the rows of a query, as `R`. */
export async function shownOf<R>(
  db: Db,
  query: Knex.QueryBuilder,
  shown: Readonly<Record<keyof R & string, string | Whole>>,
): Promise<R[]> {
  const names = Object.keys(shown) as (keyof R & string)[];
  const rows: Record<string, unknown>[] = await query.select(
    names.map((name) => db.raw(`${sqlOf(shown[name])} as ??`, [name])),
  );
  const numbers = names.filter((name) => typeof shown[name] !== 'string');
  return rows.map((row) => {
    for (const name of numbers) row[name] = numberOf(row[name]);
    return row as R;
  });
}

function numberOf(value: unknown): number | null {
  if (value === null) return null;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('beyond the safe integers');
  return number;
}

/** One page and the total. The cursor must be one of this list: else it begins at the beginning. */
export async function listRows<F, R extends object>(
  db: Db,
  { find, order, shown }: Listing<F, R>,
  { filter, limit, after }: ListRequest<F>,
): Promise<Listed<R>> {
  const { by, direction } = order(filter);
  const found = find(db, filter);
  const page = found
    .clone()
    .orderByRaw(by.map(({ column }) => `${column} ${direction}`).join(', '))
    .limit(limit + 1); // one more tells whether there is a next page
  const place = after === undefined ? undefined : placeOf({ by, direction }, after);
  if (place) {
    const columns = by.map(({ column }) => column).join(', ');
    const values = by.map(({ type }) => `?::${type}`).join(', ');
    page.whereRaw(`(${columns}) ${direction === 'asc' ? '>' : '<'} (${values})`, place);
  }
  const placed = { ...shown, place: by.map(textOf).join(` || '${PARTED}' || `) };
  const [rows, { total, totalIsCapped }] = await Promise.all([
    shownOf<R & { place: string }>(db, page, placed as never),
    countRows(db, found),
  ]);
  const next = rows.length > limit ? (rows[limit - 1]?.place ?? null) : null;
  const items = rows.slice(0, limit).map(({ place: _, ...row }) => row as unknown as R);
  return { items, next, total, totalIsCapped };
}

/** Of one deal or the like there are few: this many at most, the oldest first. */
const FEW = 500;

/** What is shown of the first rows that the filter names, the oldest first, in no pages. */
export async function fewRows<F, R>(db: Db, { find, order, shown }: Listing<F, R>, filter: F): Promise<R[]> {
  const columns = order(filter).by.map(({ column }) => `${column} asc`);
  return shownOf<R>(db, find(db, filter).orderByRaw(columns.join(', ')).limit(FEW), shown);
}

async function countRows(db: Db, found: Knex.QueryBuilder): Promise<Pick<Listed<unknown>, 'total' | 'totalIsCapped'>> {
  const some = found
    .clone()
    .select(db.raw('1 as one'))
    .limit(TOTAL_MAX + 1);
  const row = await db.from(some.as('found')).first(db.raw('count(*)::int as total'));
  return { total: Math.min(row.total, TOTAL_MAX), totalIsCapped: row.total > TOTAL_MAX };
}

/** How a work queue stands. */
export interface QueueStanding {
  readonly total: number;
  readonly totalIsCapped: boolean;
  /** Since when the oldest of it waits; null: nothing does. */
  readonly oldestSince: Date | null;
  /** By how long they have waited. */
  readonly ages: { readonly underHour: number; readonly underDay: number; readonly older: number };
}

/** The queue of the rows that the filter names, at `at`; where they are more than it counts, of the first of them. */
export async function standingOf<F, R>(
  db: Db,
  { find, order, since }: Listing<F, R>,
  filter: F,
  at: Date,
): Promise<QueueStanding> {
  const { by, direction } = order(filter);
  const some = find(db, filter)
    .select(db.raw(`${since} as since`))
    .orderByRaw(by.map(({ column }) => `${column} ${direction}`).join(', '))
    .limit(TOTAL_MAX + 1);
  const row = await db.from(some.as('found')).first(
    db.raw(
      `count(*)::int as total, min(since) as "oldestSince",
       count(*) filter (where since > :at::timestamptz - interval '1 hour')::int as hour,
       count(*) filter (where since > :at::timestamptz - interval '1 day')::int as day`,
      { at },
    ),
  );
  const total = Math.min(row.total, TOTAL_MAX);
  const ages = { underHour: row.hour, underDay: row.day - row.hour, older: row.total - row.day };
  return { total, totalIsCapped: row.total > TOTAL_MAX, oldestSince: row.oldestSince, ages };
}
