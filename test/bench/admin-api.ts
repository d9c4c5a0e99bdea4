/** The API's application over one database, listening, without limits of calls; and keys of its rows to ask for. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createApp } from '../../api/app';
import { type ApiDeps, RATE_LIMITS, type RateLimits } from '../../api/deps';
import { accountText, hashUnder, type LookUp } from '../../api/look-up-hashes';
import { openKeysOf } from '../../api/open-keys';
import { type Db, openDb } from '../../db/connection';
import { type EncryptedColumn, placeOf } from '../../db/encrypted-columns';
import { liveHashKeys } from '../../db/hash-keys';
import type { Keys } from '../../infra/keys/keys';
import { createLog } from '../../infra/log';
import { openRedis } from '../../infra/redis';
import { clientOptionsOf } from '../../infra/temporal/options';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { NO_ENGINE } from '../api/bare-api';
import { insertOperator, tokenOf } from '../fixtures/operator-accounts';
import { callApi } from '../fixtures/payer';
import { TEST_POLICY } from '../fixtures/policy';

/** What people quote of one deal. */
export interface Quoted {
  readonly dealId: string;
  readonly dealNo: string;
  readonly memberId: string;
  readonly recipientId: string;
  readonly card: string;
  readonly orderId: string;
  readonly paymentKey: string;
  readonly reference: string;
  readonly eventId: string;
  readonly requestId: string;
  readonly phone: string;
  readonly email: string;
  readonly account: string;
}

export interface AdminApi {
  readonly quoted: readonly Quoted[];
  /** Of refunds, of parts of fees, of disputes. */
  readonly refunds: readonly string[];
  readonly asks: readonly string[];
  readonly cases: readonly string[];
  /** The first day of the history, KST, `YYYY-MM-DD`. */
  readonly firstDay: string;
  /** Answers with how long it took, ms. Throws when the answer is not 200, or is another than `isRight` says. */
  ask(method: string, path: string, body: unknown, isRight: (answer: never) => boolean): Promise<number>;
  close(): Promise<void>;
}

const BANK = '092';
/** As many deals are asked for in turn, from all over the history. */
const QUOTED = 25;
/** Of members, as many as a first page shows can be opened. */
const SHOWN = 25;
const MANY = { points: 1_000_000, durationS: 60 };
const LIMITS = Object.fromEntries(Object.keys(RATE_LIMITS).map((name) => [name, MANY])) as unknown as RateLimits;
const clock = () => new Date();

interface Opened {
  /** As the application has it. */
  readonly url: string;
  /** As its owner has it. */
  readonly owner: Db;
  readonly redisUrl: string;
  /** Where its key is kept. */
  readonly dir: string;
}

async function depsOf({ url, redisUrl, dir }: Opened): Promise<ApiDeps> {
  const log = createLog('bench', 'error');
  const db = openDb({ databaseUrl: url });
  const masterKey = { kms: null, path: join(dir, `key-${randomBytes(4).toString('hex')}`) };
  const { keys } = await openKeysOf({ db, masterKey, clock, log });
  const address = '127.0.0.1:1'; // no operation that is asked for reaches the engine
  const temporal = new Client({ connection: Connection.lazy({ address }), ...clientOptionsOf('default', null) });
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  return {
    ...{
      db,
      keys,
      temporal,
      clock,
      wallClock: clock,
      log,
      redis: await openRedis(redisUrl),
      engine: NO_ENGINE,
      limits: LIMITS,
    },
    config: {
      ...{ policy: TEST_POLICY, jwtSecret: randomBytes(32).toString('hex'), jwtPreviousSecrets: [], origins: [] },
      ...{ temporal: { address, namespace: 'default', taskQueue: 'bench' }, softpayment: { webhookSecrets: [secret] } },
      ...{
        bank: { webhookSecrets: [secret] },
        pace: 'production',
        identity: 'off',
        push: { apps: false, applicationServerKey: null, services: [] },
        temporalWebUrl: 'http://127.0.0.1:8233',
        cardFormUrl: 'http://127.0.0.1:4010/sdk/card-form',
        webDir: null,
        proxies: 0,
      },
      desk: { runbook: 'docs/operations.md', admin: 'http://127.0.0.1:3000' },
    },
  };
}

const COLUMNS = {
  name: ['users', 'name_encrypted'],
  phone: ['users', 'phone_encrypted'],
  email: ['users', 'email_encrypted'],
  holderName: ['bank_accounts', 'holder_name_encrypted'],
} as const satisfies Partial<Record<EncryptedColumn, readonly [string, string]>>;

