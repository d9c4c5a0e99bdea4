/** What the webhooks of all providers have in common: JSON with a `type`. */
import { z } from 'zod';

const envelope = z.object({ type: z.string().regex(/^[\w.-]{1,100}$/) });

/**
 * The body as JSON, undefined when it is none, and the type that it names; `unreadable` when it names none. Never
 * throws.
 */
export function openBody(body: string): { readonly json: unknown; readonly type: string } {
  const json = parseJson(body);
  return { json, type: envelope.safeParse(json).data?.type ?? 'unreadable' };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
