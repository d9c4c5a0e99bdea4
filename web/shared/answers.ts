/** What came of a call: its body, a refusal with words for people, or no answer that can be relied on. */
import type { components } from './api';

type Problem = components['schemas']['Problem'];

/** The API refused, and says why (problem+json). */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly problem: Problem,
    /** When the same request may be sent again, ms from the answer; null when the API did not say. */
    readonly retryAfterMs: number | null,
  ) {
    super(problem.code);
  }
}

/** Nobody knows whether the request was carried out: the network failed, or something between us answered. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

interface Called<T> {
  readonly data?: T | undefined;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of what was answered. Throws `Refused` or `NoAnswer`. */
export async function taken<T>(call: Promise<Called<T>>): Promise<T> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    throw failure instanceof Refused ? failure : new NoAnswer();
  });
  if (response.ok) return data as T;
  throw isProblem(error) ? new Refused(error, retryAfterMs(response)) : new NoAnswer();
}

const isProblem = (error: unknown): error is Problem =>
  typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isNaN(seconds) ? null : seconds * 1_000;
}

/** The code of a refusal; undefined for anything else. */
export const codeOf = (error: unknown): Problem['code'] | undefined =>
  error instanceof Refused ? error.problem.code : undefined;

const PAUSE_MS = 800;
const PAUSE_MAX_MS = 10_000;

/** Refusals that say nothing of the request itself: it may have been carried out, or be under way. */
const UNDECIDED: readonly Problem['code'][] = ['request-in-flight', 'unavailable', 'internal'];

/**
 * Nothing is decided yet: the same request, under the same key, is to be sent again. Not when the API wants a long
 * pause: that is told to the person instead.
 */
export const isUndecided = (error: Error): boolean =>
  error instanceof NoAnswer ||
  (error instanceof Refused && UNDECIDED.includes(error.problem.code) && (error.retryAfterMs ?? 0) <= PAUSE_MAX_MS);

/** How long to wait before it, ms: what the API said, else longer each time. */
export const pauseMs = (failures: number, error: Error): number =>
  (error instanceof Refused && error.retryAfterMs) || Math.min(PAUSE_MS * 2 ** failures, PAUSE_MAX_MS);

const TRIES_MAX = 4;

/** How a mutation is tried again whose request may be carried out twice without harm. */
export const tryAgain = {
  retry: (failures: number, error: Error): boolean => failures < TRIES_MAX && isUndecided(error),
  retryDelay: pauseMs,
} as const;
