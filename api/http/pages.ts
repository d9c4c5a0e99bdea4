/** Lists on the wire: `limit` and an opaque `cursor` in, `items` and `nextCursor` out. */

import type { Page, PageRequest } from '../../db/cursor';
import { z } from './zod';

const encode = (id: string): string => Buffer.from(id).toString('base64url');
const opened = z
  .string()
  .max(64)
  .transform((text) => Buffer.from(text, 'base64url').toString());
const cursor = opened.pipe(z.uuid('not a cursor of this list'));

const described = { type: 'string', description: '`nextCursor` of the answer before.' } as const;

/** Whether the cursor is a place in an order of numbers: whoever stood there may have left it since. */
export const isPlace = (after: string): boolean => /^[1-9]\d{0,8}$/.test(after);

/** How a cursor of another list is refused. */
export const NOT_A_CURSOR = {
  path: ['cursor'],
  params: { words: { ko: '이 목록의 커서가 아니에요.', en: 'It is no cursor of this list.' } },
};

/** Of a list that is in order of time or of places, as its query says: a row or a place. */
export const placeCursor = opened
  .refine((after) => isPlace(after) || z.uuid().safeParse(after).success, { params: NOT_A_CURSOR.params })
  .optional()
  .openapi(described);

/** The query of a list; other filters are added to it. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ description: 'Rows in one answer.' }),
  cursor: cursor.optional().openapi(described),
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
