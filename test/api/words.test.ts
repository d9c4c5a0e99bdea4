import { WORD_TABLES } from '../../workflows/domain/words/all';
import { type BareApi, startBareApi } from './bare-api';

let api: BareApi;
beforeAll(async () => {
  api = await startBareApi();
});
afterAll(() => api.stop());

const read = (headers: Record<string, string> = {}) => api.call('GET', '/v1/words', undefined, headers);

test('anyone may read the words of every code, in both languages at once', async () => {
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body).toMatchObject(WORD_TABLES);
});

test('grades are among them, named as the database names them', async () => {
  const rows = await api.deps.db('memberships').select('grade', 'name_ko', 'name_en');
  const named = Object.fromEntries(rows.map(({ grade, name_ko, name_en }) => [grade, { ko: name_ko, en: name_en }]));
  expect(Object.keys(named).length).toBeGreaterThanOrEqual(4);
  expect((await read()).body.grade).toEqual(named);
});

test('they may be kept, and who has them is told that nothing changed', async () => {
  const { headers } = await read();
  const tag = headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[\w-]+"$/);
  expect(headers.get('cache-control')).toMatch(/public, max-age=\d+/);
  const again = await read({ 'if-none-match': tag });
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, null, tag]);
  expect((await read({ 'if-none-match': '"other"' })).status).toBe(200);
});

test('another name of a grade is another ETag', async () => {
  const before = (await read()).headers.get('etag') ?? '';
  await api.deps.db('memberships').where({ grade: 'VIP' }).update({ name_ko: '브이아이피' });
  expect((await read({ 'if-none-match': before })).status).toBe(200);
});
