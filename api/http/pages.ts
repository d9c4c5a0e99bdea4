/** Lists on the wire: `limit` and an opaque `cursor` in, `items` and `nextCursor` out. */

import type { Page, PageRequest } from '../../db/cursor';
import { z } from './zod';

const encode = (id: string): string => Buffer.from(id).toString('base64url');
const cursor = z
  .string()
  .max(64)
  .transform((text) => Buffer.from(text, 'base64url').toString())
  .pipe(z.uuid('not a cursor of this list'));

/** The query of a list; other filters are added to it. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ description: 'Rows in one answer.' }),
  cursor: cursor.optional().openapi({ type: 'string', description: '`nextCursor` of the answer before.' }),
});

/** The answer's schema. */
export function pageOfSchema<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export function toPageRequest({ limit, cursor: after }: z.output<typeof pageQuery>): PageRequest {
  return { limit, after };
}

/** The answer. */
export function toPageBody<T, R>({ items, next }: Page<T>, toResource: (item: T) => R) {
  return { items: items.map(toResource), nextCursor: next === null ? null : encode(next) };
}
