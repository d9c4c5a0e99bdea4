/** Files that operators go by: what they are called they are, once a deal, encrypted, and shown to nobody without a reason. */
import { randomUUID } from 'node:crypto';
import { swapCiphertext } from '../../../db/ciphertexts';
import { placeOf } from '../../../db/encrypted-columns';
import { EVIDENCE_BYTES_MAX } from '../../../workflows/domain/evidence';
import { sendFile } from '../../fixtures/acting';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { type BareApi, type LoggedInOperator, startBareApi } from '../bare-api';

const PDF = 'application/pdf';
let api: BareApi;
let risk: LoggedInOperator;
beforeAll(async () => {
  api = await startBareApi();
  risk = await api.operator('risk');
});
afterAll(() => api.stop());

async function dealNo(): Promise<string> {
  const { db } = api.deps;
  const id = await insertDeal(db, await insertPerson(db));
  return (await db('deals').where({ id }).first('deal_no')).deal_no;
}
const send = (deal: string, bytes: Buffer, type = PDF, token = risk.token) =>
  sendFile(`${api.url}/v1/admin/deals/${deal}/evidence`, token, bytes, type);
const pdf = (text = randomUUID()): Buffer => Buffer.from(`%PDF-1.7 ${text}`);
const files = () => api.deps.db('evidence_files');

test('a file of 5 MB is kept, and read back byte by byte by a reveal alone; one byte more is refused', async () => {
  const deal = await dealNo();
  const whole = Buffer.concat([pdf(), Buffer.alloc(EVIDENCE_BYTES_MAX, 7)]).subarray(0, EVIDENCE_BYTES_MAX);
  const kept = await send(deal, whole);
  expect(kept).toMatchObject({ status: 201, body: { mediaType: PDF, size: whole.length, uploadedBy: risk.handle } });
  const more = await send(deal, Buffer.concat([whole, Buffer.from('x')]));
  expect(more).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
  const subject = { kind: 'evidence', id: kept.body.id };
  const reveal = (reason?: string) => risk.call('POST', '/v1/admin/reveals', { subject, field: 'content', reason });
  expect((await reveal()).status).toBe(422);
  const shown = await reveal('ticket 4711: the slip is compared');
  expect(Buffer.from(String(shown.body.value), 'base64').equals(whole)).toBe(true);
  const told = await risk.call('GET', `/v1/admin/evidence/${kept.body.id}`);
  expect([told.status, told.body]).toEqual([200, kept.body]);
  expect(JSON.stringify(await files().where({ id: kept.body.id }))).not.toContain(
    whole.toString('base64').slice(0, 60),
  );
});

test.each([
  ['an HTML page that is called a PDF', PDF, '<html><script>alert(1)</script>'],
  ['a PNG that is called a PDF', PDF, '\x89PNG\r\n\x1a\n'],
  ['a PDF that is called a JPEG', 'image/jpeg', '%PDF-1.7'],
  ['a page of text', 'text/html', '%PDF-1.7'],
  ['JSON', 'application/json', '{}'],
  ['nothing', PDF, ''],
])('%s is refused, and nothing is kept', async (_, type, text) => {
  const [deal, before] = [await dealNo(), await files().count()];
  const answer = await send(deal, Buffer.from(text, 'latin1'), type);
  expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
  expect(await files().count()).toEqual(before);
});

test('the same file of the same deal is one, also of two who send it at once; of another deal it is another', async () => {
  const [deal, other, bytes] = [await dealNo(), await dealNo(), pdf()];
  const both = await Promise.all([send(deal, bytes), send(deal, bytes)]);
  const again = await send(deal, bytes);
  expect(new Set([...both, again].map(({ body }) => body.id)).size).toBe(1);
  expect(both.some(({ status }) => status === 201)).toBe(true);
  expect(again.status).toBe(200);
  expect((await send(other, bytes)).body.id).not.toBe(again.body.id);
});

test('a deal that is not there has no evidence, and who may ask for nothing sends none', async () => {
  expect((await send('P-none', pdf())).status).toBe(404);
  const viewer = await api.operator('viewer');
  expect(await send(await dealNo(), pdf(), PDF, viewer.token)).toMatchObject({
    ...{ status: 403, body: { right: 'requests.make' } },
  });
  expect((await risk.call('GET', `/v1/admin/evidence/${randomUUID()}`)).status).toBe(404);
});

test('that a file was sent is in the audit, with its hash', async () => {
  const deal = await dealNo();
  const { body } = await send(deal, pdf());
  const entries = await api.deps.db('admin_audit_logs').where({ action: 'send-evidence', subject: deal });
  expect(entries).toMatchObject([
    { actor: `operator:${risk.handle}`, outcome: 'done', after: { evidence: body.id, sha256: body.sha256 } },
  ]);
});

test('under another data key it is the same file', async () => {
  const { db, keys } = api.deps;
  const bytes = pdf();
  const { body } = await send(await dealNo(), bytes);
  const place = placeOf('evidence', String(body.id));
  const { content_encrypted: text } = await files().where({ id: body.id }).first();
  const one = { secret: 'evidence', row: place.row, key: { id: place.row }, text } as const;
  expect(await swapCiphertext(db, one, await keys.encrypt(await keys.decrypt(text, place), place))).toBe(true);
  const [row] = await files().where({ id: body.id });
  expect(row.content_encrypted).not.toBe(text);
  expect(Buffer.from(await keys.decrypt(row.content_encrypted, place), 'base64').equals(bytes)).toBe(true);
});

test('what was sent is never changed, nor deleted', async () => {
  const { body } = await send(await dealNo(), pdf());
  const own = () => files().where({ id: body.id });
  for (const change of [{ sha256: '0'.repeat(64) }, { content_encrypted: 'v1.a.a.a.a' }, { size: 3 }])
    await expect(own().update(change)).rejects.toMatchObject({ code: 'PL002' });
  await expect(own().delete()).rejects.toMatchObject({ code: 'PL002' });
});
