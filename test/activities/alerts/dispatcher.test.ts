/** Operators hear by webhook of tasks, alarms and requests that wait: each once, in words, nobody's data, nothing lost. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAlertDispatcher } from '../../../activities/alerts/dispatcher';
import type { Dispatcher } from '../../../activities/dispatcher';
import { closeTasks, raise } from '../../../db/operator-tasks';
import { createLog } from '../../../infra/log';
import { createAlertWebhook } from '../../../infra/providers/alert-webhook';
import { startNotices } from '../../../infra/sandbox/notices';
import type { DealId } from '../../../workflows/domain/ids';
import { poll } from '../../fixtures/poll';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

const DESK = { admin: 'https://admin.plic.example', runbook: 'docs/operations.md' };
let database: TestDatabase;
let carrier: Awaited<ReturnType<typeof startNotices>>;
let started: Dispatcher[];
beforeEach(async () => {
  [database, carrier] = await Promise.all([testDatabase(), startNotices()]);
  started = [];
});
afterEach(async () => {
  await stopAll();
  await Promise.all([database.drop(), carrier.close()]);
});
const stopAll = () => Promise.all(started.splice(0).map((one) => one.stop()));

/** A dispatcher; `togetherMs`: for how long alerts of one kind are gathered. */
function start({
  url = `${carrier.url}/hooks/operators` as string | null,
  togetherMs = 60_000,
  timeoutMs = 10_000,
} = {}) {
  const dispatcher = createAlertDispatcher({
    ...{ db: database.db, desk: DESK, log: createLog('test', 'silent'), pace: { idleMs: 20, togetherMs } },
    hook: url === null ? null : createAlertWebhook(url, timeoutMs),
  });
  started.push(dispatcher);
  dispatcher.start();
}
async function told(): Promise<string[]> {
  const messages = (await (await fetch(`${carrier.url}/_sandbox/messages?to=operators`)).json()) as {
    text: string;
    channel: string;
  }[];
  return messages.map(({ channel, text }) => `${channel}: ${text}`);
}
const arrived = (count: number) => poll(told, (texts) => texts.length >= count, { what: 'messages to operators' });
const open = () => database.db('operator_alerts').where({ sent_at: null, dropped_at: null });
const settled = () => poll(open, (rows) => rows.length === 0, { what: 'nothing waits' });
async function deal() {
  const id = (await insertDeal(database.db, await insertPerson(database.db))) as DealId;
  const { deal_no: dealNo } = await database.db('deals').where({ id }).first('deal_no');
  return { id, dealNo };
}

test('a task of a deal is told by its reason, its meaning, and where to act and to read on', async () => {
  const { id, dealNo } = await deal();
  await raise(database.db, id, 'task', 'transfer-unknown', 'an account number 110123451234, a phone 01012345678');
  start();
  expect(await arrived(1)).toEqual([
    'operators: [PLIC] Task transfer-unknown\nthe bank has the transfer and has not said what became of it\n' +
      `deal ${dealNo}: ${DESK.admin}/v1/admin/deals/${id}\nRunbook: docs/operations.md#wait-transfer-unknown`,
  ]);
});

test('an alarm is told when it begins and when it is over, and once each, however often it is raised', async () => {
  const { db } = database;
  start();
  for (let n = 0; n < 3; n++) await raise(db, null, 'alarm', 'float-low', `balance ${n}`);
  await arrived(1);
  await closeTasks(db, null, ['float-low']);
  const texts = await arrived(2);
  expect(texts.map((text) => text.split('\n')[0])).toEqual([
    'operators: [PLIC] Alarm float-low',
    'operators: [PLIC] Over: alarm float-low',
  ]);
  expect(texts.join()).not.toContain('balance');
  await raise(db, null, 'task', 'retention-failed', 'x');
  await closeTasks(db, null, ['retention-failed']);
  await settled();
  expect(await told()).toHaveLength(3); // the end of a task is no alert: whoever closed it knows
});

test('a request that waits for a second person is told, with its own page', async () => {
  const { id, dealNo } = await deal();
  const request = randomUUID();
  await database.db('operator_requests').insert({
    ...{ id: request, kind: 'rule', about: '{}', subject_kind: 'deal', subject: dealNo, deal_id: id, input: '{}' },
    ...{ reason: 'the bank said so on 010-1234-5678', maker: 'operator:kim' },
  });
  start();
  expect(await arrived(1)).toEqual([
    'operators: [PLIC] A second person is needed: request rule\n' +
      `deal ${dealNo}: ${DESK.admin}/v1/admin/requests/${request}\nRunbook: docs/operations.md`,
  ]);
});

