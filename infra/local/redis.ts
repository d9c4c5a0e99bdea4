import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { findExecutable } from './executables';
import { freePort } from './ports';
import { runToEnd } from './run-to-end';
import { type ServerProcess, spawnServer, waitUntilReady } from './server-process';

interface RedisOptions {
  /** Created when missing; every write is appended to a file in it. */
  dataDir: string;
  logFile: string;
  /** Default: a free one. */
  port?: number;
  onSpawn?: (name: string, pid: number) => void;
  onProgress?: (what: string) => void;
}

/**
 * Starts Redis (or Valkey) on 127.0.0.1 only. One that is missing is installed with the system's package manager.
 * Throws, naming every way out, when there is none and none can be installed.
 */
export async function startRedis(
  options: RedisOptions,
): Promise<{ url: string; server: ServerProcess; stop(): Promise<void> }> {
  const command = findExecutable('redis-server', 'valkey-server') ?? (await installRedis(options));
  const dir = resolve(options.dataDir);
  mkdirSync(dir, { recursive: true });
  const port = options.port ?? (await freePort());
  const server = await spawnServer({
    name: 'Redis',
    command,
    // Counters and sessions must not vanish to make room: a full Redis is an error, never an eviction.
    args: [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--appendonly',
      'yes',
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
    ],
    logFile: options.logFile,
    onSpawn: options.onSpawn,
  });
  const url = `redis://127.0.0.1:${port}`;
  await waitUntilReady(server, () => ping(url), 15_000);
  return { url, server, stop: () => server.stop() };
}

async function ping(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // also reported by the call below
  try {
    await client.connect();
    await client.ping(); // refused while the append-only file is still being read
  } finally {
    client.disconnect();
  }
}

const INSTALL_LIMIT_MS = 10 * 60_000;

/** How each package manager installs Redis; the first one present is used. */
const INSTALLERS: readonly (readonly string[])[] = [
  ['apt-get', 'install', '-y', '--no-install-recommends', 'redis-server'],
  ['dnf', 'install', '-y', 'valkey'],
  ['apk', 'add', 'redis'],
  ['brew', 'install', 'redis'],
];

/** Beside the other parts' starts, so that what they wait for is not delayed. */
async function installRedis({ logFile, onSpawn, onProgress }: RedisOptions): Promise<string> {
  const waysOut = 'Install Redis or Valkey so that redis-server or valkey-server is on the PATH, or set REDIS_URL.';
  const installer = INSTALLERS.find(([manager = '']) => findExecutable(manager));
  if (!installer) throw new Error(`Redis is missing, and no package manager is known here. ${waysOut}`);
  const command = asAdministrator(installer);
  if (!command) throw new Error(`Redis is missing, and installing it needs root or passwordless sudo. ${waysOut}`);
  const update = installer[0] === 'apt-get' ? asAdministrator(['apt-get', 'update']) : undefined;
  let lastLines = '';
  for (const [program = '', ...args] of update ? [update, command] : [command]) {
    onProgress?.(`Redis is missing: running "${[program, ...args].join(' ')}"`);
    const run = { name: 'Installation of Redis', command: program, args, logFile, onSpawn, limitMs: INSTALL_LIMIT_MS };
    ({ lastLines } = await runToEnd({ ...run, env: { DEBIAN_FRONTEND: 'noninteractive' } }));
  }
  const installed = findExecutable('redis-server', 'valkey-server');
  if (!installed) throw new Error(`"${command.join(' ')}" did not install Redis. ${waysOut}\n${lastLines}`);
  return installed;
}

function asAdministrator(command: readonly string[]): readonly string[] | undefined {
  if (process.getuid?.() === 0 || command[0] === 'brew') return command;
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n', ...command] : undefined;
}
