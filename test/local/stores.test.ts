import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { startTemporal } from '../../infra/local/temporal';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plic-stores-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('PostgreSQL keeps what it committed through kill -9, and starts on the folder again', async () => {
  const options = { dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), volatile: true };
  const first = await startPostgres(options);
  await query(first.url, 'create table kept as select 1 as one');
  expect(statSync(options.dataDir).mode & 0o077).toBe(0);
  await expect(startPostgres(options)).rejects.toThrow(`another PostgreSQL (pid ${first.server.pid}) still serves`);
  first.server.kill();
  await first.server.exited;
  const second = await startPostgres(options);
  expect(await query(second.url, 'select * from kept')).toEqual([{ one: 1 }]);
  await second.stop();
});

test('Redis keeps what it was given through kill -9, and evicts nothing', async () => {
  const options = { dataDir: join(folder, 'redis'), logFile: join(folder, 'redis.log') };
  const first = await startRedis(options);
  const client = new Redis(first.url);
  await client.set('kept', '1');
  expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  client.disconnect();
  first.server.kill();
  await first.server.exited;
  const second = await startRedis(options);
  const again = new Redis(second.url);
  expect(await again.get('kept')).toBe('1');
  again.disconnect();
  await second.stop();
});

test('Temporal on a taken port is refused at once, and nothing is left running', async () => {
  const { url, stop } = await startRedis({ dataDir: join(folder, 'occupant'), logFile: join(folder, 'occupant.log') });
  const port = Number(new URL(url).port);
  await expect(startTemporal({ logFile: join(folder, 'temporal.log'), port })).rejects.toThrow(
    `port ${port} is in use`,
  );
  await stop();
});
