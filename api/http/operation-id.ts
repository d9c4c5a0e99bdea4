/** What a generated client calls an operation: a verb and a noun, from its method and path unless it says its own. */
import type { Operation } from './operation';

const VERBS = { get: 'get', post: 'create', put: 'set', patch: 'update', delete: 'delete' } as const;

/** `POST /v1/deals` createDeal, `GET` listDeals, `GET …/{dealId}` getDeal, `POST …/{dealId}/confirm` confirmDeal. */
export function operationIdOf({ operationId, method, path }: Operation): string {
  if (operationId !== undefined) return operationId;
  const parts = path.split('/').filter((part) => part !== '' && part !== 'v1');
  const [parent = '', own = '', last = ''] = ['', '', '', ...parts].slice(-3);
  if (isParameter(last)) return VERBS[method] + singular(own);
  if (isParameter(own))
    return method === 'post' ? last + singular(parent) : VERBS[method] + singular(parent) + words(last);
  if (parts.length === 1 && method === 'get') return `list${words(last)}`;
  return VERBS[method] + (parts.length === 1 ? singular(last) : parts.map(words).join(''));
}

const isParameter = (part: string): boolean => part.startsWith('{');

/** `password-resets` as `PasswordResets`. */
const words = (part: string): string => part.replace(/(?:^|\W)(\w)/g, (_, letter: string) => letter.toUpperCase());

const singular = (part: string): string => words(part).replace(/s$/, '');
