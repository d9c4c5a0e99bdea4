/** The OpenAPI document without a server, and the types of clients that are made from it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../api/app';
import type { ApiDeps } from '../../api/deps';
import { openApiDocument } from '../../api/http/openapi';
import type { Sessions } from '../../api/payer/sessions';

const ROOT = join(__dirname, '../..');
export const TYPES_FILE = join(ROOT, 'web/shared/api.d.ts');

/** What operations look at while they are made; nothing is asked of them here. */
const DEPS = {
  config: {
    ...{ temporal: { taskQueue: '' }, softpayment: { webhookSecrets: [] }, bank: { webhookSecrets: [] } },
    push: { apps: true, applicationServerKey: null, services: [] },
  },
} as unknown as ApiDeps;

/** The document as text, the same bytes for the same API. */
export function documentText(): string {
  const never = () => Promise.reject(new Error('nothing is limited here'));
  return JSON.stringify(openApiDocument(operationsOf(DEPS, {} as Sessions, never)), null, 2);
}

const hashOf = (document: string): string => createHash('sha256').update(document).digest('hex');

/** The head of the types: how they are made, and of which document. */
export const headOf = (document: string): string =>
  [
    '/**',
    ' * Types of the REST API, for clients. Made by `npm run api:types` from the OpenAPI document: do not edit.',
    ` * sha256 of the document: ${hashOf(document)}`,
    ' */',
    '',
  ].join('\n');

/** Whether the committed types are those of this document. */
export const isCurrent = (document: string): boolean => readFileSync(TYPES_FILE, 'utf8').startsWith(headOf(document));
