/** What generated clients and other people's tools need of the document. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { operationsOf } from '../../api/app';
import { RATE_LIMITS } from '../../api/deps';
import type { Operation } from '../../api/http/operation';
import { PROBLEMS, type ProblemCode } from '../../api/http/problem';
import type { z } from '../../api/http/zod';
import { WORD_TABLES } from '../../workflows/domain/words/all';
import type { Answer } from '../fixtures/payer';
import { type BareApi, dealOf, type Member, startBareApi } from './bare-api';

interface Header {
  readonly required?: boolean;
}
interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { schema: unknown; example?: unknown }>>;
}
interface Documented {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { example?: unknown }>> };
  readonly responses: Readonly<Record<string, Response>>;
}
interface Document {
  readonly servers: readonly { url: string }[];
  readonly tags: readonly { name: string; description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly examples: Readonly<Record<string, { value: Record<string, unknown> }>>;
  };
}

let api: BareApi;
let payer: Member;
let document: Document;
beforeAll(async () => {
  api = await startBareApi();
  payer = await api.member();
  document = (await api.call('GET', '/v1/openapi.json')).body as unknown as Document;
});
afterAll(() => api.stop());

const documented = ({ path, method }: { path: string; method: string }): Documented => {
  const found = document.paths[path]?.[method];
  if (!found) throw new Error(`${method} ${path} is not in the document`);
  return found;
};
const all = (): Documented[] => Object.values(document.paths).flatMap((methods) => Object.values(methods));

/** Walks everything below a value. */
function visit(value: unknown, look: (node: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) look(value as Record<string, unknown>);
  for (const inner of Object.values(value)) visit(inner, look);
}

const VALIDATE = `
  import { Validator } from '@seriousme/openapi-schema-validator';
  import { text } from 'node:stream/consumers';
  const result = await new Validator().validate(JSON.parse(await text(process.stdin)));
  process.stdout.write(JSON.stringify(result));`;

/** Its package is published as ES modules only, which jest does not load: hence a process of its own. */
async function validated(given: object): Promise<{ valid: boolean; errors?: unknown }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', VALIDATE], { cwd: __dirname });
  child.stdin.end(JSON.stringify(given));
  const [said, words] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (said === '') throw new Error(words);
  return JSON.parse(said);
}

test('the document is valid OpenAPI 3.1, as its JSON schema says', async () => {
  expect(await validated(document)).toEqual({ valid: true });
  expect(await validated({ ...document, paths: { 'no-slash': {} } })).toMatchObject({ valid: false });
});

test('an operation has an id of its own: a verb and a noun', () => {
  const ids = all().map(({ operationId }) => operationId);
  expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)+$|^logIn$|^logOut$|^signUp$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(['createDeal', 'listDeals', 'getDeal', 'confirmDeal', 'cancelDeal']));
  expect(ids).toEqual(expect.arrayContaining(['getDealTimeline', 'createCard', 'deleteCard', 'createRecipient']));
});

test('a tag says what it is about', () => {
  expect(document.tags.filter(({ description }) => description === '')).toEqual([]);
  const named = document.tags.map(({ name }) => name);
  expect(all().flatMap(({ tags }) => tags.filter((tag) => !named.includes(tag)))).toEqual([]);
});

test('it is asked where it was read: the server is relative', () => {
  expect(document.servers).toEqual([{ url: '/' }]);
});

const json = (content: Readonly<Record<string, { example?: unknown }>> | undefined) => content?.['application/json'];

test('a body has an example that its own schema takes', () => {
  const bodies = operationsOf(api.deps).filter(({ accepts }) => accepts === 'json' || accepts === 'raw');
  expect(bodies.length).toBeGreaterThan(15);
  for (const operation of bodies) {
    const example = json(documented(operation).requestBody?.content)?.example;
    expect({ of: operation.path, example }).toEqual({ of: operation.path, example: expect.anything() });
    if (operation.accepts === 'json') expectTaken(operation, operation.body as z.ZodType, example);
  }
});

test('an answer in JSON has an example that its own schema takes', () => {
  for (const operation of operationsOf(api.deps))
    for (const [status, schema] of Object.entries(operation.answers)) {
      if (schema === null || typeof schema === 'string') continue;
      const answer = json(documented(operation).responses[status]?.content);
      expect({ of: operation.path, example: answer?.example }).toEqual({
        of: operation.path,
        example: expect.anything(),
      });
      expectTaken(operation, schema, answer?.example);
    }
});