/** Makes people readable, and found by their hashes: those that are asked for, and those on the first page. */
async function writePeople(
  { owner }: Opened,
  { keys }: { readonly keys: Keys },
  quoted: readonly Quoted[],
): Promise<void> {
  const [hashKey] = await liveHashKeys(owner);
  if (!hashKey) throw new Error('there is no key of look-up hashes');
  const seal = async (column: keyof typeof COLUMNS, id: string, text: string) => {
    const [table, name] = COLUMNS[column];
    await owner(table)
      .where({ id })
      .update({ [name]: await keys.encrypt(text, placeOf(column, id)) });
  };
  const nameOne = async (id: string) => {
    await seal('name', id, '박결제');
    await seal('phone', id, '01055550000');
    await seal('email', id, 'park@example.com');
  };
  for (const id of await owner('users').whereNull('deleted_at').orderBy('created_at', 'desc').limit(SHOWN).pluck('id'))
    await nameOne(id);
  const hash = (lookUp: LookUp, text: string) => hashUnder(keys, hashKey, lookUp, text);
  for (const { memberId, recipientId, phone, email, account } of quoted) {
    await nameOne(memberId);
    for (const id of await owner('bank_accounts').where({ user_id: memberId }).pluck('id'))
      await seal('holderName', id, '이수취');
    await owner('users')
      .where({ id: memberId })
      .update({ phone_hash: await hash('phone', phone), email_hash: await hash('email', email) });
    await owner('bank_accounts')
      .where({ id: recipientId })
      .update({ bank_code: BANK, account_hash: await hash('account', accountText(BANK, account)) });
  }
}

/** Deals with all their keys, each of another member, from all over the history. */
async function quotedOf({ owner }: Opened): Promise<Quoted[]> {
  const { rows } = await owner.raw<{ rows: Omit<Quoted, 'phone' | 'email' | 'account'>[] }>(
    `select distinct on (d.user_id) d.id as "dealId", d.deal_no as "dealNo", d.user_id as "memberId",
       d.recipient_id as "recipientId",
       left(c.masked_number, 6) || '******' || right(c.masked_number, 4) as card, p.order_id as "orderId",
       p.payment_key as "paymentKey", t.reference, w.event_id as "eventId", k.request_id as "requestId"
     from (select d.* from deals d join users u on u.id = d.user_id where status = 'COMPLETED' and u.deleted_at is null
       order by md5(d.id::text) limit ${4 * QUOTED}) d
     join payments p on p.deal_id = d.id join transfers t on t.deal_id = d.id join cards c on c.id = p.card_id
     join pg_webhook_events w on w.deal_no = d.deal_no and w.provider = 'bank'
     join idempotency_keys k on k.user_id = d.user_id and k.path like '%' || d.id || '%'
     order by d.user_id limit ${QUOTED}`,
  );
  const nth = (n: number, width: number) => `${n}`.padStart(width, '0');
  return rows.map((row, n) => ({
    ...row,
    ...{ phone: `0107777${nth(n, 4)}`, email: `quoted-${n}@example.com`, account: `1101234${nth(n, 7)}` },
  }));
}

/** Opens the API over this database. */
export async function openAdminApi(opened: Opened): Promise<AdminApi> {
  const { owner } = opened;
  const deps = await depsOf(opened);
  const quoted = await quotedOf(opened);
  await writePeople(opened, deps, quoted);
  const authorization = `Bearer ${await tokenOf(deps, await insertOperator({ db: owner, keys: deps.keys }, 'admin'))}`;
  const server = createServer(createApp(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const some = (table: string, column: string): Promise<string[]> =>
    owner(table).whereNotNull(column).orderByRaw('md5(id::text)').limit(QUOTED).pluck(column);
  return {
    quoted,
    refunds: await some('refunds', 'idempotency_key'),
    asks: await some('refunds', 'request_id'),
    cases: await some('chargebacks', 'reference'),
    firstDay: kstDayOf((await owner('deals').min('created_at as at').first())?.at as Date),
    async ask(method, path, body, isRight) {
      const began = performance.now();
      const answer = await callApi(url, method, `/v1/admin/${path}`, body, { authorization });
      const tookMs = performance.now() - began;
      if (answer.status !== 200 || !isRight(answer.body as never))
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`);
      return tookMs;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      deps.redis.disconnect();
      await Promise.all([deps.db.destroy(), deps.temporal.connection.close()]);
    },
  };
}
