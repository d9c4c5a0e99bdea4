/** Answers as they go over the wire. */
import type { Request, Response } from 'express';
import type { Answer } from './operation';
import { languageOf, type Problem } from './problem';

export interface Rendered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a problem, for the log. */
  readonly code?: string;
  /** See `Answer`. */
  readonly isFinal?: true;
}

export function renderAnswer({ status, body, headers = {}, isFinal }: Answer): Rendered {
  const text = body === undefined ? '' : JSON.stringify(body);
  const contentType = 'application/json; charset=utf-8';
  return { status, contentType, body: text, headers, ...(isFinal && { isFinal }) };
}

export function renderProblem(problem: Problem, req: Request): Rendered {
  const language = languageOf(req);
  const requestId: string = req.res?.locals.requestId ?? '';
  return {
    status: problem.entry.status,
    contentType: 'application/problem+json; charset=utf-8',
    body: JSON.stringify(problem.body(language, requestId)),
    headers: { ...problem.headers, 'Content-Language': language, Vary: 'Accept-Language' },
    code: problem.code,
  };
}

export function send(res: Response, { status, contentType, body, headers, code }: Rendered): void {
  res.locals.code = code;
  const { Vary, ...others } = headers;
  res.status(status).set(others);
  if (Vary) res.vary(Vary); // beside what the answer varies by already
  if (body === '') res.end();
  else res.set('Content-Type', contentType).end(body);
}
