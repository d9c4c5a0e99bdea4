/** What a carrier perhaps took is not sent again by itself; and no news is lost for want of an answer. */

import { poll } from '../../fixtures/poll';
import { newPhone, type Outbox, openOutbox } from './outbox';

let outbox: Outbox;
beforeAll(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.stopAll();
  await outbox.faults([]);
});
afterAll(() => outbox.close());

const rowOf = (id: string) => outbox.db('notices').where({ id }).first();
/** Tries once, and no longer waits for what became of it. */
async function tryOnce(id: string): Promise<void> {
  const { attempts } = await rowOf(id);
  const dispatcher = outbox.start();
  await poll(
    () => rowOf(id),
    (row) => row.attempts > attempts,
    { what: 'a try' },
  );
  await dispatcher.stop();
  await outbox.hurry(id);
}

test.each([
  ['took it', 'drop-after-commit', 2],
  ['never had it', 'error-500', 3],
])('an SMS whose answer was lost is asked about; the carrier %s: it arrives once', async (_, fault, attempts) => {
  await outbox.faults([{ fault, times: 1, match: { path: '/send' } }]);
  const payer = await outbox.payer();
  const { sms = '' } = await outbox.tell(payer);
  await tryOnce(sms);
  expect(await rowOf(sms)).toMatchObject({ attempts: 1, asked_at: expect.any(Date), failed_at: null });
  outbox.start();
  expect(await outbox.marked(sms, 'sent_at')).toMatchObject({
    ...{ attempts, ended_reason: null, provider_message_id: expect.any(String) },
  });
  expect(await outbox.textsTo(payer.phone)).toHaveLength(1);
});

test('an SMS is not sent again while the carrier does not say whether it took it', async () => {
  await outbox.faults([
    { fault: 'drop-after-commit', times: 1, match: { path: '/send' } },
    { fault: 'error-500', times: 1, match: { path: '/list' } },
  ]);
  const payer = await outbox.payer();
  const { sms = '' } = await outbox.tell(payer);
  for (const attempts of [1, 2]) {
    await tryOnce(sms);
    expect(await rowOf(sms)).toMatchObject({ attempts, asked_at: expect.any(Date), sent_at: null });
  }
  outbox.start();
  expect(await outbox.marked(sms, 'sent_at')).toMatchObject({ attempts: 3 });
  expect(await outbox.textsTo(payer.phone)).toHaveLength(1);
});

test('news whose worker died while it sent it arrives once', async () => {
  const payer = await outbox.payer();
  const { sms = '' } = await outbox.tell(payer);
  await outbox.db('notices').where({ id: sms }).update({ attempts: 1, asked_at: new Date() });
  outbox.start();
  await outbox.marked(sms, 'sent_at');
  expect(await outbox.textsTo(payer.phone)).toHaveLength(1);
});

test('news whose answer an e-mail lost goes by SMS, and by e-mail no more', async () => {
  await outbox.faults([{ fault: 'drop-after-commit', times: 1, match: { path: '/email' } }]);
  const payer = await outbox.payer({ verified: true, chosen: ['email'] });
  const { email = '' } = await outbox.tell(payer);
  outbox.start();
  expect(await outbox.marked(email, 'failed_at')).toMatchObject({ attempts: 1, ended_reason: 'unknown' });
  expect(await outbox.arrived(payer.phone)).toHaveLength(1);
  expect(await outbox.textsTo(payer.email)).toHaveLength(1);
});

test('an SMS that was delivered is known to be', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer());
  outbox.start();
  await outbox.marked(sms, 'sent_at');
  await outbox.hurry(sms);
  expect(await outbox.marked(sms, 'delivery')).toMatchObject({ delivery: 'delivered', delivery_due_at: null });
});

test('news that was not delivered by SMS goes by e-mail, once', async () => {
  const payer = await outbox.payer({ verified: true, phone: newPhone('0501') });
  const { sms = '' } = await outbox.tell(payer);
  outbox.start();
  await outbox.marked(sms, 'sent_at');
  await outbox.hurry(sms);
  expect(await outbox.marked(sms, 'delivery')).toMatchObject({ delivery: 'undelivered' });
  expect(await outbox.arrived(payer.email)).toHaveLength(1);
  const rows = await outbox.db('notices').where({ user_id: payer.userId });
  expect(rows.map(({ channel }) => channel).sort()).toEqual(['email', 'sms']);
});

test('news that was not delivered, and has no other channel, is shown to operators', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer({ phone: newPhone('0501') }));
  outbox.start();
  await outbox.marked(sms, 'sent_at');
  await outbox.hurry(sms);
  await outbox.marked(sms, 'delivery');
  expect(await outbox.alarm()).toContain('deal-completed by sms: undelivered');
});

test('a carrier that says nothing for a day is asked no more', async () => {
  const { sms = '' } = await outbox.tell(await outbox.payer({ phone: newPhone('0502') }));
  outbox.start();
  await outbox.marked(sms, 'sent_at');
  await outbox
    .db('notices')
    .where({ id: sms })
    .update({ sent_at: new Date(Date.now() - 25 * 3_600_000) });
  await outbox.hurry(sms);
  expect(await outbox.marked(sms, 'delivery')).toMatchObject({ delivery: 'unknown', delivery_due_at: null });
});
