/** The outbox on a database of its own, dispatchers of it, and the sandbox of the carriers. */
import { randomInt, randomUUID } from 'node:crypto';
import { noticeChannels } from '../../../activities/notices/channels';
import { createNoticeDispatcher, type NoticeDispatcher } from '../../../activities/notices/dispatcher';
import { placeOf } from '../../../db/encrypted-columns';
import { enqueueNotice } from '../../../db/notices';
import { createLog } from '../../../infra/log';
import { createAligo } from '../../../infra/providers/aligo';
import { createSes } from '../../../infra/providers/ses';
import { startNotices } from '../../../infra/sandbox/notices';
import type { DealId } from '../../../workflows/domain/ids';
import { ownKeys } from '../../fixtures/keys';
import { poll } from '../../fixtures/poll';
import { insertDeal, insertPerson } from '../../fixtures/rows';
import { testDatabase } from '../../servers/database';

export const NOWHERE = 'http://127.0.0.1:1';
export const newPhone = (): string => `010${randomInt(10_000_000, 99_999_999)}`;

export async function openOutbox() {
  const [database, carrier] = await Promise.all([testDatabase(), startNotices()]);
  const { db } = database;
  const keys = await ownKeys(db);
  const started: NoticeDispatcher[] = [];
  const stopAll = () => Promise.all(started.splice(0).map((dispatcher) => dispatcher.stop()));
  const textsTo = async (to: string): Promise<string[]> => {
    const messages = (await (await fetch(`${carrier.url}/_sandbox/messages?to=${to}`)).json()) as { text: string }[];
    return messages.map(({ text }) => text);
  };
  return {
    db,
    keys,
    stopAll,
    textsTo,
    /** A dispatcher whose carriers are here; `timeoutMs`: how long a carrier may be silent. */
    start({ sms = carrier.url, ses = carrier.url, timeoutMs = 20_000, by = keys } = {}): NoticeDispatcher {
      const address = { url: sms, apiKey: 'key', timeoutMs };
      const channels = noticeChannels({
        sms: createAligo({ ...address, userId: 'plic', sender: '0212345678' }),
        mail: createSes({
          ...{ from: 'no-reply@plic.example', configurationSet: undefined, region: 'ap-northeast-2' },
          ...{ endpoint: ses, emulated: true, timeoutMs },
        }),
      });
      const dispatcher = createNoticeDispatcher({ db, keys: by, channels, log: createLog('test', 'silent') });
      started.push(dispatcher);
      dispatcher.start();
      return dispatcher;
    },
    /** A member with a deal, and an e-mail that is verified if asked. */
    async payer({ verified = false, chosen = ['sms'] }: { verified?: boolean; chosen?: string[] } = {}) {
      const person = await insertPerson(db);
      const { userId } = person;
      const [phone, email] = [newPhone(), `${randomUUID()}@example.com`];
      await db('users')
        .where({ id: userId })
        .update({
          phone_encrypted: await keys.encrypt(phone, placeOf('phone', userId)),
          email_encrypted: await keys.encrypt(email, placeOf('email', userId)),
          email_verified_at: verified ? new Date() : null,
          deal_news_channels: chosen,
        });
      return { phone, email, userId, dealId: (await insertDeal(db, person)) as DealId };
    },
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
    async enqueueCode(to: string, code: string): Promise<string> {
      const id = randomUUID();
      const phoneEncrypted = await keys.encrypt(to, placeOf('noticePhone', id));
      const secretEncrypted = await keys.encrypt(code, placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'auth-code', id, phoneEncrypted, secretEncrypted });
      return id;
    },
    async enqueueMailCode(to: string, code: string): Promise<string> {
      const id = randomUUID();
      const emailEncrypted = await keys.encrypt(to, placeOf('noticeEmail', id));
      const secretEncrypted = await keys.encrypt(code, placeOf('noticeSecret', id));
      await enqueueNotice(db, { template: 'email-code', id, emailEncrypted, secretEncrypted });
      return id;
    },
    /** The row, once it has the mark. */
    marked: (id: string, mark: 'sent_at' | 'failed_at') =>
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
