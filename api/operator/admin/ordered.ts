/** How an order's answer goes over the wire: done, asked for, not known yet, or refused as a problem. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Operator } from '../../../db/admin-sessions';
import type { ApiDeps } from '../../deps';
import { namesVersion } from '../../http/if-match';
import type { Answer } from '../../http/operation';
import { Problem, type ProblemCode, type Words } from '../../http/problem';
import { z } from '../../http/zod';
import { give } from '../give';
import type { By, OperatorDeps, Order, OrderAnswer, Refusal } from '../order';

export const orderedSchema = z
  .object({
    outcome: z.enum(['done', 'requested', 'pending']).openapi({
      description:
        '`requested`: nothing happens before another operator approves it. `pending`: nobody knows yet whether it ' +
        'was carried out; look before you repeat it.',
    }),
    words: z.string().openapi({ example: 'P260302AB12CD: release accepted' }),
    requestId: z.uuid().nullable().openapi({ description: 'Of what was asked for (`/v1/admin/requests`).' }),
  })
  .openapi('AdminOrdered');

/** Of every operation that gives an order. */
export const ORDERED = {
  idempotent: true,
  answers: { 200: orderedSchema, 202: orderedSchema },
  problems: ['not-found', 'not-now'] satisfies ProblemCode[],
} as const;

export const IF_MATCH = {
  'If-Match': 'The versions that the operator saw, as ETags or numbers, one or a list, or `*`; any other answers 412.',
};

interface Given<I, B extends By> {
  readonly operator: Operator;
  readonly about: Omit<B, keyof By>;
  readonly input: I;
  readonly req: Request;
}

/** Gives the order for whoever asked, under the id of their request. */
export async function ordered<I, B extends By>(
  { db, engine }: Pick<ApiDeps, 'db' | 'engine'>,
  order: Order<I, B>,
  { operator, about, input, req }: Given<I, B>,
): Promise<Answer> {
  const deps: OperatorDeps = { db, engine: async () => engine };
  const requestId: string = req.res?.locals.requestId;
  return answerOf(await give(deps, operator, order, { about, input, requestId, orderKey: orderKeyOf(operator, req) }));
}

/** Of the scope of the caller's key: their id, the path and the key. */
function orderKeyOf({ id }: Operator, req: Request): string {
  const scope = [id, req.path, req.get('idempotency-key')];
  return createHash('sha256').update(JSON.stringify(scope)).digest('hex');
}

/** 200 or 202; what was asked for is its key's answer for good. Throws the refusal as a problem, in its words. */
export function answerOf(answer: OrderAnswer): Answer {
  const { kind, words } = answer;
  if (kind === 'done') return { status: 200, body: { outcome: kind, words, requestId: null } };
  if (kind === 'requested')
    return { status: 202, body: { outcome: kind, words, requestId: answer.requestId }, isFinal: true };
  if (answer.why === 'pending') return { status: 202, body: { outcome: 'pending', words, requestId: null } };
  throw refusalOf(answer);
}

const PROBLEM_OF = {
  ...{ 'no-right': 'right-missing', 'not-found': 'not-found', 'not-now': 'not-now' },
  ...{ pending: 'unavailable', unreachable: 'unavailable' },
} as const satisfies Record<Refusal['why'], ProblemCode>;

/** The refusal as a problem. */
export const refusalOf = ({ why, words }: Refusal): Problem => new Problem(PROBLEM_OF[why], { detail: bothOf(words) });

/** What the house tells operators is English. */
const bothOf = (words: string): Words => ({ ko: `지금은 할 수 없습니다: ${words}`, en: words });

/** Honours `If-Match` when it is sent: `version-mismatch` unless it names the version of what is there. */
export function requireVersion(req: Request, now: { readonly version: number } | null | undefined): void {
  const wanted = req.get('if-match');
  if (wanted === undefined) return;
  if (!now) throw new Problem('not-found');
  if (!namesVersion(wanted, now.version)) throw new Problem('version-mismatch', { detail: MOVED_ON });
}

const MOVED_ON: Words = {
  ko: '그 사이에 변경되었습니다. 아무것도 바뀌지 않았습니다. 다시 조회해 주세요.',
  en: 'It has changed since you looked: nothing was done; read it again.',
};
