import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createNoticeDispatcher, type NoticeDispatcher } from '../../../activities/notices/dispatcher';
import { noticeText } from '../../../activities/notices/texts';
import { enqueueNotice } from '../../../db/notices';
import { openKeyFile } from '../../../infra/keys/key-file';
import { createLog } from '../../../infra/log';
import { createAligo } from '../../../infra/providers/aligo';
import { startNotices } from '../../../infra/sandbox/notices';
import type { RunningSandbox } from '../../../infra/sandbox/sandbox';
import type { DealId } from '../../../workflows/domain/ids';
import { poll } from '../../fixtures/poll';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testStack } from '../../servers/stack';

let database: TestDatabase;
let carrier: RunningSandbox;
const started: NoticeDispatcher[] = [];
const keys = openKeyFile(join(testStack().dir, `notices-${process.pid}.key`));
beforeAll(async () => {
  database = await testDatabase();
  carrier = await startNotices();
});
const stopAll = () => Promise.all(started.splice(0).map((dispatcher) => dispatcher.stop()));
afterEach(stopAll);
afterAll(async () => {
  await carrier.close();
  await database.drop();
});

function start(url = carrier.url): NoticeDispatcher {
  const sms = createAligo({ url, apiKey: 'key', userId: 'plic', sender: '0212345678', timeoutMs: 1_000 });
  const dispatcher = createNoticeDispatcher({ db: database.db, keys, sms, log: createLog('test', 'silent') });
  started.push(dispatcher);
  dispatcher.start();
  return dispatcher;
}

const phone = (): string => `010${randomInt(10_000_000, 99_999_999)}`;

async function payer(): Promise<{ phone: string; userId: string; dealId: DealId }> {
  const person = await insertPerson(database.db);
  const number = phone();
  const ofMember = { table: 'users', row: person.userId, column: 'phone_encrypted' };
  await database
    .db('users')
    .where({ id: person.userId })
    .update({ phone_encrypted: await keys.encrypt(number, ofMember) });
  return { phone: number, userId: person.userId, dealId: (await insertDeal(database.db, person)) as DealId };
}

const textsTo = async (to: string): Promise<string[]> => {
  const messages = (await (await fetch(`${carrier.url}/_sandbox/messages?to=${to}`)).json()) as { text: string }[];
  return messages.map(({ text }) => text);
};
const arrived = (to: string, count = 1) =>
  poll(
    () => textsTo(to),
    (texts) => texts.length >= count,
    { what: 'messages' },
  );
