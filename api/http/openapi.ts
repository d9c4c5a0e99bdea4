/** The OpenAPI 3.1 document, made from the operations themselves, and Swagger UI served from this machine. */
import { dirname } from 'node:path';
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { RATE_LIMITS, type RateLimits } from '../deps';
import { REFRESH_COOKIE } from './browser';
import { limitsOf, type Operation, openOperation } from './operation';
import { PROBLEMS, Problem, type ProblemCode } from './problem';
import { RATE_LIMIT_WORDS } from './too-many';
import { z } from './zod';

const problemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/quote-expired' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string().openapi({ description: 'Of a replayed problem: the request that was carried out.' }),
    retryable: z.boolean().openapi({ description: 'Whether the same request can succeed later.' }),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    limit: z.string().optional().openapi({ description: 'Of `too-many-requests`: which limit was used up.' }),
  })
  .openapi('Problem');

/** Any route looks at its address. */
const ALWAYS: readonly ProblemCode[] = ['invalid-request', 'card-number-refused', 'internal', 'unavailable'];
const WITH_BODY: readonly ProblemCode[] = ['invalid-json', 'body-too-large', 'unsupported-media-type'];
const WITH_KEY: readonly ProblemCode[] = [
  'idempotency-key-missing',
  'idempotency-key-invalid',
  'request-in-flight',
  'idempotency-key-reused',
];
const KEY_HEADER = {
  'Idempotency-Key':
    '1–255 printable ASCII characters, for one path. The stored answer is replayed with its headers, and says ' +
    '`Idempotency-Replayed: true`.',
};

const LIMITS =
  `A payer may send ${RATE_LIMITS.writesPerPayer.points} requests a minute that change something, and each operation ` +
  'says what more it allows; further ones answer 429 `too-many-requests`, with Retry-After, and change nothing. ' +
  'Answers to what is counted tell what is left (draft-ietf-httpapi-ratelimit-headers-10).';

const LIMIT_FIELDS = z.object({
  'RateLimit-Policy': z.string().openapi({ example: '"writes";q=300;w=60, "deals";q=100;w=3600' }),
  RateLimit: z.string().openapi({ example: '"writes";r=299;t=42, "deals";r=99;t=3540' }),
});

/** The document of these operations. */
export function openApiDocument(operations: readonly Operation[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  registry.registerComponent('securitySchemes', 'browser', { type: 'apiKey', in: 'cookie', name: REFRESH_COOKIE });
  for (const operation of operations) registry.registerPath(routeOf(operation));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'PLIC',
      version: '1',
      description: `Pay by card what must arrive as a bank transfer. Money is whole KRW; times are UTC. ${LIMITS}`,
    },
  });
}

function routeOf(operation: Operation): RouteConfig {
  const { method, path, tag, summary, description, access, accepts } = operation;
  const headers = { ...(operation.idempotent && KEY_HEADER), ...operation.headers };
  const words = [...(description ? [description] : []), ...limitsOf(operation).map(limitWords)];
  const content = accepts === 'raw' ? z.record(z.string(), z.unknown()) : operation.body;
  return {
    method,
    path,
    tags: [tag],
    summary,
    ...(words.length > 0 && { description: words.join(' ') }),
    ...(access === 'payer' && { security: [{ bearer: [] }, ...(operation.heardByCookie ? [{ browser: [] }] : [])] }),
    request: {
      params: operation.params as z.ZodObject,
      query: operation.query as z.ZodObject,
      ...(Object.keys(headers).length > 0 && { headers: headerSchema(headers, operation) }),
      ...(accepts && {
        body: { required: !content.isOptional(), content: { 'application/json': { schema: content } } },
      }),
    },
    responses: { ...answersOf(operation), ...problemsOf(operation) },
  };
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

function answersOf(operation: Operation): RouteConfig['responses'] {
  const headers = limitsOf(operation).length > 0 && { headers: LIMIT_FIELDS };
  const entries = Object.entries(operation.answers).map(([status, answer]) => {
    if (answer === null) return [status, { description: 'Done; no body.', ...headers }];
    const [type, schema] = typeof answer === 'string' ? [answer, z.string()] : ['application/json', answer];
    return [status, { description: 'Done.', ...headers, content: { [type]: { schema } } }];
  });
  return Object.fromEntries(entries);
}

function problemsOf(operation: Operation): RouteConfig['responses'] {
  const { accepts, access, idempotent, problems } = operation;
  const codes = new Set<ProblemCode>([
    ...problems,
    ...(access === 'payer' ? (['unauthenticated'] as const) : []),
    ...(limitsOf(operation).length > 0 ? (['too-many-requests'] as const) : []),
    ...(accepts === 'json' ? WITH_BODY : accepts === 'raw' ? WITH_BODY.slice(1) : []),
    ...(idempotent ? WITH_KEY : []),
    ...ALWAYS,
  ]);
  const statuses = new Set([...codes].map((code) => PROBLEMS[code].status));
  const entries = [...statuses].map((status) => {
    const names = [...codes].filter((code) => PROBLEMS[code].status === status).map((code) => `\`${code}\``);
    const content = { 'application/problem+json': { schema: problemSchema } };
    return [status, { description: names.join(', '), content }];
  });
  return Object.fromEntries(entries);
}

/** The document as an operation of its own. */
export function documentOperation(document: () => object): Operation {
  return openOperation({
    method: 'get',
    path: '/v1/openapi.json',
    tag: 'documentation',
    summary: 'This document',
    answers: { 200: z.record(z.string(), z.unknown()) },
    problems: [],
    handle: async () => ({ status: 200, body: document() }),
  });
}

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>PLIC API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;
const START = `SwaggerUIBundle({ url: '/v1/openapi.json', dom_id: '#ui', deepLinking: true });`;

/** Swagger UI under `/docs`; its scripts are files, so that the content security policy needs no exception for them. */
export function swaggerUi(): RequestHandler {
  const router = express.Router();
  router.get('/', (_req, res) => void res.type('html').send(PAGE));
  router.get('/start.js', (_req, res) => void res.type('js').send(START));
  router.use(express.static(dirname(require.resolve('swagger-ui-dist')), { index: false, redirect: false }));
  const notServed: ErrorRequestHandler = (error, _req, _res, next) =>
    next(error.status < 500 ? new Problem('not-found') : error); // ranges and conditions that the files cannot meet
  router.use(notServed);
  return router;
}
