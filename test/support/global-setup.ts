/**
 * Starts one PostgreSQL, one Redis and one Temporal for the whole run, on free ports and in a temporary folder, migrates the
 * template database and bundles the workflows. A guard process ends the servers even when the run is killed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { startPostgres } from '../../infra/local/postgres';
import { startRedis } from '../../infra/local/redis';
import { openRoster } from '../../infra/local/roster';
import { startTemporal } from '../../infra/local/temporal';
import { SEARCH_ATTRIBUTES } from '../../workflows/messages';
import tearDown, { keepForTeardown } from './global-teardown';
import { publishStack } from './stack';

const TEMPLATE = 'plic_template';
const NAMESPACE = 'default';

async function bundleWorkflows(dir: string): Promise<string> {
  const bundlePath = join(dir, 'workflows.js');
  const workflowsPath = join(__dirname, '../../workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  writeFileSync(bundlePath, code);
  return bundlePath;
}

/** The clones copy it file by file, so nobody may be connected to it, not even autovacuum. */
async function prepareTemplate(databaseUrl: string): Promise<string> {
  const template = openDb({ databaseUrl });
  try {
    await migrate(template);
  } finally {
    await template.destroy();
  }
  const server = new URL(databaseUrl);
  server.pathname = '/postgres';
  const admin = openDb({ databaseUrl: server.href });
  try {
    await admin.raw(`alter database ${TEMPLATE} with is_template true allow_connections false`);
  } finally {
    await admin.destroy();
  }
  return server.href;
}

// Jest asks for a default export here.
// biome-ignore lint/style/noDefaultExport: see above
export default async function setUp(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-test-'));
  const roster = openRoster(dir);
  const guard = spawn(
    process.execPath,
    ['--import', require.resolve('tsx'), require.resolve('../../infra/local/guard'), roster.file],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  keepForTeardown({ dir, guard });
  const server = (name: string) => ({ logFile: join(dir, `${name}.log`), onSpawn: roster.add });
  const starts = [
    startPostgres({ ...server('postgres'), dataDir: join(dir, 'postgres'), database: TEMPLATE, volatile: true }).then(
      ({ url }) => prepareTemplate(url),
    ),
    startRedis({ ...server('redis'), dataDir: join(dir, 'redis') }),
    startTemporal({
      ...server('temporal'),
      namespace: NAMESPACE,
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name),
    }),
    bundleWorkflows(dir),
  ] as const;
  const [postgresUrl, redis, temporal, bundlePath] = await Promise.all(starts).catch(async (error: unknown) => {
    await Promise.allSettled(starts); // what is still starting is on the roster before the guard reads it
    await tearDown();
    throw error;
  });
  publishStack({
    postgresUrl,
    template: TEMPLATE,
    redisUrl: redis.url,
    temporalAddress: temporal.address,
    namespace: NAMESPACE,
    bundlePath,
    dir,
  });
}
