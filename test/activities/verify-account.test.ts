import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { translateFailures } from '../../activities/failures';
import { accountActivities } from '../../activities/verify-account';
import { placeOf } from '../../db/encrypted-columns';
import type { Keys } from '../../infra/keys/keys';
import { createBank } from '../../infra/providers/bank/client';
import { startBank } from '../../infra/sandbox/bank';
import type { RunningSandbox } from '../../infra/sandbox/sandbox';
import { clientOptionsOf, workerOptionsOf } from '../../infra/temporal/options';
import { VERIFY_ACCOUNT_WORKFLOW } from '../../workflows/deal/messages';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { ownKeys } from '../fixtures/keys';
import { insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';
import { quietTemporal } from '../servers/quiet-temporal';
import { testStack } from '../servers/stack';

const NOW = new Date('2026-03-02T12:00:00+09:00');
let keys: Keys;
let database: TestDatabase;
let bank: RunningSandbox;
beforeAll(async () => {
  quietTemporal();
  database = await testDatabase();
  keys = await ownKeys(database.db);
  bank = await startBank();
});
afterAll(async () => {
  await bank.close();
  await database.drop();
});

async function recipient(accountNumber: string): Promise<string> {
  const { userId } = await insertPerson(database.db);
  const id = randomUUID();
  await database.db('bank_accounts').insert({
    id,
    user_id: userId,
    bank_code: '092',
    account_number_encrypted: await keys.encrypt(accountNumber, placeOf('accountNumber', id)),
    account_hash: id,
    account_last4: accountNumber.slice(-4),
    holder_name_encrypted: await keys.encrypt('홍길동', placeOf('holderName', id)),
  });
  return id;
}
const rowOf = (id: string) => database.db('bank_accounts').where({ id }).first('verified_at', 'verify_code');
const requests = async (): Promise<number> =>
  ((await (await fetch(`${bank.url}/_sandbox/journal`)).json()) as { path?: string }[]).filter(
    ({ path }) => path === '/accounts/verify',
  ).length;
const activities = (url = bank.url) =>
  accountActivities({
    db: database.db,
    keys,
    bank: createBank({ url, apiKey: 'key', timeoutMs: 500 }),
    clock: () => NOW,
  });

test('a good account is verified once, however often it is asked', async () => {
  const id = await recipient('12345678901234');
  const before = await requests();
  for (let n = 0; n < 3; n++) expect(await activities().verifyAccount(id)).toEqual({ kind: 'verified' });
  expect(await rowOf(id)).toEqual({ verified_at: NOW, verify_code: null });
  expect((await requests()) - before).toBe(1);
});

test.each([
  ['12345678900298', '412'],
  ['12345678900299', '815'],
])('account %s is rejected with %s, and stays so', async (accountNumber, code) => {
  const id = await recipient(accountNumber);
  for (let n = 0; n < 2; n++) expect(await activities().verifyAccount(id)).toEqual({ kind: 'rejected', code });
  expect(await rowOf(id)).toEqual({ verified_at: null, verify_code: code });
});

test('a ciphertext of another row is never sent', async () => {
  const [id, other] = [await recipient('12345678901234'), await recipient('99999999999999')];
  const stolen = await database.db('bank_accounts').where({ id: other }).first();
  await database
    .db('bank_accounts')
    .where({ id })
    .update({ account_number_encrypted: stolen.account_number_encrypted });
  const before = await requests();
  await expect(activities().verifyAccount(id)).rejects.toThrow();
  expect(await requests()).toBe(before);
});

describe('as a workflow', () => {
  async function verify(id: string, url: string): Promise<unknown> {
    const { temporalAddress: address, namespace, bundlePath: codePath } = testStack();
    const [connection, nativeConnection] = await Promise.all([
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
    ]);
    const taskQueue = `verify-${id}`;
    const worker = await Worker.create({
      ...workerOptionsOf(namespace, TEST_DATA_KEYS, {
        activityInterceptors: [() => ({ inbound: translateFailures })],
      }),
      connection: nativeConnection,
      taskQueue,
      workflowBundle: { codePath },
      activities: activities(url),
    });
    try {
      const { workflow } = new Client({ connection, ...clientOptionsOf(namespace, TEST_DATA_KEYS) });
      const options = { taskQueue, workflowId: taskQueue, args: [id] };
      return await worker.runUntil(workflow.execute(VERIFY_ACCOUNT_WORKFLOW, options));
    } finally {
      await Promise.all([connection.close(), nativeConnection.close()]);
    }
  }

  test('it answers with the bank’s answer', async () => {
    expect(await verify(await recipient('12345678901234'), bank.url)).toEqual({ kind: 'verified' });
  });

  test('a bank that is away for nine seconds is asked no longer: a clear failure', async () => {
    const failure = await verify(await recipient('12345678901234'), 'http://127.0.0.1:1').catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toMatchObject({ type: 'BankUnavailable' });
  });
});
