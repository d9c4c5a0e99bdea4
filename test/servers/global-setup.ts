/**
 * Once for the whole run: starts the servers, or uses those that the run was given, migrates a template database and bundles the
 * workflows, both from the code beside this file unless they were given too, and compiles the programs.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tearDown, { keepForTeardown } from './global-teardown';
import { compilePrograms } from './programs';
import { bundleWorkflows, prepareTemplate } from './ready-made';
import { type Given, givenServers, startServers } from './servers';
import { publishStack } from './stack';

// Jest asks for a default export here.
// biome-ignore lint/style/noDefaultExport: see above
export default async function setUp(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-test-'));
  keepForTeardown({ dir });
  const given = givenServers();
  const serving = Promise.resolve(given ?? startOwn(dir));
  const migrated = serving.then(({ template, postgresUrl }) => template ?? prepareTemplate(postgresUrl));
  const parts = [serving, migrated, given?.bundlePath ?? bundleWorkflows(dir), compilePrograms(dir)] as const;
  const ready = await Promise.all(parts).catch(async (error: unknown) => {
    await Promise.allSettled(parts);
    await tearDown();
    throw error;
  });
  const [servers, template, bundlePath, programs] = ready;
  publishStack({ ...servers, template, bundlePath, programs, dir });
}

async function startOwn(dir: string): Promise<Given> {
  const { stop, ...servers } = await startServers(dir);
  keepForTeardown({ dir, stop });
  return servers;
}
