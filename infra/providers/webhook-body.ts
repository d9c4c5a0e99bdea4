/** What the webhooks of all providers have in common: JSON with a `type`. */
import { z } from 'zod';
import { textOf } from './wire';

const envelope = z.object({ type: z.string().regex(/^[\w.-]{1,100}$/) });

/**
 * The body as JSON, undefined when it is none, and the type that it names; `unreadable` when it names none. Never
 * throws.
 */
export function openBody(body: Uint8Array): { readonly json: unknown; readonly type: string } {
  const json = parseJson(textOf(body));
  return { json, type: envelope.safeParse(json).data?.type ?? 'unreadable' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
