/** What the webhooks of all providers have in common: JSON with a `type`. */
import { z } from 'zod';
import type { Claim, ProviderEvent } from '../../workflows/domain/provider-news';
import { textOf } from './wire';

const envelope = z.object({ type: z.string().regex(/^[\w.-]{1,100}$/) });

/**
 * Reads the body of a verified webhook; the type is `unreadable` when it names none. `known`: the types that are acted
 * upon. `claimOf` gets the body as JSON, undefined when it is none. Never throws.
 */
export function readEvent(body: Uint8Array, known: object, claimOf: (json: unknown) => Claim | null): ProviderEvent {
  const json = parseJson(textOf(body));
  const type = envelope.safeParse(json).data?.type ?? 'unreadable';
  const claim = claimOf(json);
  return { type, claim, unread: claim === null && Object.hasOwn(known, type) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
