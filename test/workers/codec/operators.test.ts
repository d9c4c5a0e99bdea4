/** In production an operator reads histories by their session and their role, and the audit says so. */
import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import request from 'supertest';
import { endAdminSession } from '../../../db/admin-sessions';
import type { Keys } from '../../../infra/keys/keys';
import { createLog } from '../../../infra/log';
import { createCodec } from '../../../infra/temporal/codec';
import { createCodecApp } from '../../../workers/codec/app';
import { auditedBy, operatorsOnly } from '../../../workers/codec/operators';
import { OPERATOR_ROLES, RIGHTS_OF } from '../../../workflows/domain/operator-roles';
import { TEST_DATA_KEYS } from '../../fixtures/data-keys';
import { ownKeys } from '../../fixtures/keys';
import { insertOperator, tokenOf } from '../../fixtures/operator-accounts';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
let keys: Keys;
beforeAll(async () => {
  database = await testDatabase();
  keys = await ownKeys(database.db);
});
afterAll(() => database.drop());

const clock = () => new Date();
const HOST = 'codec.example';
const WEB = 'https://temporal.example';
const { Payload: Message } = temporal.api.common.v1;
const codec = createCodec(TEST_DATA_KEYS, 'plic');

async function decode(token: string) {
  const { db } = database;
  const app = createCodecApp({
    ...{ codec, namespace: 'plic', proxies: 0, log: createLog('test', 'silent') },
    door: { hosts: [HOST], origins: [WEB], authorise: operatorsOnly(db, clock) },
    audit: auditedBy(db, clock, createLog('test', 'silent')).noted,
  });
  const payloads = await codec.encode([defaultPayloadConverter.toPayload('secret') as Payload]);
  return request(app)
    .post('/decode')
    .set({ host: HOST, origin: WEB, authorization: `Bearer ${token}` })
    .send({ payloads: payloads.map((payload) => Message.toObject(Message.fromObject(payload), { bytes: String })) });
}

const shown = () =>
  database.db('admin_audit_logs').where({ action: 'payloads-decode' }).orderBy('seq').select('actor', 'role', 'after');

test.each(OPERATOR_ROLES)(
  'a %s reads what their role may, and each reading is in the audit, never what was read',
  async (role) => {
    const { db } = database;
    const operator = await insertOperator({ db, keys }, role);
    const before = (await shown()).length;
    const { status, body } = await decode(await tokenOf({ db, clock }, operator));
    const may = RIGHTS_OF[role].includes('payloads.decode');
    expect([status, body.message]).toEqual(may ? [200, undefined] : [403, 'your role lacks the right payloads.decode']);
    const entry = { actor: `operator:${operator.handle}`, role, after: { payloads: 1, keyIds: ['test-payload'] } };
    expect((await shown()).slice(before)).toEqual(may ? [entry] : []);
  },
);

test('a session that ended, and a token that is none, read nothing', async () => {
  const { db } = database;
  const operator = await insertOperator({ db, keys }, 'admin');
  const token = await tokenOf({ db, clock }, operator);
  const { id } = await db('admin_sessions').where({ operator_id: operator.id }).first('id');
  expect((await decode(token)).status).toBe(200);
  await endAdminSession(db, id, clock());
  for (const wrong of [token, randomUUID()]) expect((await decode(wrong)).status).toBe(401);
});
