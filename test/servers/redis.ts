import { Redis } from 'ioredis';
import { testStack } from './stack';

/** The URL of an empty Redis database: jest runs one test file at a time in each worker, so each worker has one. */
export async function testRedis(): Promise<string> {
  const { redisUrl, redisTaken = 0 } = testStack();
  const url = `${redisUrl}/${redisTaken + Number(process.env.JEST_WORKER_ID ?? 1)}`;
  const client = new Redis(url);
  await client.flushdb();
  client.disconnect();
  return url;
}
