import { Runtime } from '@temporalio/worker';

/**
 * `node --import tsx temporal-download.ts <folder> <version> <server>`: lets the Temporal SDK download a server into
 * the folder: its command-line tool (`dev-server`) as `temporal-cli-<version>`, or its test server (`time-skipping`)
 * as `temporal-test-server-<version>`. A process of its own, because the SDK offers this only together with starting
 * a server in its native runtime, and because it cannot be cancelled.
 */
async function download(downloadDir: string, version: string, server: string): Promise<void> {
  const runtime = Runtime.instance();
  const exe = {
    type: 'cached-download',
    ...{ downloadDir, version, ttl: 365 * 24 * 3_600_000, sdkName: 'sdk-typescript', sdkVersion: '1.24.0' },
  } as const;
  const started = await runtime.createEphemeralServer(
    server === 'time-skipping'
      ? { type: 'time-skipping', exe, port: null, extraArgs: [] }
      : {
          ...{ type: 'dev-server', exe, namespace: 'default', ip: '127.0.0.1', port: null, uiPort: null },
          ...{ dbFilename: null, ui: false, log: { format: 'text', level: 'error' }, extraArgs: [] },
        },
  );
  await runtime.shutdownEphemeralServer(started);
}

const [downloadDir = '', version = '', server = ''] = process.argv.slice(2);
process.stdout.write(`asking for ${version}\n`); // whoever watches the log counts the silence from here
download(downloadDir, version, server).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
