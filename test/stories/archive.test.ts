/** Operators archive a month at their command line, verify it, and bring it back from S3's cold storage. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Client } from '@temporalio/client';
import type { S3Place } from '../../infra/archive/place';
import { taskQueuesOf } from '../../infra/temporal/client';
import { optionsOf } from '../../workers/schedules';
import { ensureSearchAttributes } from '../../workers/search-attributes';
import { kstDayOf, kstMonthStart } from '../../workflows/domain/bank-calendar';
import { loggedIn, operatorCommand } from '../fixtures/commands';
import { pastGuards } from '../fixtures/ended-month';
import { bareNamespace } from '../fixtures/namespace';
import { runBatch } from '../fixtures/operator';
import { type House, startHouse } from '../servers/house';
import { type S3Server, startS3 } from '../servers/s3';
import { testStack } from '../servers/stack';

let s3: S3Server;
let place: S3Place;
let house: House;
/** Of a namespace of this test's own, in which the Schedule has its real name. */
let client: Client;
beforeAll(async () => {
  client = await bareNamespace();
  await ensureSearchAttributes(client);
  s3 = await startS3();
  place = await s3.newPlace();
  const { bucket: ARCHIVE_BUCKET, endpoint = '' } = place;
  const TEMPORAL_NAMESPACE = client.options.namespace;
  house = await startHouse({ env: { ARCHIVE_BUCKET, AWS_ENDPOINT_URL_S3: endpoint, TEMPORAL_NAMESPACE } });
});
afterAll(async () => {
  await house.stop();
  await s3.stop();
  await client.connection.close();
});

const archive = (...args: string[]) => operatorCommand('archive', house, ...args);
const LAST_MONTH = kstDayOf(kstMonthStart(new Date(), 1)).slice(0, 7);

/** A real deal, as if it had been made in the month before this one. */
async function dealOfLastMonth(): Promise<{ dealNo: string; secrets: readonly string[] }> {
  const payer = await house.payer();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient());
  await payer.confirm(id, await payer.registerCard());
  await payer.waitForStatus(id, 'COMPLETED');
  const at = kstMonthStart(new Date(), 1).toISOString();
  await pastGuards(house.db, `update deals set created_at = :at::timestamptz where deal_no = :dealNo`, { at, dealNo });
  await pastGuards(house.db, 'update pg_webhook_events set processed_at = now() where processed_at is null');
  return { dealNo, secrets: [...payer.secrets, payer.person.phone, payer.person.name, payer.person.email, '월세'] };
}

test('a month is archived, verified, asked for, brought back, and each line of it is what the database has', async () => {
  const { dealNo, secrets } = await dealOfLastMonth();
  expect(await archive('list')).toEqual({ code: 0, text: 'nothing was archived yet\n' });
  const unset = 'archive: there is no Schedule log-archive: "npm run schedules" sets it\n';
  expect(await archive('run')).toEqual({ code: 1, text: unset });
  const { batches } = taskQueuesOf(house.config.temporal.taskQueue);
  await client.schedule.create(optionsOf('log-archive', batches));
  expect(await archive('run')).toEqual({
    ...{ code: 0, text: expect.stringMatching(`^archived: ${LAST_MONTH} \\(\\d+ rows\\)\n$`) },
  });
  expect(await archive('run')).toEqual({ code: 0, text: 'nothing was due\n' });
  await runBatch(house, 'minuteSweepWorkflow');
  const runs = await house
    .db('batch_runs')
    .where({ batch: 'log-archive' })
    .orderBy('begun_at')
    .select('status', 'result');
  expect(runs).toMatchObject([
    { status: 'done', result: { archived: [LAST_MONTH] } },
    { status: 'done', result: { archived: [] } },
  ]);
  expect((await archive('list')).text).toMatch(new RegExp(`\n {2}${LAST_MONTH} +\\d+ `));
  const fine = `${LAST_MONTH}: every object is there, and what was written\n`;
  expect(await archive('verify')).toEqual({ code: 0, text: fine });
  const to = join(testStack().dir, randomUUID());
  const asked = await archive('restore', '--month', LAST_MONTH, '--to', to, '--tier', 'Bulk');
  expect(asked).toEqual({
    ...{
      code: 1,
      text: expect.stringMatching(/^archive: \d+ of \d+ parts are being restored: come again in 5 to 12 h/),
    },
  });
  expect(existsSync(to)).toBe(false);
  const back = await archive('restore', '--month', LAST_MONTH, '--to', to); // moto has restored them at once
  expect(back).toEqual({ code: 0, text: expect.stringMatching(`^${LAST_MONTH}: \\d+ rows in \\d+ files, each what`) });
  const deals = readFileSync(join(to, 'deals/part-0001.ndjson'), 'utf8').trimEnd().split('\n');
  const row = await house.db('deals').where({ deal_no: dealNo }).first();
  expect(JSON.parse(deals[0] ?? '')).toMatchObject({
    ...{ id: row.id, deal_no: dealNo, total: Number(row.total), category: row.category },
  });
  const files = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ndjson'));
  const all = files.map((file) => readFileSync(join(to, file), 'utf8')).join('');
  expect(secrets.length).toBeGreaterThan(3);
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  const entries = readFileSync(join(to, 'ledger_entries/part-0001.ndjson'), 'utf8').trimEnd().split('\n');
  expect(entries.reduce((sum, line) => sum + JSON.parse(line).amount, 0)).toBe(0);
  const audit = await house.db('admin_audit_logs').where({ action: 'restore' }).orderBy('seq').pluck('outcome');
  expect(audit).toEqual(['asked', 'refused', 'asked', 'done']);
});

