/** What SES tells of mails, by a queue of SQS: an address that does not work is used no more, and no news is lost by it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { placeOf } from '../../../db/encrypted-columns';
import { enqueueNotice } from '../../../db/notices';
import { dealNewsChoiceOf } from '../../../db/notification-choices';
import { lockUser, setVerifiedEmail } from '../../../db/users';
import { createSesEvents } from '../../../infra/providers/ses-events';
import { poll } from '../../fixtures/poll';
import { inEnvelope, SES_EVENTS } from '../../fixtures/ses-events';
import { type Kms, startMoto } from '../../servers/kms';
import { testStack } from '../../servers/stack';
import { type Outbox, openOutbox } from './outbox';

const AWS = { region: 'ap-northeast-2', emulated: true } as const;

let moto: Kms;
let sqs: SQSClient;
let outbox: Outbox;
/** Of this test alone. */
let queue: string;
let aside: string;
beforeAll(async () => {
  [moto, outbox] = await Promise.all([startMoto(join(testStack().dir, 'moto-sqs')), openOutbox()]);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  sqs = new SQSClient({ region: AWS.region, endpoint: moto.url, credentials });
});
beforeEach(async () => {
  const made = async (Attributes: Record<string, string>): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: randomUUID(), Attributes }));
    return QueueUrl;
  };
  aside = await made({});
  const deadLetterTargetArn = `arn:aws:sqs:${AWS.region}:123456789012:${aside.split('/').at(-1)}`;
  queue = await made({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '2' }) });
});
afterEach(() => outbox.stopAll());
afterAll(async () => {
  await outbox.close();
  sqs.destroy();
  await moto.stop();
});

/** Whoever takes a message hides it for a moment only, so that what is not done comes again at once. */
const events = (from = queue) => createSesEvents({ ...AWS, queueUrl: from, timeoutMs: 5_000, hiddenS: 1 });
const start = () => outbox.start({ mailEvents: events() });
const tell = (body: string) => sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: body }));
const event = (name: keyof typeof SES_EVENTS, messageId: string) =>
  inEnvelope(JSON.stringify(SES_EVENTS[name](messageId)));

const member = (userId: string) => outbox.db('users').where({ id: userId }).first();
const noticesOf = (userId: string) => outbox.db('notices').where({ user_id: userId }).orderBy('created_at');
const until = <T>(read: () => Promise<T>, ok: (value: T) => boolean, what: string) => poll(read, ok, { what });

/** News that has left by e-mail alone, and SES's id of it. */
async function mailed() {
  const payer = await outbox.payer({ verified: true, chosen: ['email'] });
  const { email: id = '' } = await outbox.tell(payer);
  const { provider_message_id: messageId } = await outbox.marked(id, 'sent_at');
  return { ...payer, id, messageId: messageId as string };
}

/** Every message told so far has been heeded: one that is told now is, and SQS hands out none that is hidden. */
async function heeded(): Promise<void> {
  const { messageId, id } = await mailed();
  await tell(event('delivered', messageId));
  expect(await outbox.marked(id, 'delivery')).toMatchObject({ delivery: 'delivered' });
}

test('a mail that came back: its news goes by SMS, once, and so does all that follows, until an address is verified', async () => {
  start();
  const { userId, id, messageId, phone, dealId } = await mailed();
  await tell(event('bounced', messageId));
  await outbox.arrived(phone);
  expect(await outbox.marked(id, 'delivery')).toMatchObject({ delivery: 'undelivered' });
  expect(await member(userId)).toMatchObject({ email_unreachable_at: expect.any(Date) });
  expect(Object.keys(await outbox.tell({ userId, dealId }))).toEqual(['sms']);
  await outbox.arrived(phone, 2);
  // Verified anew.
  const hashes = { odd: randomUUID(), even: null };
  const email = { encrypted: await outbox.keys.encrypt('again@example.com', placeOf('email', userId)), hashes };
  await outbox.db.transaction(async (trx) => {
    await lockUser(trx, userId);
    await setVerifiedEmail(trx, userId, email, new Date());
  });
  expect(await dealNewsChoiceOf(outbox.db, userId)).toMatchObject({ emailReaches: true, emailUnreachableAt: null });
  expect(Object.keys(await outbox.tell({ userId, dealId }))).toEqual(['email']);
});

