/**
 * One route of the API as data: the Express route and the OpenAPI operation are both made from it, so
 * they cannot differ. A handler gets checked input and returns an answer; errors are thrown as `Problem`.
 */
import type { Request, Response } from 'express';
import type { Operator } from '../../db/admin-sessions';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import type { RateLimits } from '../deps';
import type { ProblemCode } from './problem';
import { z } from './zod';

/** Who calls: from the access token. */
export interface Payer {
  readonly userId: string;
  readonly sessionId: string;
  /** The device as the server knows it (a UUID that it gave), not what the client calls itself. */
  readonly deviceId: string;
}

/** A payer or an operator: what their requests are counted by, and their idempotency keys belong to. */
export interface Caller {
  readonly kind: 'payer' | 'operator';
  readonly id: string;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; absent: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a 202: this is all that the request will ever be answered; its key replays it. */
  readonly isFinal?: true;
}

export interface Call<P, Q, B, W, V = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Undefined on routes of others. */
  readonly payer: W;
  /** Likewise. */
  readonly operator: V;
  /** Of an idempotent operation: when its key came first, and bytes that only this key gives. */
  readonly once: Once;
  readonly req: Request;
  readonly res: Response;
}

export interface Once {
  readonly firstSeenAt: Date;
  readonly seed: Buffer;
}

export interface Operation<P = unknown, Q = unknown, B = unknown, W = unknown, V = unknown> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters as `{name}`. */
  readonly path: string;
  readonly tag: string;
  /** What generated clients call it; absent: it follows from method and path (operation-id.ts). */
  readonly operationId?: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: 'open' | 'payer' | 'operator';
  /** Of an operator: the right that their role must hold. */
  readonly right?: OperatorRight;
  /** While Redis is away, and sessions cannot be looked up, the signature and the expiry of the token are enough. */
  readonly heardWithoutSessions?: true;
  /** The refresh token that a browser keeps (browser.ts) says who calls, too. */
  readonly heardByCookie?: true;
  /** Requires `Idempotency-Key`; the answer is stored and replayed. */
  readonly idempotent?: true;
  /** How often it may be asked, besides what any write of a caller may: by a caller, or on an open route an address. */
  readonly limit?: keyof RateLimits;
  /**
   * `json`: checked against `body`. `raw`: the bytes, at most 64 KB, as they came. `file`: likewise, of a kind that is
   * kept as evidence, at most 5 MB.
   */
  readonly accepts?: 'json' | 'raw' | 'file';
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B>;
  /** Request headers worth a word in the documentation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** In the place of one that is made from the schema of the body. */
  readonly bodyExample?: unknown;
  /** Header fields of its 2xx answers. */
  readonly sends?: readonly ('ETag' | 'Location')[];
  /** What it answers: status → schema, or the content type of what is not JSON, or null for no body. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>;
  /** Problems of its own; those that any operation can have are added. */
  readonly problems: readonly ProblemCode[];
  /** Undefined: the handler has answered by itself. */
  handle(call: Call<P, Q, B, W, V>): Promise<Answer | undefined>;
}

/** The limits that a request of it is counted against, in their order. */
export const limitsOf = ({ access, method, limit }: Operation): (keyof RateLimits)[] => [
  ...(access === 'open' || method === 'get' ? [] : ([WRITES[access]] as const)),
  ...(limit ? [limit] : []),
];

/** What counts the requests of a caller that may change something. */
const WRITES = { payer: 'writesPerPayer', operator: 'writesPerOperator' } as const;

const nothing = z.strictObject({});
type Nothing = z.output<typeof nothing>;

type Given<P, Q, B> = Partial<Record<'params' | 'query' | 'body', z.ZodType>> & {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
};
type Rest<P, Q, B, W, V = undefined> = Omit<
  Operation<P, Q, B, W, V>,
  'params' | 'query' | 'body' | 'access' | 'accepts' | 'right'
>;

function complete<P, Q, B, W, V>(
  access: Operation['access'],
  given: Given<P, Q, B> & Rest<P, Q, B, W, V>,
  accepts?: 'raw' | 'file',
): Operation {
  const operation = { access, params: nothing, query: nothing, body: nothing.default({}), ...given };
  const json = ['post', 'put', 'patch'].includes(given.method) ? { accepts: 'json' as const } : {};
  return { ...json, ...operation, ...(accepts && { accepts }) } as unknown as Operation;
}

/** An operation for a payer who is logged in. */
export function payerOperation<P = Nothing, Q = Nothing, B = Nothing>(
  operation: Given<P, Q, B> & Rest<P, Q, B, Payer>,
): Operation {
  return complete('payer', operation);
}

/** An operation for an operator who is logged in, and whose role holds the right. */
export function operatorOperation<P = Nothing, Q = Nothing, B = Nothing>(
  operation: Given<P, Q, B> & Rest<P, Q, B, undefined, Operator> & { readonly right: OperatorRight },
): Operation {
  return complete('operator', operation);
}

/** An operation for anyone. */
export function openOperation<P = Nothing, Q = Nothing, B = Nothing>(
  operation: Given<P, Q, B> & Rest<P, Q, B, undefined>,
): Operation {
  return complete('open', operation);
}

/** An operation for an operator that gets a file. */
export function fileOperation<P = Nothing>(
  operation: Given<P, Nothing, never> &
    Rest<P, Nothing, Buffer, undefined, Operator> & { readonly right: OperatorRight },
): Operation {
  return complete('operator', { ...operation, body: z.instanceof(Buffer) }, 'file');
}

/** An operation for anyone that gets its body as bytes. */
export function rawOperation(operation: Rest<Nothing, Nothing, Buffer, undefined>): Operation {
  return complete('open', { ...operation, body: z.instanceof(Buffer) }, 'raw');
}
