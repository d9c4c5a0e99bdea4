/** Lists, newest first, by cursor: the cursor is the id of the last row seen. */
import type { Knex } from 'knex';

export interface PageRequest {
  /** At most this many rows, 1–100. */
  readonly limit: number;
  /** Continue after this row. */
  readonly after?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null at the end. */
  readonly next: string | null;
}

/** One page of the user's rows of `table`; `query` selects from it and holds the other conditions. */
export async function pageOf<R extends { id: string }, T>(
  query: Knex.QueryBuilder,
  { table, userId, limit, after }: PageRequest & { table: string; userId: string },
  fromRow: (row: R) => T,
): Promise<Page<T>> {
  query
    .where(`${table}.user_id`, userId)
    .orderBy([
      { column: `${table}.created_at`, order: 'desc' },
      { column: `${table}.id`, order: 'desc' },
    ])
    .limit(limit + 1); // one more tells whether there is a next page
  if (after) {
    const seen = 'select created_at, id from ?? where id = ? and user_id = ?';
    query.whereRaw(`(??, ??) < (${seen})`, [`${table}.created_at`, `${table}.id`, table, after, userId]);
  }
  const rows: R[] = await query;
  const items = rows.slice(0, limit);
  return { items: items.map(fromRow), next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}
