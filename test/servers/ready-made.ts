/** What a test run needs made of the code before it begins: the bundle of the workflows, and a migrated database. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { openDb } from '../../db/connection';
import { migrate } from '../../db/migrations';
import { makeLogins } from '../../infra/local/logins';
import { bundleOptions } from '../../infra/temporal/options';
import { LOGIN_PASSWORDS } from './logins';

export interface ReadyMade {
  /** The name of the migrated database that test databases are cloned from. */
  readonly template: string;
  /** The workflow code, bundled once. */
  readonly bundlePath: string;
}

/** Everything that either of them is made of. */
export const SOURCES_OF_READY_MADE = ['workflows/', 'db/migrations/', 'db/rights/', 'infra/temporal/'];

/** Bundles the workflows into a file of this folder; answers with its path. */
export async function bundleWorkflows(dir: string): Promise<string> {
  const bundlePath = join(dir, 'workflows.js');
  const { code } = await bundleWorkflowCode({
    ...bundleOptions,
    workflowsPath: require.resolve('../../workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(bundlePath, code);
  return bundlePath;
}

const PATIENCE_MS = 60_000;

/** Makes a migrated database to clone; answers with its name. The clones copy it file by file, so nobody may be connected to it, not even autovacuum. */
export async function prepareTemplate(postgresUrl: string): Promise<string> {
  const name = `plic_template_${randomBytes(4).toString('hex')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const admin = openDb({ databaseUrl: postgresUrl, poolMax: 1 });
  const template = openDb({ databaseUrl: url.href, statementTimeoutMs: PATIENCE_MS }); // the bundling beside it keeps this process busy
  try {
    await admin.raw(`create database ${name}`);
    await migrate(template);
    await makeLogins(postgresUrl, LOGIN_PASSWORDS);
    await template.destroy();
    await admin.raw(`alter database ${name} with is_template true allow_connections false`);
  } finally {
    await template.destroy();
    await admin.destroy();
  }
  return name;
}
