import { Connection } from '@temporalio/client';
import { connectionOptions } from '../temporal/client';
import { freePort, isPortFree } from './ports';
import { type ServerProcess, spawnServer, waitUntilReady } from './server-process';
import { temporalCli } from './temporal-cli';

interface TemporalOptions {
  logFile: string;
  /** Keeps the workflows between starts; without it they live in memory. */
  dbFile?: string;
  /** Default: a free one. */
  port?: number;
  /** The web page's port; without it there is none. */
  uiPort?: number;
  /** Where the web page has payloads opened; without it they stay as they are stored. */
  uiCodecUrl?: string;
  /** Default `default`. */
  namespace?: string;
  /** Names of the Keyword search attributes that the workflows use. */
  searchAttributes?: readonly string[];
  /** A run is told to start anew from so many events on; default: the server's 4,096. */
  eventsOfRun?: number;
  onSpawn?: (name: string, pid: number) => void;
  onProgress?: (what: string) => void;
}

/** Without the first five, the dev server lets every task and short timer wait for ticks of 50 ms to 1 s. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxTimeShift="10ms"',
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  'matching.useNewMatcher=true',
];

/** Each commit is on the disk before it is answered, by one write in place of the four of SQLite's rollback journal. */
const DURABLE = ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'];

/**
 * Starts a Temporal development server on 127.0.0.1, with the command-line tool that `temporalCli` finds or makes.
 * Returns its gRPC address and, with `uiPort`, the URL of its web page. Throws when it does not become ready.
 */
export async function startTemporal(
  options: TemporalOptions,
): Promise<{ address: string; uiUrl: string | undefined; server: ServerProcess; stop(): Promise<void> }> {
  const { namespace = 'default', searchAttributes = [], dbFile, uiPort, uiCodecUrl } = options;
  const command = await temporalCli({ say: options.onProgress, onSpawn: options.onSpawn });
  const port = options.port ?? (await freePort());
  for (const wanted of uiPort === undefined ? [port] : [port, uiPort]) {
    // The server would end at once, and a client would then talk to whoever has the port.
    if (!(await isPortFree(wanted))) throw new Error(`port ${wanted} is in use`);
  }
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--namespace', namespace];
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', `${uiPort}`]));
  if (uiCodecUrl !== undefined) args.push('--ui-codec-endpoint', uiCodecUrl);
  if (dbFile !== undefined) args.push('--db-filename', dbFile, ...DURABLE);
  for (const name of searchAttributes) args.push('--search-attribute', `${name}=Keyword`);
  const ofRun =
    options.eventsOfRun === undefined ? [] : [`limit.historyCount.suggestContinueAsNew=${options.eventsOfRun}`];
  for (const value of [...DYNAMIC_CONFIG, ...ofRun]) args.push('--dynamic-config-value', value);
  const server = await spawnServer({
    name: 'Temporal',
    command,
    args,
    logFile: options.logFile,
    env: { GOGC: '400' }, // a third less time in its garbage collector, for memory that a developer's machine has
    onSpawn: options.onSpawn,
  });
  const address = `127.0.0.1:${port}`;
  await waitUntilReady(server, () => describeNamespace(address, namespace), 60_000);
  return {
    address,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    server,
    stop: () => server.stop(),
  };
}

async function describeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect(connectionOptions({ address }, 1_000));
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
