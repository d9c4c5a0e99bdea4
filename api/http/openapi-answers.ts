/** What an operation answers, for the document: statuses, bodies, problems by their codes, and the header fields. */
import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { limitsOf, type Operation } from './operation';
import { PROBLEMS, type ProblemCode } from './problem';
import { FIELD_RULES } from './validate';
import { z } from './zod';

const fieldError = z
  .object({
    path: z.string().openapi({ description: 'From the body or query down, with dots; empty: the whole of it.' }),
    field: z.string().openapi({ description: 'The last name of the path.' }),
    rule: z.enum(FIELD_RULES).openapi({ description: 'What the value broke, for programs.' }),
    message: z.string().openapi({ description: 'The same for people, by Accept-Language.' }),
    min: z.number().optional(),
    max: z.number().optional(),
    allowed: z.array(z.unknown()).optional().openapi({ description: 'Of `choice`: the values.' }),
  })
  .openapi('FieldError');

/** Registered in the document by its name, `Problem`. */
export const problemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/quote-expired' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'For people, by Accept-Language: Korean unless English is preferred.' }),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    requestId: z.string().openapi({ description: 'Of a replayed problem: the request that was carried out.' }),
    retryable: z.boolean().openapi({ description: 'Whether the same request can succeed later.' }),
    errors: z.array(fieldError).optional().openapi({ description: 'Of `invalid-request`.' }),
    limit: z.string().optional().openapi({ description: 'Of `too-many-requests`: which limit was used up.' }),
    reason: z
      .string()
      .optional()
      .openapi({ description: 'Of a refusal by the card, the bank or the identity check: its code (GET /v1/words).' }),
    rules: z.array(z.string()).optional().openapi({ description: 'Of `risk-blocked` (GET /v1/words).' }),
    freesAt: z.iso.datetime().optional().openapi({ description: 'Of `risk-blocked`: when the limit lets it pass.' }),
    bankHolderName: z.string().optional().openapi({ description: 'Of `holder-name-differs`.' }),
    taken: z.enum(['phone', 'email']).optional().openapi({ description: 'Of `already-registered`.' }),
    dealIds: z.array(z.string()).optional().openapi({ description: 'Of `deals-open`.' }),
    right: z.string().optional().openapi({ description: 'Of `right-missing`.' }),
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

const PROBLEM = { $ref: '#/components/schemas/Problem' };

/** Statuses whose problems say when to come again, if that helps. */
const RETRY_STATUSES: ReadonlySet<number> = new Set([409, 429, 503]);

const text = { type: 'string' } as const;
/** Header fields as the document has them. */
const FIELDS = {
  'X-Request-Id': { required: true, description: 'Of this request, as the log tells it.', schema: text },
  'Content-Language': { required: true, schema: { type: 'string', enum: ['ko', 'en'] } },
  ETag: { required: true, description: 'The version of what is answered.', schema: text, example: '"3"' },
  Location: { required: true, description: 'Where the new thing is.', schema: text, example: '/v1/deals/{dealId}' },
  'Retry-After': { description: 'Seconds to wait.', schema: text, example: '5' },
  'Idempotency-Replayed': { description: 'On the stored answer of an earlier request.', schema: { const: 'true' } },
  'RateLimit-Policy': { schema: text, example: '"writes";q=300;w=60, "deals";q=100;w=3600' },
  RateLimit: { schema: text, example: '"writes";r=299;t=42, "deals";r=99;t=3540' },
} as const;

/** The answers of an operation by status. */
export const responsesOf = (operation: Operation): RouteConfig['responses'] => ({
  ...answersOf(operation),
  ...problemsOf(operation),
});

/** Fields of every answer: which request it was, and what is left of the limits that it was counted against. */
function sharedFields(operation: Operation) {
  const { 'X-Request-Id': requestId, 'Idempotency-Replayed': replayed, 'RateLimit-Policy': policy, RateLimit } = FIELDS;
  const limited = limitsOf(operation).length > 0 || operation.problems.includes('too-many-requests');
  return {
    'X-Request-Id': requestId,
    ...(limited && { 'RateLimit-Policy': policy, RateLimit }),
    ...(operation.idempotent && { 'Idempotency-Replayed': replayed }),
  };
}

function answersOf(operation: Operation): RouteConfig['responses'] {
  const own = Object.fromEntries((operation.sends ?? []).map((name) => [name, FIELDS[name]]));
  const headers = { ...sharedFields(operation), ...own };
  const entries = Object.entries(operation.answers).map(([status, answer]) => {
    if (answer === null) return [status, { description: status === '304' ? 'Unchanged.' : 'Done; no body.', headers }];
    const [type, schema] = typeof answer === 'string' ? [answer, z.string()] : ['application/json', answer];
    return [status, { description: 'Done.', headers, content: { [type]: { schema } } }];
  });
  return Object.fromEntries(entries);
}

/** Every code that the operation can answer with. */
function codesOf(operation: Operation): readonly ProblemCode[] {
  const { accepts, access, idempotent, problems } = operation;
  const limited = limitsOf(operation).length > 0;
  const codes = new Set<ProblemCode>([
    ...problems,
    ...(access === 'open' ? [] : (['unauthenticated'] as const)),
    ...(access === 'operator' ? (['right-missing'] as const) : []),
    ...(limited ? (['too-many-requests'] as const) : []),
    ...(accepts === 'json' ? WITH_BODY : accepts ? WITH_BODY.slice(1) : []),
    ...(idempotent ? WITH_KEY : []),
    ...ALWAYS,
  ]);
  return [...codes];
}

function problemsOf(operation: Operation): RouteConfig['responses'] {
  const codes = codesOf(operation);
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status));
  const entries = [...statuses].map((status) => {
    const names = codes.filter((code) => PROBLEMS[code].status === status);
    const waits = RETRY_STATUSES.has(status) && names.some((code) => PROBLEMS[code].retryable);
    const headers = {
      ...sharedFields(operation),
      'Content-Language': FIELDS['Content-Language'],
      ...(waits && { 'Retry-After': FIELDS['Retry-After'] }),
    };
    const code = { type: 'string', enum: names } as const;
    const schema = { allOf: [PROBLEM, { type: 'object', properties: { code } } as const] };
    const examples = Object.fromEntries(names.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    const content = { 'application/problem+json': { schema, examples } };
    return [status, { description: names.map((code) => `\`${code}\``).join(', '), headers, content }];
  });
  return Object.fromEntries(entries);
}