test('told twice, and with a delivery before and after it, a bounce has the same effect', async () => {
  start();
  const { userId, id, messageId, phone } = await mailed();
  await tell(event('delivered', messageId));
  await outbox.marked(id, 'delivery');
  for (const name of ['bounced', 'bounced', 'delivered'] as const) await tell(event(name, messageId));
  await outbox.arrived(phone);
  await heeded();
  expect(await noticesOf(userId)).toMatchObject([{ id, delivery: 'undelivered' }, { channel: 'sms' }]);
  expect(await outbox.textsTo(phone)).toHaveLength(1);
});

test('a complaint: no more mails, and what was read is not told again', async () => {
  start();
  const { userId, id, messageId, dealId } = await mailed();
  await tell(event('delivered', messageId));
  await tell(event('complained', messageId));
  await until(
    () => member(userId),
    (row) => row.email_unreachable_at !== null,
    'the complaint',
  );
  await heeded();
  expect(await noticesOf(userId)).toMatchObject([{ id, delivery: 'delivered' }]);
  expect(Object.keys(await outbox.tell({ userId, dealId }))).toEqual(['sms']);
});

test('a complaint about what protects the account stops mails of news, and nothing else', async () => {
  start();
  const { userId, email } = await outbox.payer({ verified: true, chosen: ['email'] });
  await enqueueNotice(outbox.db, { template: 'email-taken', userId });
  await outbox.arrived(email);
  const [{ id }] = await noticesOf(userId);
  const { provider_message_id: messageId } = await outbox.marked(id, 'sent_at');
  await tell(event('complained', messageId));
  await until(
    () => member(userId),
    (row) => row.email_unreachable_at !== null,
    'the complaint',
  );
  expect(await noticesOf(userId)).toMatchObject([{ id, delivery: null }]);
  expect(await outbox.alarm()).toBeUndefined();
});

test('a bounce that is over tomorrow changes nothing', async () => {
  start();
  const { userId, id, messageId, phone } = await mailed();
  for (const name of ['mailboxFull', 'undetermined', 'delayed'] as const) await tell(event(name, messageId));
  await heeded();
  expect(await noticesOf(userId)).toMatchObject([{ id, delivery: null }]);
  expect(await member(userId)).toMatchObject({ email_unreachable_at: null });
  expect(await outbox.textsTo(phone)).toEqual([]);
});

test('a bounce of a mail to the address before says nothing of the one that was verified since', async () => {
  start();
  const { userId, messageId, phone } = await mailed();
  await outbox
    .db('users')
    .where({ id: userId })
    .update({ email_verified_at: outbox.db.raw('now()') });
  await tell(event('bounced', messageId));
  await outbox.arrived(phone); // the news itself was lost
  expect(await member(userId)).toMatchObject({ email_unreachable_at: null });
});

test('a mail with a code that came back is told nobody: it is asked for again', async () => {
  start();
  const id = await outbox.enqueueMailCode('nobody@example.com', '654321');
  const { provider_message_id: messageId } = await outbox.marked(id, 'sent_at');
  await tell(event('bounced', messageId));
  expect(await outbox.marked(id, 'delivery')).toMatchObject({ delivery: 'undelivered' });
  expect(await outbox.alarm()).toBeUndefined();
});

test('an event that comes before its notice is recorded is heeded when it is told again', async () => {
  const { userId, id, messageId, phone } = await (async () => {
    const dispatcher = outbox.start();
    const one = await mailed();
    await dispatcher.stop();
    return one;
  })();
  const left = { provider_message_id: messageId };
  await outbox.db('notices').where({ id }).update({ provider_message_id: null });
  await tell(event('bounced', messageId));
  const [first] = await events().receive(1, new AbortController().signal);
  expect(first).toMatchObject({ isRepeated: false, event: { kind: 'bounced', messageId } });
  await outbox.db('notices').where({ id }).update(left);
  start();
  await outbox.arrived(phone);
  expect(await member(userId)).toMatchObject({ email_unreachable_at: expect.any(Date) });
});

test('what is about nobody here is done with; what cannot be read is left, and the queue puts it aside', async () => {
  start();
  await tell(event('bounced', randomUUID()));
  await tell('rubbish');
  const put = async (from: string) => (await sqs.send(new ReceiveMessageCommand({ QueueUrl: from }))).Messages ?? [];
  const [message] = await until(
    () => put(aside),
    (messages) => messages.length > 0,
    'the message that was put aside',
  );
  expect(message?.Body).toBe('rubbish');
  await heeded();
  expect(await put(aside)).toEqual([]);
  expect(await put(queue)).toEqual([]);
});
