/** The OpenAPI 3.1 document, made from the operations themselves. */
import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type RouteConfig,
  type ZodRequestBody,
} from '@asteasolutions/zod-to-openapi';
import { EVIDENCE_TYPES } from '../../workflows/domain/evidence';
import { RATE_LIMITS, type RateLimits } from '../deps';
import { REFRESH_COOKIE } from './browser';
import { addEnumWords } from './enum-words';
import { exampleOf, type JsonSchema } from './examples';
import { problemSchema, responsesOf } from './openapi-answers';
import { limitsOf, type Operation, openOperation } from './operation';
import { operationIdOf } from './operation-id';
import { PROBLEMS, Problem, type ProblemCode } from './problem';
import { RATE_LIMIT_WORDS } from './too-many';
import { z } from './zod';

const KEY_HEADER = {
  'Idempotency-Key':
    '1–255 printable ASCII characters, for one path. The stored answer is replayed with its headers, and says ' +
    '`Idempotency-Replayed: true`.',
};

const LIMITS =
  `A payer may send ${RATE_LIMITS.writesPerPayer.points} requests a minute that change something, and each operation ` +
  'says what more it allows; further ones answer 429 `too-many-requests`, with Retry-After, and change nothing. ' +
  'Answers to what is counted tell what is left (draft-ietf-httpapi-ratelimit-headers-10).';

/** Each tag with what its operations are about. */
const TAGS: Readonly<Record<string, string>> = {
  auth: 'Becoming a payer, logging in and out, a password that was forgotten.',
  users: 'The payer: name, grade, limits left today, identity, e-mail, notices.',
  account: 'Changing the account: password, phone, consents, leaving.',
  sessions: 'Where the payer is logged in, and on which devices.',
  cards: "Cards, by what Softpayment's SDK gave the payer's browser: no card number comes here.",
  recipients: 'Whom the payer pays: a name and a bank account, confirmed by the bank.',
  deals: 'Paying: a quote, its confirmation by a card, what became of it. Money POSTs take an Idempotency-Key.',
  payments: 'Single charges and transfers of deals.',
  admin: 'Operators: search, lists, work queues, one deal whole; personal data is masked (docs/admin-api.md).',
  'admin-orders': 'Operators: what they order, each with a reason and, before it, a preview (docs/admin-api.md).',
  'admin-sessions': 'Operators: logging in and out, who one is and what one may do (docs/operators.md).',
  'admin-operators': 'Who is an operator, and becomes one.',
  'admin-requests': 'What two people give: one operator asks, another approves.',
  'admin-audit': 'What operators did and looked at.',
  webhooks: 'What the card PG and the bank tell; not for payers.',
  health: 'Whether the API can serve.',
  documentation: 'This document, what problems mean, and the words of every code.',
};

/** The document of these operations. */
export function openApiDocument(operations: readonly Operation[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  registry.registerComponent('securitySchemes', 'operator', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'browser', { type: 'apiKey', in: 'cookie', name: REFRESH_COOKIE });
  for (const code of Object.keys(PROBLEMS) as ProblemCode[])
    registry.registerComponent('examples', code, { value: new Problem(code).body('en', EXAMPLE_REQUEST_ID) });
  registry.register('Problem', problemSchema);
  for (const operation of operations) registry.registerPath(routeOf(operation));
  const used = [...new Set(operations.map(({ tag }) => tag))];
  const generated = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'PLIC',
      version: '1',
      description: `Pay by card what must arrive as a bank transfer. Money is whole KRW; times are UTC. ${LIMITS}`,
    },
    servers: [{ url: '/' }],
    tags: used.map((name) => ({ name, description: TAGS[name] ?? '' })),
  });
  const document = structuredClone(generated); // parts of it are the schemas' own, and stay as they are
  addExamples(document, operations);
  addEnumWords(document);
  return document;
}

const EXAMPLE_REQUEST_ID = '01980f3a-5c2e-7d41-9b7a-3f6f0c1d2e85';

interface Media {
  schema?: unknown;
  example?: unknown;
}
interface Exemplified {
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

/** An example beside the schema of every JSON body and answer. */
function addExamples(
  document: ReturnType<OpenApiGeneratorV31['generateDocument']>,
  operations: readonly Operation[],
): void {
  const components = (document.components?.schemas ?? {}) as Record<string, JsonSchema>;
  const add = (content: Record<string, Media> | undefined, given?: unknown) => {
    const json = content?.['application/json'];
    if (json?.schema) json.example = given ?? exampleOf(json.schema as JsonSchema, components);
  };
  for (const { method, path, bodyExample } of operations) {
    const documented = document.paths?.[path]?.[method] as Exemplified | undefined;
    add(documented?.requestBody?.content, bodyExample);
    for (const { content } of Object.values(documented?.responses ?? {})) add(content);
  }
}

function routeOf(operation: Operation): RouteConfig {
  const { method, path, tag, summary, description, access, accepts } = operation;
  const headers = { ...(operation.idempotent && KEY_HEADER), ...operation.headers };
  const words = [...(description ? [description] : []), ...limitsOf(operation).map(limitWords)];
  const body = contentOf(operation);
  return {
    method,
    path,
    operationId: operationIdOf(operation),
    tags: [tag],
    summary,
    ...(words.length > 0 && { description: words.join(' ') }),
    ...(access !== 'open' && { security: securityOf(operation) }),
    ...(operation.right && { 'x-right': operation.right }),
    request: {
      params: operation.params as z.ZodObject,
      query: operation.query as z.ZodObject,
      ...(Object.keys(headers).length > 0 && { headers: headerSchema(headers, operation) }),
      ...(accepts && {
        body: { required: accepts === 'file' || !operation.body.isOptional(), content: body },
      }),
    },
    responses: responsesOf(operation),
  };
}

/** What its body is, by content type. */
function contentOf({ accepts, body }: Operation): ZodRequestBody['content'] {
  if (accepts === 'file')
    return Object.fromEntries(
      EVIDENCE_TYPES.map((type) => [type, { schema: { type: 'string', format: 'binary' } as const }]),
    );
  return { 'application/json': { schema: accepts === 'raw' ? z.record(z.string(), z.unknown()) : body } };
}

/** Who may call it. */
function securityOf({ access, heardByCookie }: Operation): Record<string, string[]>[] {
  if (access === 'operator') return [{ operator: [] }];
  return [{ bearer: [] }, ...(heardByCookie ? [{ browser: [] }] : [])];
}

/** What a limit allows, for the reader of one operation. */
function limitWords(name: keyof RateLimits): string {
  const { points, durationS } = RATE_LIMITS[name];
  return `At most ${points} ${RATE_LIMIT_WORDS[name].en} in ${durationS} s (\`${RATE_LIMIT_WORDS[name].name}\`).`;
}

function headerSchema(headers: Readonly<Record<string, string>>, { idempotent, accepts }: Operation): z.ZodObject {
  const entries = Object.entries(headers).map(([name, description]) => {
    const required = accepts === 'raw' || (idempotent && name in KEY_HEADER);
    const schema = z.string().openapi({ description });
    return [name, required ? schema : schema.optional()] as const;
  });
  return z.object(Object.fromEntries(entries));
}

/** The document as an operation of its own. */
export function documentOperation(document: () => object): Operation {
  return openOperation({
    method: 'get',
    path: '/v1/openapi.json',
    tag: 'documentation',
    operationId: 'getOpenApiDocument',
    summary: 'This document',
    answers: { 200: z.record(z.string(), z.unknown()) },
    problems: [],
    handle: async () => ({ status: 200, body: document() }),
  });
}
