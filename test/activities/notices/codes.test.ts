/** A code leaves only while it counts, before everything else, and at most once. */
import { enqueueNotice } from '../../../db/notices';
import { startNotices } from '../../../infra/sandbox/notices';
import { poll } from '../../fixtures/poll';
import { journalOf } from '../../sandbox/client';
import { NOWHERE, newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.stopAll());
afterAll(() => outbox.close());

const GONE = { secret_encrypted: null, phone_encrypted: null, email_encrypted: null, sent_at: null };

test('of several codes for the same only the newest leaves', async () => {
  const to = newPhone();
  const older = await outbox.enqueueCode(to, '111111', { hash: to, issue: '1' });
  const newest = await outbox.enqueueCode(to, '222222', { hash: to, issue: '2' });
  const ofAnother = await outbox.enqueueCode(to, '333333', { hash: `${to} for another purpose`, issue: '1' });
  outbox.start();
  expect(await outbox.marked(older, 'failed_at')).toMatchObject({ ...GONE, attempts: 0, ended_reason: 'superseded' });
  await outbox.marked(newest, 'sent_at');
  await outbox.marked(ofAnother, 'sent_at');
  expect((await outbox.textsTo(to)).join()).not.toContain('111111');
});

test('an older code does not leave after a newer one has left, though it comes later', async () => {
  const to = newPhone();
  outbox.start();
  await outbox.marked(await outbox.enqueueCode(to, '222222', { hash: to, issue: '2' }), 'sent_at');
  const older = await outbox.enqueueCode(to, '111111', { hash: to, issue: '1' });
  expect(await outbox.marked(older, 'failed_at')).toMatchObject({ ...GONE, attempts: 0, ended_reason: 'superseded' });
  expect(await outbox.textsTo(to)).toHaveLength(1);
});

test('a code that has run out does not leave, and operators hear of one that was tried', async () => {
  const to = newPhone();
  const [late, refused] = [await outbox.enqueueCode(to, '111111'), await outbox.enqueueCode(to, '222222')];
  const ranOut = new Date(Date.now() - 180_000);
  await outbox.db('notices').where({ id: late }).update({ created_at: ranOut });
  await outbox.db('notices').where({ id: refused }).update({ created_at: ranOut, attempts: 3 });
  outbox.start();
  for (const id of [late, refused])
    expect(await outbox.marked(id, 'failed_at')).toMatchObject({ ...GONE, ended_reason: 'expired' });
  expect(await outbox.textsTo(to)).toEqual([]);
  const told = await poll(outbox.alarm, (detail) => detail !== undefined, { what: 'operators are told' });
  expect(told).toBe('auth-code by sms: expired');
});

test('a code is tried again while the carrier is away, as long as it counts', async () => {
  const to = newPhone();
  const id = await outbox.enqueueCode(to, '123456');
  const away = outbox.start({ sms: NOWHERE });
  await poll(
    () => outbox.db('notices').where({ id }).first(),
    ({ attempts, asked_at }) => attempts > 1 && asked_at === null,
    { what: 'a second try' },
  );
  await away.stop();
  await outbox.hurry(id);
  outbox.start();
  expect(await outbox.arrived(to)).toHaveLength(1);
});

test.each([
  ['an SMS', newPhone, (to: string) => outbox.enqueueCode(to, '123456')],
  ['an e-mail', () => `${newPhone()}@example.com`, (to: string) => outbox.enqueueMailCode(to, '123456')],
])('a code by %s whose answer was lost is never sent again', async (_, address, enqueue) => {
  await outbox.faults([{ fault: 'drop-after-commit', times: 1 }]);
  const to = address();
  const id = await enqueue(to);
  outbox.start();
  expect(await outbox.marked(id, 'failed_at')).toMatchObject({ ...GONE, attempts: 1, ended_reason: 'unknown' });
  expect(await outbox.textsTo(to)).toHaveLength(1);
});

test('a code whose worker died while it sent it is not sent again', async () => {
  const to = newPhone();
  const id = await outbox.enqueueCode(to, '123456');
  await outbox.db('notices').where({ id }).update({ attempts: 1, asked_at: new Date() });
  outbox.start();
  expect(await outbox.marked(id, 'failed_at')).toMatchObject({ ...GONE, attempts: 1, ended_reason: 'unknown' });
  expect(await outbox.textsTo(to)).toEqual([]);
});

test('a code is not kept by news, though every call that brings news hangs', async () => {
  const carrier = await startNotices({ timings: { hangMs: 600_000 } });
  const hanging = { fault: 'timeout-before', match: { path: '/send' } };
  await fetch(`${carrier.url}/_sandbox/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ faults: [{ ...hanging, times: 10 }] }),
  });
  const { userId, dealId } = await outbox.payer();
  for (let n = 0; n < 15; n++) {
    const params = { dealNo: `N${n}`, amount: 300_000 };
    await enqueueNotice(outbox.db, { template: 'deal-completed', event: `hanging-${n}`, userId, dealId, params });
  }
  const dispatcher = outbox.start({ sms: carrier.url, timeoutMs: 600_000 });
  await poll(
    () => journalOf(carrier.url),
    (journal) => journal.filter(({ withheld }) => withheld === 'timeout').length === 10,
    { what: 'ten hanging calls' },
  );
  const id = await outbox.enqueueCode(newPhone(), '123456');
  await outbox.marked(id, 'sent_at');
  await carrier.close(); // whoever waits for an answer waits no longer
  await dispatcher.stop();
  await outbox.db('notices').where({ user_id: userId }).delete();
});