test('many of one kind are one message with a count; another kind is not held up by them', async () => {
  const { db } = database;
  const deals = await Promise.all(Array.from({ length: 14 }, () => deal()));
  const [first, ...others] = deals;
  await raise(db, first?.id ?? null, 'task', 'transfer-unknown');
  start({ togetherMs: 3_600_000 });
  await arrived(1);
  for (const { id } of others) await raise(db, id, 'task', 'transfer-unknown');
  await raise(db, null, 'alarm', 'float-unknown');
  expect(await arrived(2)).toHaveLength(2);
  await db('operator_alert_kinds').update({ next_at: db.fn.now() }); // the time in which they are gathered is over
  const texts = await arrived(3);
  expect(texts[1]).toContain('Alarm float-unknown');
  expect(texts[2]).toContain('[PLIC] 13 tasks: transfer-unknown\n');
  expect(texts[2]?.match(/deal P/g)).toHaveLength(10);
  expect(texts[2]).toContain('and 3 more');
  await settled();
  expect(await told()).toHaveLength(3);
});

test('several dispatchers tell each alert once', async () => {
  for (const reason of ['float-low', 'float-unknown', 'batch-late', 'batch-failed', 'batch-missed'] as const)
    await raise(database.db, null, 'alarm', reason);
  for (let n = 0; n < 4; n++) start();
  await settled();
  expect(await told()).toHaveLength(5);
});

test('a webhook that is down, or answers errors, loses nothing: all is told once it is back', async () => {
  const { db } = database;
  start({ url: 'http://127.0.0.1:1/hooks' });
  await raise(db, null, 'alarm', 'float-low');
  const seen = async () => ({
    tries: (await db('operator_alert_kinds').first())?.attempts ?? 0,
    waiting: await open(),
  });
  await poll(seen, ({ tries, waiting }) => tries >= 2 || waiting.length === 0, { what: 'it was tried again' });
  expect(await open()).toHaveLength(1);
  await raise(db, null, 'alarm', 'batch-late');
  await stopAll();
  await db('operator_alert_kinds').update({ next_at: db.fn.now() }); // its wait is over
  await fetch(`${carrier.url}/_sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults: [{ fault: 'error-500', times: 1 }] }),
  });
  start();
  expect((await arrived(2)).map((text) => text.split('\n')[0]?.split(' ').at(-1)).sort()).toEqual([
    'batch-late',
    'float-low',
  ]);
  await settled();
});

test('while the webhook takes nothing an alarm says so, elsewhere, and it ends with the first alert that is taken', async () => {
  const { db } = database;
  await raise(db, null, 'alarm', 'float-low');
  start({ url: 'http://127.0.0.1:1/hooks' });
  const tries = () => db('operator_alert_kinds').where({ reason: 'float-low' });
  await poll(
    () => tries().first('attempts'),
    (row) => row?.attempts >= 1,
    { what: 'it was tried' },
  );
  const silent = () => db('operator_tasks').where({ reason: 'alerts-untold', closed_at: null });
  expect(await silent()).toEqual([]);
  await tries().update({ attempts: 5, next_at: db.fn.now() });
  await poll(silent, (rows) => rows.length === 1, { what: 'the alarm' });
  await stopAll();
  await db('operator_alert_kinds').update({ next_at: db.fn.now() }); // the wait of each is over
  start();
  await poll(silent, (rows) => rows.length === 0, { what: 'its end' });
  await settled();
  expect((await told()).map((text) => text.split('\n')[0]).sort()).toEqual([
    'operators: [PLIC] Alarm alerts-untold',
    'operators: [PLIC] Alarm float-low',
    'operators: [PLIC] Over: alarm alerts-untold',
  ]);
});

test('a webhook that refuses, or redirects elsewhere, has told nobody', async () => {
  let status = 404;
  const server: Server = createServer((_, res) => res.writeHead(status, { location: carrier.url }).end('no'));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  for (const one of [404, 307, 200]) {
    status = one;
    const telling = createAlertWebhook(url).tell('x');
    if (one === 200)
      await expect(telling).resolves.toBeUndefined(); // Slack answers `ok`, which is no JSON
    else await expect(telling).rejects.toMatchObject({ name: 'ProviderError' });
  }
  await new Promise((done) => server.close(done));
});

test('where no webhook is set what waited for ten minutes is dropped, and what is newer is not', async () => {
  await raise(database.db, null, 'alarm', 'float-low');
  await database.db('operator_alerts').update({ created_at: database.db.raw(`now() - interval '11 minutes'`) });
  await raise(database.db, null, 'alarm', 'float-unknown');
  start({ url: null });
  await poll(open, (rows) => rows.length <= 1, { what: 'the old one is dropped' });
  await stopAll();
  start();
  await settled();
  expect((await told()).map((text) => text.split('\n')[0])).toEqual(['operators: [PLIC] Alarm float-unknown']);
});

test('a task that is rolled back is told to nobody', async () => {
  const { db } = database;
  await expect(
    db.transaction(async (trx) => {
      await raise(trx, null, 'alarm', 'float-low');
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await db('operator_alerts')).toEqual([]);
});
