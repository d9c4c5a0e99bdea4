/** The master key is away for longer than the last key of payloads lasts: nothing that Temporal would keep can be said. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DataKeyRow, DataKeyStore } from '../../infra/keys/data-key-store';
import { createDataKeys } from '../../infra/keys/data-keys';
import { openMasterKey } from '../../infra/keys/master';
import { KeysUnavailable, type MasterKey } from '../../infra/keys/master-key';
import { hasOpenRun, openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine } from '../../infra/temporal/deal-engine';
import type { DealId } from '../../workflows/domain/ids';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import { TEST_POLICY } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { testStack } from '../servers/stack';
import { type BareApi, dealOf, startBareApi } from './bare-api';

const HOUR_MS = 3_600_000;
const kms = { away: false, aheadMs: 0 };
const orAway = <T>(have: () => Promise<T>): Promise<T> =>
  kms.away ? Promise.reject(new KeysUnavailable('KMS: away')) : have();

/** Keys of payloads whose master key can go away, while hours pass. */
function payloadKeys() {
  const file = openMasterKey({ kms: null, path: join(testStack().dir, `${randomUUID()}.key`) });
  const master: MasterKey = {
    ...file,
    generateDataKey: (purpose) => orAway(() => file.generateDataKey(purpose)),
    unwrap: (key, purpose) => orAway(() => file.unwrap(key, purpose)),
  };
  const rows: DataKeyRow[] = [];
  const store: DataKeyStore = {
    youngest: async (purpose, since) => rows.filter((row) => row.purpose === purpose && row.createdAt >= since).at(-1),
    async add(row) {
      rows.push(row);
      return row;
    },
    byId: async (id) => rows.find((row) => row.id === id),
  };
  return createDataKeys({ master, store, clock: () => new Date(Date.now() + kms.aheadMs) });
}

let api: BareApi;
let client: Awaited<ReturnType<typeof openTemporal>>;
const dataKeys = payloadKeys();
beforeAll(async () => {
  const { temporalAddress: address, namespace } = testStack();
  const at = { address, namespace, taskQueue: `test-${randomUUID()}` };
  client = await openTemporal(at, dataKeys);
  const engine = createDealEngine({ client, taskQueue: taskQueuesOf(at.taskQueue).deals, policy: TEST_POLICY });
  api = await startBareApi({ engine, temporal: client });
});
afterAll(async () => {
  await api.stop();
  await client.connection.close();
});

test('a confirm is answered 503, the log names the keys, nothing is charged, and its repeat begins when they are back', async () => {
  const payer = await api.member();
  const id = (await dealOf(payer)) as DealId;
  const workflowId = dealWorkflowIdOf(id);
  const confirm = () =>
    payer.post(`/v1/deals/${id}/confirm`, { cardId: payer.cardId, deviceId: payer.deviceId }, 'one-key');
  await dataKeys.current('payload');
  Object.assign(kms, { away: true, aheadMs: HOUR_MS });
  const { status, body, headers } = await confirm();
  expect([status, body.code, body.retryable, headers.get('retry-after')]).toEqual([503, 'unavailable', true, '5']);
  expect(api.logged.filter((line) => line.includes('KeysUnavailable'))).toHaveLength(1);
  expect(await hasOpenRun(client, workflowId)).toBe(false);
  expect(await api.deps.db('payments').where({ deal_id: id })).toEqual([]);
  Object.assign(kms, { away: false, aheadMs: HOUR_MS + 2_000 });
  const again = confirm();
  await poll(
    () => hasOpenRun(client, workflowId),
    (isOpen) => isOpen,
    { what: 'the deal has begun' },
  );
  await client.workflow.getHandle(workflowId).terminate('nobody works here');
  expect((await again).status).toBe(503); // it was begun, and who ended it is no cause to call it charged
});

test('an account is not verified meanwhile, and its payer is told to come again', async () => {
  const payer = await api.member();
  Object.assign(kms, { away: true, aheadMs: 3 * HOUR_MS });
  const account = { bankCode: '088', accountNumber: '11012345671234', holderName: '김수취' };
  api.logged.splice(0);
  const { status, body } = await payer.call('POST', '/v1/recipients', account);
  expect(api.logged.filter((line) => line.includes('KeysUnavailable'))).toHaveLength(1);
  expect([status, body.code]).toEqual([503, 'unavailable']);
});
