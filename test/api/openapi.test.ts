import request from 'supertest';
import { createApp, operationsOf } from '../../api/app';
import { PROBLEMS } from '../../api/http/problem';
import { WAIT_REASONS } from '../../workflows/domain/deal-state';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

interface Operation {
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
  readonly security?: unknown;
  readonly parameters?: { name: string; in: string; required: boolean }[];
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, unknown> };
}
const read = async () => (await api.call('GET', '/v1/openapi.json')).body as unknown as Document;

interface Layer {
  readonly route?: { path: string; stack: { method?: string }[] };
}

test('every route of the application is an operation of the document, and the other way round', async () => {
  const { paths } = await read();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  const { router } = createApp(api.deps) as unknown as { router: { stack: Layer[] } };
  const routes = router.stack.flatMap(({ route }) => {
    const methods = new Set(route?.stack.flatMap(({ method }) => method ?? [])); // `all` has none: it refuses
    return [...methods].map((method) => `${method} ${route?.path}`);
  });
  expect(routes.sort()).toEqual(documented.sort());
  expect(documented.length).toBeGreaterThan(20);
});

test('the document is OpenAPI 3.1 and tells keys, sessions and problems', async () => {
  const { openapi, paths, components } = await read();
  expect(openapi).toBe('3.1.0');
  const confirm = paths['/v1/deals/{dealId}/confirm']?.post;
  expect(Object.keys(confirm?.responses ?? {})).toEqual(
    expect.arrayContaining(['200', '202', '400', '401', '402', '404', '409', '412', '413', '415', '422', '500', '503']),
  );
  expect(confirm?.security).toEqual([{ bearer: [] }]);
  expect(confirm?.parameters).toContainEqual(
    expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
  );
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['Deal', 'Payment', 'Transfer', 'Problem']));
});

test('the document has every reason for which a deal waits', async () => {
  const { components } = await read();
  expect(components.schemas.Waiting).toMatchObject({ properties: { reason: { enum: WAIT_REASONS } } });
});

test('each operation says what it does, and names only statuses that it can answer', () => {
  for (const { summary, answers, problems } of operationsOf(api.deps)) {
    expect(summary).not.toBe('');
    expect(Object.keys(answers).every((status) => status.startsWith('2') || status === '304')).toBe(true);
    expect(problems.every((code) => code in PROBLEMS)).toBe(true);
  }
});

test('Swagger UI is served from here, under a policy that allows no other scripts', async () => {
  const page = await request(api.url).get('/docs');
  const html = page.text;
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  expect(page.headers['content-security-policy']).toContain("connect-src 'self'");
  const { text: start } = await request(api.url).get('/docs/start.js');
  expect(start).toMatch(/persistAuthorization: true[\s\S]+validatorUrl: null/);
  expect(`${html}${start}`).not.toMatch(/<script>|https?:/);
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) await request(api.url).get(`${path}`).expect(200);
  expect(page.headers['x-powered-by']).toBeUndefined();
});

test.each(Object.keys(PROBLEMS))('the problem %s has a page', async (code) => {
  const page = await request(api.url).get(`/problems/${code}`).expect(200);
  expect(page.text).toContain(`<code>${code}</code>`);
});

test('a page of no problem is a problem', async () => {
  for (const code of ['nothing', 'toString', '<script>'])
    expect((await api.call('GET', `/problems/${code}`)).body.code).toBe('not-found');
});