const faults = (list: object[]) =>
  fetch(`${carrier.url}/_sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults: list }),
  });

async function enqueueCode(to: string, code: string): Promise<string> {
  const id = randomUUID();
  const seal = (text: string, column: string) => keys.encrypt(text, { table: 'notices', row: id, column });
  const phoneEncrypted = await seal(to, 'phone_encrypted');
  const secretEncrypted = await seal(code, 'secret_encrypted');
  await enqueueNotice(database.db, { template: 'auth-code', id, phoneEncrypted, secretEncrypted });
  return id;
}
const rowsOf = (id: string) => database.db('notices').where({ id });
const rowOf = (id: string) => rowsOf(id).first();
const rowTo = (userId: string) => database.db('notices').where({ user_id: userId }).first();

test('a code arrives as the only six digits of its text, and its secret is forgotten', async () => {
  start();
  const to = phone();
  const id = await enqueueCode(to, '042137');
  const [text] = await arrived(to);
  expect(text?.match(/\d{6}/g)).toEqual(['042137']);
  const row = await poll(
    () => rowOf(id),
    ({ sent_at: sentAt }) => sentAt !== null,
    { what: 'the record' },
  );
  expect(row).toMatchObject({ secret_encrypted: null, attempts: 1, failed_at: null });
});

test('a notice leaves only when its transaction commits', async () => {
  start();
  const { userId, dealId, phone: to } = await payer();
  const notice = { template: 'deal-completed', userId, dealId, params: { dealNo: 'PABC', amount: 1_000_000 } } as const;
  const rolledBack = database.db.transaction(async (trx) => {
    await enqueueNotice(trx, notice);
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  await database.db.transaction((trx) => enqueueNotice(trx, notice));
  expect(await arrived(to)).toEqual(['[PLIC] 거래 PABC: 받는 분 계좌로 1,000,000원을 보냈습니다.']);
});

test('several workers send each notice once', async () => {
  for (let n = 0; n < 4; n++) start();
  const { userId, dealId, phone: to } = await payer();
  const templates = ['deal-completed', 'deal-failed', 'deal-refunded'] as const;
  const all = Array.from({ length: 60 }, (_, n) => {
    const params = { dealNo: `N${n}`, amount: 300_000, statementBy: '2026-12-02' };
    return enqueueNotice(database.db, { template: templates[n % 3] ?? 'deal-completed', userId, dealId, params });
  });
  await Promise.all(all);
  await arrived(to, 60);
  await stopAll();
  const texts = await textsTo(to);
  expect(texts).toHaveLength(60);
  expect(new Set(texts).size).toBe(60);
});

test('a carrier that fails is asked again after a second', async () => {
  await faults([{ fault: 'error-500', times: 1 }]);
  start();
  const { userId, dealId, phone: to } = await payer();
  await enqueueNotice(database.db, { template: 'deal-failed', userId, dealId, params: { dealNo: 'P', amount: 1_000 } });
  await arrived(to);
  const row = await poll(
    () => rowTo(userId),
    ({ sent_at: sentAt }) => sentAt !== null,
    { what: 'the record' },
  );
  expect(row.attempts).toBe(2);
  expect(row.sent_at.getTime() - row.created_at.getTime()).toBeGreaterThan(900);
});

test('after ten tries a notice is given up, and its secret forgotten', async () => {
  const id = await enqueueCode(phone(), '123456');
  await rowsOf(id).update({ attempts: 9 });
  start('http://127.0.0.1:1');
  const seen = await poll(
    () => rowOf(id),
    ({ failed_at: failedAt }) => failedAt !== null,
    { what: 'the end' },
  );
  expect(seen).toMatchObject({ attempts: 10, sent_at: null, secret_encrypted: null });
});

test('a notice that cannot be written does not stop the others', async () => {
  start();
  const { userId, dealId, phone: to } = await payer();
  await database.db('notices').insert({ id: randomUUID(), user_id: userId, template: 'no-such-template' });
  await enqueueNotice(database.db, { template: 'deal-completed', userId, dealId, params: { dealNo: 'P', amount: 1 } });
  expect(await arrived(to)).toHaveLength(1);
});

test('stop waits for the message on its way, and a stopped dispatcher sends nothing', async () => {
  await faults([{ fault: 'slow', times: 1, delayMs: 500 }]);
  const dispatcher = start();
  const [first, second] = [phone(), phone()];
  const id = await enqueueCode(first, '111222');
  await arrived(first);
  await dispatcher.stop();
  expect((await rowOf(id)).sent_at).not.toBeNull();
  const later = await enqueueCode(second, '333444');
  expect(await rowOf(later)).toMatchObject({ attempts: 0, sent_at: null });
});

test('no text but that of a code has six digits in a row', () => {
  for (const template of ['deal-completed', 'deal-failed', 'deal-refunded']) {
    const text = noticeText(template, { dealNo: 'P', amount: 5_150_000, statementBy: '2026-12-02' }, null);
    expect(text).toContain('5,150,000원');
    expect(text).not.toMatch(/\d{6}/);
  }
  const refunded = noticeText('deal-refunded', { dealNo: 'P', amount: 1, statementBy: '2026-12-02' }, null);
  expect(refunded).toContain('12월 2일까지');
});

test('every code says what it is for, and news of an account names nobody', () => {
  const codes = ['auth-code', 'password-reset-code', 'old-phone-code', 'new-phone-code'];
  const texts = codes.map((template) => noticeText(template, {}, '042137'));
  for (const text of texts) expect(text.match(/\d{6}/g)).toEqual(['042137']);
  expect(new Set(texts).size).toBe(codes.length);
  for (const template of codes) expect(() => noticeText(template, {}, null)).toThrow();
  for (const template of ['password-changed', 'phone-changed', 'membership-ended'])
    expect(noticeText(template, {}, null)).toMatch(/^\[PLIC\] \D+$/);
});