function expectTaken({ method, path }: Operation, schema: z.ZodType, example: unknown): void {
  const { success, error } = schema.safeParse(example);
  expect({ of: `${method} ${path}`, example, issues: success ? [] : error?.issues }).toMatchObject({ issues: [] });
}

test('a problem is documented by the codes that its status can have, each with an example', () => {
  for (const operation of operationsOf(api.deps)) {
    const { responses } = documented(operation);
    for (const code of operation.problems) {
      const { content } = responses[PROBLEMS[code].status] ?? {};
      expect(codesIn(content?.['application/problem+json']?.schema)).toContain(code);
    }
  }
  for (const [code, { value }] of Object.entries(document.components.examples))
    expect(value).toMatchObject({ code, status: PROBLEMS[code as ProblemCode].status, type: `/problems/${code}` });
  expect(Object.keys(document.components.examples).sort()).toEqual(Object.keys(PROBLEMS).sort());
});

/** The values of the `code` that the answer narrows the problem to. */
function codesIn(schema: unknown): unknown[] {
  const found: unknown[] = [];
  visit(schema, ({ properties }) => {
    const code = (properties as { code?: { enum?: unknown[]; const?: unknown } } | undefined)?.code;
    if (code) found.push(...(code.enum ?? [code.const]));
  });
  return found;
}

test('a status that has words in both languages shows them beside its values', () => {
  const worded = new Set<string>();
  visit(document, (node) => {
    if (!Array.isArray(node.enum)) return;
    for (const [name, table] of Object.entries(WORD_TABLES)) {
      if (node.enum.filter((one) => one !== null).join() !== Object.keys(table).join()) continue;
      worded.add(name);
      for (const { ko, en } of Object.values(table)) {
        expect(node.description).toContain(ko);
        expect(node['x-enum-descriptions']).toContain(en);
      }
    }
  });
  expect([...worded]).toEqual(
    expect.arrayContaining(['dealStatus', 'paymentStatus', 'transferStatus', 'waitReason', 'cause']),
  );
});

const TOLD = [
  'etag',
  'location',
  'retry-after',
  'idempotency-replayed',
  'ratelimit',
  'ratelimit-policy',
  'x-request-id',
];

/** Every field that must be there is, and every one of ours that is there is documented. */
function expectFields(operation: { path: string; method: string }, answer: Answer): void {
  const { headers = {} } = documented(operation).responses[answer.status] ?? {};
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const required = Object.entries(headers).flatMap(([name, one]) => (one.required ? [name] : []));
  expect(required.filter((name) => !answer.headers.has(name))).toEqual([]);
  expect(TOLD.filter((name) => answer.headers.has(name) && !names.includes(name))).toEqual([]);
}

test('the header fields of an answer are those of the document', async () => {
  const create = { path: '/v1/deals', method: 'post' };
  const quote = { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' };
  const made = await payer.post('/v1/deals', quote, 'the-key');
  expect(made.status).toBe(201);
  expect(['etag', 'location', 'ratelimit'].filter((name) => !made.headers.has(name))).toEqual([]);
  expectFields(create, made);
  const replayed = await payer.post('/v1/deals', quote, 'the-key');
  expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  expectFields(create, replayed);
  expectFields(create, await payer.post('/v1/deals', {}));
  expectFields(create, await payer.call('POST', '/v1/deals', quote));
  expectFields(create, await api.call('POST', '/v1/deals', quote));
  const one = { path: '/v1/deals/{dealId}', method: 'get' };
  expectFields(one, await payer.call('GET', `/v1/deals/${await dealOf(payer)}`));
  expectFields(one, await payer.call('GET', '/v1/deals/nothing'));
  expectFields({ path: '/v1/words', method: 'get' }, await api.call('GET', '/v1/words'));
});

test('what is asked too often says when to come again, as the document says', async () => {
  const limited = await startBareApi({ limits: { ...RATE_LIMITS, loginsPerIp: { points: 1, durationS: 60 } } });
  try {
    const ask = () => limited.call('POST', '/v1/auth/login', { email: 'x@example.com', password: 'x' });
    await ask();
    const refused = await ask();
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([429, true]);
    expectFields({ path: '/v1/auth/login', method: 'post' }, refused);
  } finally {
    await limited.stop();
  }
});