test('an object that is gone or another one is named, and nothing of it is brought back', async () => {
  const key = (name: string) => ({ Bucket: place.bucket, Key: `archive/${name}` });
  const [payments, refunds] = [`payments/${LAST_MONTH}/part-0001.ndjson.gz`, `sends/${LAST_MONTH}/part-0001.ndjson.gz`];
  await s3.client.send(new PutObjectCommand({ ...key(payments), Body: 'another' }));
  await s3.client.send(new DeleteObjectCommand(key(refunds)));
  const text = `${LAST_MONTH}: ${payments} is not what was written\n${LAST_MONTH}: ${refunds} is missing\n`;
  expect(await archive('verify', '--month', LAST_MONTH)).toEqual({ code: 1, text });
  const to = join(testStack().dir, randomUUID());
  expect(await archive('restore', '--month', LAST_MONTH, '--to', to)).toEqual({
    ...{ code: 1, text: `archive: ${refunds} is missing\n` },
  });
  await s3.client.send(new PutObjectCommand({ ...key(refunds), Body: 'another' }));
  const other = await archive('restore', '--month', LAST_MONTH, '--to', to);
  expect(other).toEqual({ code: 1, text: `archive: ${payments} is not what was written; nothing of it was kept\n` });
  expect(existsSync(join(to, 'payments'))).toBe(false);
  await s3.client.send(new DeleteObjectCommand(key(`manifests/${LAST_MONTH}.json`)));
  const none = await archive('restore', '--month', LAST_MONTH, '--to', to);
  expect(none).toEqual({ code: 1, text: `archive: manifests/${LAST_MONTH}.json is missing\n` });
});

test('a wrong order is told why, and only who may see money sees the archive', async () => {
  const wrong: readonly (readonly [string[], string])[] = [
    [['restore', '--to', 'x'], 'name the month'],
    [['restore', '--month', '2026-01'], 'name the folder'],
    [['restore', '--month', '2026-01', '--to', 'x', '--tier', 'Expedited'], '--tier must be one of Standard, Bulk'],
    [['restore', '--month', '2026-01', '--to', 'x'], 'there is no archive of 2026-01'],
    [['verify', '--month', '2026-13'], '--month must be YYYY-MM'],
    [['verify', '--month', '2020-01'], 'there is no archive of 2020-01'],
    [['burn'], 'unknown: "burn"'],
  ];
  for (const [args, said] of wrong) {
    const answer = await archive(...args);
    expect([args, answer.code, answer.text]).toEqual([args, 1, expect.stringContaining(said)]);
  }
  const session = await loggedIn(house.env.DATABASE_URL ?? '', 'park', 'support');
  const env = { ...house.env, PLIC_OPERATOR_SESSION: session };
  expect((await operatorCommand('archive', { env }, 'list')).text).toContain('lacks the right money.read');
});
