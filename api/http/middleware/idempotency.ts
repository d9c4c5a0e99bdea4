/** Runs a money request once per `Idempotency-Key` (spec §9) and replays its stored answer. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { placeOf } from '../../../db/encrypted-columns';
import { claimKey, type KeyScope, releaseKey, type StoredAnswer, storeAnswer } from '../../../db/idempotency-keys';
import type { ApiDeps } from '../../deps';
import type { Caller, Once } from '../operation';
import { Problem } from '../problem';
import { type Rendered, renderProblem } from '../render';

const DEFINITE = new Set([402, 404, 409, 422]);
const NEVER: Once = { firstSeenAt: new Date(0), seed: Buffer.alloc(32) };

/** For operations that need no key. */
export const withoutKey = NEVER;

/** The one key of the request; a problem when it is missing, repeated or not 1–255 printable ASCII characters. */
export function idempotencyKeyOf(req: Request): string {
  const keys = req.headersDistinct['idempotency-key'] ?? [];
  const [key] = keys;
  if (key === undefined) throw new Problem('idempotency-key-missing');
  if (keys.length > 1 || !/^[\x20-\x7e]{1,255}$/.test(key)) throw new Problem('idempotency-key-invalid');
  return key;
}

interface Work {
  /** Carries the request out. */
  carryOut(once: Once): Promise<Rendered>;
  /** What is at this address now, for its caller. */
  readAnew(resource: string): Promise<Rendered>;
}

/**
 * Answers from the store, or carries the request out and stores its answer: 2xx but a 202 that is not final, and
 * problems that repeating cannot change. Anything else gives the key back, and the same request may run again. Of an
 * answer whose term is over the status is told again, with what it told of as that is now.
 */
export async function answerOnce(
  { db, keys }: Pick<ApiDeps, 'db' | 'keys'>,
  { req, caller, body }: { req: Request; caller: Caller; body: unknown },
  { carryOut, readAnew }: Work,
): Promise<Rendered> {
  // Hashed by our key: neither what a caller puts into the header nor a body can be told, or tried out, from the row.
  const key = keys.hash(idempotencyKeyOf(req), 'idempotency-key');
  const scope: KeyScope = {
    caller,
    method: req.method,
    path: req.path.toLowerCase(),
    key,
    requestId: req.res?.locals.requestId,
  };
  const claim = await claimKey(db, scope, keys.hash(canonicalJson(body), 'idempotency-body'));
  if (claim.kind === 'reused') throw new Problem('idempotency-key-reused');
  if (claim.kind === 'in-flight') throw new Problem('request-in-flight');
  const place = placeOf(caller.kind === 'payer' ? 'answer' : 'operatorAnswer', `${caller.id}:${key}`);
  if (claim.kind === 'destroyed') {
    const { headers, ...now } = await readAnew(claim.resource);
    return replayOf({ ...now, status: claim.status, headers: { ...claim.headers, ...headers } }, now.body);
  }
  if (claim.kind === 'replay') {
    const { bodyEncrypted, ...answer } = claim.answer;
    return replayOf(answer, await keys.decrypt(bodyEncrypted, place));
  }
  const once = { firstSeenAt: claim.firstSeenAt, seed: sha256(`${caller.id}\0${key}`) };
  const answer = async (): Promise<Rendered> => {
    await keys.encrypt('', place); // what could not be stored afterwards is not carried out
    const { rendered, final } = await run(req, () => carryOut(once));
    if (!final) await releaseKey(db, scope, claim.lease);
    else {
      const { body, code: _code, isFinal: _isFinal, ...shown } = rendered;
      await storeAnswer(db, scope, claim.lease, { ...shown, bodyEncrypted: await keys.encrypt(body, place) });
    }
    return rendered;
  };
  return answer().catch(async (error: unknown) => {
    await releaseKey(db, scope, claim.lease);
    throw error;
  });
}

async function run(req: Request, work: () => Promise<Rendered>): Promise<{ rendered: Rendered; final: boolean }> {
  try {
    const rendered = await work();
    return { rendered, final: rendered.status !== 202 || rendered.isFinal === true };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const final = DEFINITE.has(error.entry.status) && !error.entry.retryable;
    return { rendered: renderProblem(error, req), final };
  }
}

/**
 * The same bytes and headers again. So a problem tells the `requestId` of the request that was carried out, which is
 * the one that the log tells of; `X-Request-Id` is this request's own.
 */
const replayOf = (answer: Omit<StoredAnswer, 'bodyEncrypted'>, body: string): Rendered => ({
  ...answer,
  body,
  headers: { ...answer.headers, 'Idempotency-Replayed': 'true' },
});

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** JSON with sorted keys: equal requests have equal text. The input is checked, hence shallow. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
