import { Runtime } from '@temporalio/worker';

/**
 * `node --import tsx temporal-download.ts <folder> <version>`: lets the Temporal SDK download its command-line tool
 * into the folder, as `temporal-cli-<version>`. A process of its own, because the SDK offers this only together with
 * starting a server in its native runtime, and because it cannot be cancelled.
 */
async function download(downloadDir: string, version: string): Promise<void> {
  const runtime = Runtime.instance();
  const server = await runtime.createEphemeralServer({
    type: 'dev-server',
    exe: {
      type: 'cached-download',
      downloadDir,
      version,
      ttl: 365 * 24 * 3_600_000,
      sdkName: 'sdk-typescript',
      sdkVersion: '1.24.0',
    },
    namespace: 'default',
    ip: '127.0.0.1',
    port: null,
    uiPort: null,
    dbFilename: null,
    ui: false,
    log: { format: 'text', level: 'error' },
    extraArgs: [],
  });
  await runtime.shutdownEphemeralServer(server);
}

const [downloadDir = '', version = ''] = process.argv.slice(2);
process.stdout.write(`asking for ${version}\n`); // whoever watches the log counts the silence from here
download(downloadDir, version).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
