/**
 * The API alone, on a real database, Redis and Temporal, with no worker behind it: for the laws that the API keeps by itself. What
 * the engine answers is given (`engine`); whole deals are told in test/stories.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import pino from 'pino';
import { createApp } from '../../api/app';
import { type ApiDeps, RATE_LIMITS } from '../../api/deps';
import { createSessions } from '../../api/payer/sessions';
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import type { Keys } from '../../infra/keys/keys';
import { openRedis } from '../../infra/redis';
import { openTemporal } from '../../infra/temporal/client';
import type { DealEngine } from '../../infra/temporal/deal-engine';
import type { OperatorRole } from '../../workflows/domain/operator-roles';
import { PUSH_SERVICES } from '../../workflows/domain/push';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { ownKeys } from '../fixtures/keys';
import { insertOperator, type TestOperator, tokenOf } from '../fixtures/operator-accounts';
import { type Answer, callApi } from '../fixtures/payer';
import { TEST_POLICY } from '../fixtures/policy';
import { insertPerson, type Person } from '../fixtures/rows';
import { testDatabase } from '../servers/database';
import { testRedis } from '../servers/redis';
import { testStack } from '../servers/stack';

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** Of every member. */
export const MEMBER_NAME = '박결제';

/** An engine that nobody should ask. */
export const NO_ENGINE: DealEngine = {
  confirm: () => Promise.reject(new Error('the engine was asked to confirm')),
  cancel: () => Promise.reject(new Error('the engine was asked to cancel')),
  resume: () => Promise.reject(new Error('the engine was asked to resume')),
  knock: () => Promise.reject(new Error('the engine was asked to knock')),
  order: () => Promise.reject(new Error('the engine was given an order')),
  orderAfterEnd: () => Promise.reject(new Error('the engine was given an order')),
  retryDue: () => Promise.reject(new Error('the engine was asked to retry')),
};

export interface Member extends Person {
  readonly accessToken: string;
  /** Of the session, as the server knows it. */
  readonly deviceId: string;
  readonly call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** A POST with an Idempotency-Key of its own unless one is given. */
  readonly post: (path: string, body?: unknown, key?: string, headers?: Record<string, string>) => Promise<Answer>;
}

export interface LoggedInOperator extends TestOperator {
  readonly token: string;
  readonly call: Member['call'];
}

/** A quote of 10,000 won; answers its id. */
export async function dealOf(payer: Member): Promise<string> {
  const quote = { recipientId: payer.recipientId, principal: 10_000, purpose: '월세' };
  return String((await payer.post('/v1/deals', quote)).body.id);
}

/** Another card than the member's first; answers its id. */
export async function otherCardOf(payer: Member): Promise<string> {
  const card = { billingKey: `bill_${randomUUID()}`, maskedNumber: '433012******0001', issuer: '신한카드' };
  return String((await payer.call('POST', '/v1/cards', card)).body.id);
}

/** What the engine is told of the device that the client calls `device`. */
export const deviceOf = ({ deps }: Pick<BareApi, 'deps'>, { deviceId }: Member) => ({
  deviceId,
  deviceTextHash: deps.keys.hash('device', 'device-text'),
});

/** All callers of a test have one address. */
const MANY = { points: 1_000, durationS: 60 };

/** The payer's name and the recipient's, as the house keeps them; the bank has verified the recipient. */
async function nameThem(db: Db, keys: Keys, { userId, recipientId }: Person): Promise<void> {
  await db('users')
    .where({ id: userId })
    .update({ name_encrypted: await keys.encrypt(MEMBER_NAME, placeOf('name', userId)) });
  await db('bank_accounts')
    .where({ id: recipientId })
    .update({
      holder_name_encrypted: await keys.encrypt('김수취', placeOf('holderName', recipientId)),
      verified_at: new Date(),
    });
}

export async function startBareApi(overrides: Partial<ApiDeps> = {}) {
  const [database, redisUrl] = await Promise.all([testDatabase(), testRedis()]);
  const { temporalAddress, namespace } = testStack();
  const temporalConfig = { address: temporalAddress, namespace, taskQueue: `test-${randomUUID()}` };
  const temporal = await openTemporal(temporalConfig, TEST_DATA_KEYS);
  const redis = await openRedis(redisUrl);
  const logged: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const deps: ApiDeps = {
    db: database.db,
    redis,
    temporal,
    engine: NO_ENGINE,
    keys: await ownKeys(database.db),
    ...{ clock: () => new Date(), wallClock: overrides.clock ?? (() => new Date()) },
    log: pino({}, sink),
    config: {
      policy: TEST_POLICY,
      pace: 'production',
      jwtSecret: randomBytes(32).toString('hex'),
      jwtPreviousSecrets: [],
      temporal: temporalConfig,
      softpayment: { webhookSecrets: [secret(), secret()] },
      bank: { webhookSecrets: [secret()] },
      cardFormUrl: 'https://pay.softpayment.example/sdk/card-form',
      origins: [],
      identity: 'off',
      push: { apps: true, applicationServerKey: `B${'A'.repeat(86)}`, services: PUSH_SERVICES },
      temporalWebUrl: 'http://127.0.0.1:8233',
      webDir: null,
      desk: { runbook: 'docs/operations.md', admin: 'http://127.0.0.1:3000' },
      proxies: 0,
    },
    limits: { ...RATE_LIMITS, codesPerIp: MANY, codesPerIpAndHour: MANY, provesPerIp: MANY },
    ...overrides,
  };
  const server = createServer(createApp(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    deps,
    logged,
    call: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      callApi(url, method, path, body, headers),
    /** A payer with a card and a verified recipient, logged in. */
    async member(): Promise<Member> {
      const person = await insertPerson(database.db);
      await nameThem(database.db, deps.keys, person);
      const deviceId = randomUUID();
      const { accessToken } = await createSessions(deps).open(person.userId, { deviceId, label: '' });
      const authorization = `Bearer ${accessToken}`;
      return {
        ...person,
        accessToken,
        deviceId,
        call: (method, path, body, headers) => callApi(url, method, path, body, { authorization, ...headers }),
        post: (path, body = {}, key = randomUUID(), headers = {}) =>
          callApi(url, 'POST', path, body, { authorization, 'idempotency-key': key, ...headers }),
      };
    },
    /** An operator of this role, logged in. */
    async operator(role: OperatorRole = 'admin'): Promise<LoggedInOperator> {
      const operator = await insertOperator(deps, role);
      const token = await tokenOf(deps, operator);
      const authorization = `Bearer ${token}`;
      return {
        ...{ ...operator, token },
        call: (method, path, body, headers) => callApi(url, method, path, body, { authorization, ...headers }),
      };
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      redis.disconnect();
      await temporal.connection.close();
      await database.drop();
    },
  };
}
export type BareApi = Awaited<ReturnType<typeof startBareApi>>;
