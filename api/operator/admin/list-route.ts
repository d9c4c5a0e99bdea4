/** How every list of operators is asked for and answered: filters, `limit` and `cursor` in; items and totals out. */
import { type Listing, listRows, placeOf } from '../../../db/views/admin-list';
import { kstDayStart } from '../../../workflows/domain/bank-calendar';
import type { OperatorRight } from '../../../workflows/domain/operator-roles';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { NOT_A_CURSOR } from '../../http/pages';
import { z } from '../../http/zod';

const CURSOR_MAX = 1_000;

/** A filter that is on or off. */
export const flag = z.enum(['true', 'false']).optional();
export const isOn = (given: z.output<typeof flag>): boolean => given === 'true';

/** Days of Korea, both included. */
export const days = {
  from: z.iso.date().optional().openapi({ description: 'On this day of Korea or later.' }),
  to: z.iso.date().optional().openapi({ description: 'On this day of Korea or before.' }),
};
export const instantsOf = ({ from, to }: { from?: string | undefined; to?: string | undefined }) => ({
  since: from === undefined ? undefined : kstDayStart(from),
  until: to === undefined ? undefined : kstDayStart(to, 1),
});

export const won = z.int().openapi({ description: 'Whole KRW.' });
export const instant = z.iso.datetime();

interface ListRoute<F, R, S extends z.ZodRawShape> {
  /** After `/v1/admin/`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly right: OperatorRight;
  readonly listing: Listing<F, R>;
  readonly filters: S;
  filterOf(query: z.output<z.ZodObject<S>>): F;
  readonly item: z.ZodType;
  /** What is answered of a row; absent: the row as it is, which holds nothing personal. */
  toItem?(row: R): object | Promise<object>;
}

const opened = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/** The operation of a list. Items, total and work queue are one query (db/views/admin-list.ts). */
export function listOperation<F, R extends object, S extends z.ZodRawShape>(
  { db }: Pick<ApiDeps, 'db'>,
  { path, listing, filters, filterOf, item, toItem = (row) => row, ...told }: ListRoute<F, R, S>,
): Operation {
  const page = {
    limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ description: 'Rows in one answer.' }),
    cursor: z.string().max(CURSOR_MAX).optional().openapi({ description: '`nextCursor` of the answer before.' }),
  };
  type Query = z.output<z.ZodObject<S>> & { readonly limit: number; readonly cursor?: string | undefined };
  const isOfList = (query: Query): boolean =>
    query.cursor === undefined || placeOf(listing.order(filterOf(query)), opened(query.cursor)) !== undefined;
  const query = z.strictObject({ ...filters, ...page }).refine((given) => isOfList(given as Query), NOT_A_CURSOR);
  return operatorOperation<Record<string, never>, Query>({
    ...{ ...told, method: 'get', path: `/v1/admin/${path}`, tag: 'admin', problems: [] },
    query: query as unknown as z.ZodType<Query>,
    answers: { 200: listOf(item) },
    async handle({ query: asked }) {
      const { limit, cursor } = asked;
      const after = cursor === undefined ? undefined : opened(cursor);
      const { items, next, ...totals } = await listRows(db, listing, { filter: filterOf(asked), limit, after });
      const nextCursor = next === null ? null : Buffer.from(next).toString('base64url');
      return { status: 200, body: { items: await Promise.all(items.map(toItem)), nextCursor, ...totals } };
    },
  });
}

const listOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    total: z.int().openapi({ description: 'Of all rows that the filters name, on whatever page; at most 10,000.' }),
    totalIsCapped: z.boolean().openapi({ description: 'There are more.' }),
  });
