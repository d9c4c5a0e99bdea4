/** zod with OpenAPI metadata: schemas are the single source of types, checks and documentation. */
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z); // before any schema is made

export { z };

/** Control characters, halves of surrogate pairs, line separators, and marks that turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\p{Cf}\s]/u;

/** Text that people read: trimmed, 1 to `max` characters, something visible in it, nothing that a log or a database refuses. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((given) => given === '' || (!UNPRINTABLE.test(given) && VISIBLE.test(given)), 'unprintable characters');

/** A row's id; capitals are the same id. */
export const id = z.uuid().toLowerCase();
