/** Steps of a reconciliation that last minutes: a worker that lives says so, and one that died is noticed (spec §8). */
import { MockActivityEnvironment } from '@temporalio/testing';
import { createLog } from '../../../infra/log';
import { openRedis, type Redis } from '../../../infra/redis';
import { createActivities } from '../../../workers/compose';
import { connectProviders } from '../../../workers/providers';
import { keysOf } from '../../fixtures/keys';
import { type Ground, prepareGround } from '../../servers/ground';

const DAY = '2026-03-02';
let ground: Ground;
let redis: Redis;
beforeAll(async () => {
  ground = await prepareGround('http://127.0.0.1:1');
  redis = await openRedis(ground.config.redisUrl);
});
afterAll(async () => {
  jest.useRealTimers();
  redis.disconnect();
  await ground.clear();
});

test('a settlement file that is read for two minutes keeps telling the engine that its reader lives, and no longer', async () => {
  const { config, db, client } = ground;
  const worker = new MockActivityEnvironment();
  let told = 0;
  worker.on('heartbeat', () => {
    told += 1;
  });
  const silences: boolean[] = [];
  const halfMinute = () => {
    const before = told;
    jest.advanceTimersByTime(30_000); // Temporal takes a reader for dead that is silent for a minute
    silences.push(told === before);
  };
  async function* settlementFile() {
    for (let n = 0; n < 4; n++) {
      halfMinute();
      yield [];
    }
  }
  const providers = connectProviders(config);
  const { readSettlementFile } = createActivities({
    ...{ config, db, redis, client, keys: await keysOf(ground), log: createLog('test', 'silent') },
    ...{
      clock: () => new Date(),
      wallClock: () => new Date(),
      providers: { ...providers, pg: { ...providers.pg, settlementFile } },
    },
  });
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'Date', 'queueMicrotask'],
  });
  expect(await worker.run(() => readSettlementFile({ day: DAY }))).toEqual({ lines: 0 });
  expect(silences).toEqual([false, false, false, false]);
  halfMinute();
  expect(silences.at(-1)).toBe(true);
});
