/** What was thrown, as a problem. */
import { Problem, type ProblemCode } from './problem';
import { isUnavailable } from './unavailable';

/** What body-parser and the router call their errors. */
const BY_TYPE: Readonly<Record<string, ProblemCode>> = {
  'entity.parse.failed': 'invalid-json',
  'entity.too.large': 'body-too-large',
  'encoding.unsupported': 'unsupported-media-type',
  'charset.unsupported': 'unsupported-media-type',
  'request.aborted': 'invalid-json',
  'request.size.invalid': 'invalid-json',
};

/**
 * Any thrown value as a problem; what is neither ours nor a lost dependency is `internal`, with nothing of its content.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof URIError) return new Problem('not-found'); // the path cannot be decoded
  const type = (error as { type?: unknown } | null)?.type;
  const code = typeof type === 'string' ? BY_TYPE[type] : undefined;
  if (code) return new Problem(code);
  return new Problem(isUnavailable(error) ? 'unavailable' : 'internal');
}
