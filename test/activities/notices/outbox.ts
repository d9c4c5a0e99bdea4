/** The outbox on a database of its own, dispatchers of it, and the sandbox of the carriers. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Dispatcher } from '../../../activities/dispatcher';
import { noticeChannels } from '../../../activities/notices/channels';
import { createNoticeDispatcher } from '../../../activities/notices/dispatcher';
import { placeOf } from '../../../db/encrypted-columns';
import { enqueueNotice } from '../../../db/notices';
import { pushKeys } from '../../../infra/local/secrets';
import { createLog } from '../../../infra/log';
import { createAligo } from '../../../infra/providers/aligo';
import { createAlimtalk } from '../../../infra/providers/alimtalk';
import { createPush } from '../../../infra/providers/push';
import { createSes } from '../../../infra/providers/ses';
import { startNotices } from '../../../infra/sandbox/notices';
import type { DealId } from '../../../workflows/domain/ids';
import type { MailEvents } from '../../../workflows/domain/providers';
import { ownKeys } from '../../fixtures/keys';
import { poll } from '../../fixtures/poll';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { testDatabase } from '../../servers/database';

/** Where nobody listens; fetch refuses the lowest port by itself, as if something had been sent. */
export const NOWHERE = 'http://127.0.0.1:2';
const NOBODY = null as MailEvents | null;
/** By its last four digits the sandbox knows what becomes of it. */
export const newPhone = (last4 = String(randomInt(1_000, 9_999))): string => `010${randomInt(1_000, 9_999)}${last4}`;
/** What a code has in common with those of which only the newest counts, and its place among them. */
let codes = 0;
const anyCode = (): { hash: string; issue: string } => ({ hash: randomUUID(), issue: String(++codes) });

const KAKAO = { senderKey: 'plic', templates: { 'deal-completed': 'P1' } };
const FCM = {
  ...{ projectId: 'plic', clientEmail: 'plic@plic.example', privateKey: pushKeys().FCM_PRIVATE_KEY },
};

interface PayerChoice {
  readonly verified?: boolean;
  readonly chosen?: readonly string[];
  readonly phone?: string;
}

export async function openOutbox() {
  const [database, carrier] = await Promise.all([testDatabase(), startNotices()]);
  const { db } = database;
  const keys = await ownKeys(db);
  const started: Dispatcher[] = [];
  const stopAll = () => Promise.all(started.splice(0).map((dispatcher) => dispatcher.stop()));
  const messagesTo = async (to: string) =>
    (await (await fetch(`${carrier.url}/_sandbox/messages?to=${to}`)).json()) as { text: string; channel: string }[];
  const textsTo = async (to: string): Promise<string[]> => (await messagesTo(to)).map(({ text }) => text);
  return {
    ...{ db, keys, logins: database.logins },
    stopAll,
    ...{ messagesTo, textsTo },
    /** A dispatcher whose carriers are here; `timeoutMs`: how long a carrier may be silent. */
    start({
      sms = carrier.url,
      ses = carrier.url,
      push = carrier.url,
      kakao = carrier.url,
      timeoutMs = 20_000,
      by = keys,
      mailEvents = NOBODY,
    } = {}): Dispatcher {
      const address = { url: sms, apiKey: 'key', timeoutMs };
      const channels = noticeChannels({
        ...{ db, keys },
        push: createPush({ fcm: { ...FCM, url: push, tokenUrl: `${push}/token` }, web: null, timeoutMs }),
        alimtalk: createAlimtalk({ ...address, url: kakao, userId: 'plic', sender: '0212345678', ...KAKAO }),
        sms: createAligo({ ...address, userId: 'plic', sender: '0212345678' }),
        mail: createSes({
          ...{ from: 'no-reply@plic.example', configurationSet: undefined, region: 'ap-northeast-2' },
          ...{ endpoint: ses, emulated: true, timeoutMs },
        }),
      });
      const dispatcher = createNoticeDispatcher({
        ...{ db, keys: by, channels, mailEvents, host: 'plic.kr' },
        log: createLog('test', 'silent'),
      });
      started.push(dispatcher);
      dispatcher.start();
      return dispatcher;
    },
    /** A member with a deal, and an e-mail that is verified if asked. */
    async payer({ verified = false, chosen = ['sms'], phone = newPhone() }: PayerChoice = {}) {
      const person = await insertPerson(db);
      const { userId } = person;
      const email = `${randomUUID()}@example.com`;
      await db('users')
        .where({ id: userId })
        .update({
          phone_encrypted: await keys.encrypt(phone, placeOf('phone', userId)),
          email_encrypted: await keys.encrypt(email, placeOf('email', userId)),
          email_verified_at: verified ? new Date() : null,
          deal_news_channels: [...chosen],
        });
      return { phone, email, userId, dealId: (await insertDeal(db, person)) as DealId };
    },
    /** Puts news of the payer's deal in; the ids of its rows by channel. */
    async tell({ userId, dealId }: { userId: string; dealId: DealId }): Promise<Record<string, string>> {
      const event = randomUUID();
      const params = { dealNo: `P${event.slice(0, 8).toUpperCase()}`, amount: 500_000 };
      await enqueueNotice(db, { template: 'deal-completed', event, userId, dealId, params });
      const rows = await db('notices').where({ event: `deal-completed:${event}` });
      return Object.fromEntries(rows.map(({ channel, id }) => [channel, id]));
    },
    /** What waits for a lost answer, or for news of its delivery, waits no longer. */
    hurry: (id: string) =>
      db('notices')
        .where({ id })
        .update({
          next_attempt_at: new Date(0),
          delivery_due_at: db.raw('case when delivery_due_at is not null then now() end'),
        }),
    /** What operators are told of notices. */
    alarm: async (): Promise<string | undefined> =>
      (await db('operator_tasks').where({ reason: 'notices-failed', closed_at: null }).first('detail'))?.detail,
    /** Resolves when so many messages are in the mailbox of a phone or an e-mail. */
    arrived: (to: string, count = 1) =>
      poll(
        () => textsTo(to),
        (texts) => texts.length >= count,
        { what: 'messages' },
      ),
    faults: (list: object[]) =>
      fetch(`${carrier.url}/_sandbox/faults`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ faults: list }),
      }),
    async enqueueCode(to: string, code: string, known = anyCode()): Promise<string> {
      const id = randomUUID();
      const phoneEncrypted = await keys.encrypt(to, placeOf('noticePhone', id));
      const encrypted = await keys.encrypt(code, placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'auth-code', id, phoneEncrypted, code: { encrypted, ...known } });
      return id;
    },
    async enqueueMailCode(to: string, code: string): Promise<string> {
      const id = randomUUID();
      const emailEncrypted = await keys.encrypt(to, placeOf('noticeEmail', id));
      const encrypted = await keys.encrypt(code, placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'email-code', id, emailEncrypted, code: { encrypted, ...anyCode() } });
      return id;
    },
    /** The row, once it has the mark. */
    marked: (id: string, mark: 'sent_at' | 'failed_at' | 'delivery') =>
      poll(
        () => db('notices').where({ id }).first(),
        (row) => row[mark] !== null,
        { what: `the notice's ${mark}` },
      ),
    async close() {
      await stopAll();
      await carrier.close();
      await database.drop();
    },
  };
}
export type Outbox = Awaited<ReturnType<typeof openOutbox>>;
