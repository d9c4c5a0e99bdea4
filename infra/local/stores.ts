import { SEARCH_ATTRIBUTES } from '../../workflows/deal/messages';
import type { StoreAddresses } from './environment';
import { loginUrls } from './logins';
import { freePort } from './ports';
import { startPostgres } from './postgres';
import { startRedis } from './redis';
import { type LocalSecrets, passwordsOf } from './secrets';
import { ELSEWHERE, filesIn } from './settings';
import type { Start } from './start';
import { startTemporal } from './temporal';

/**
 * Starts PostgreSQL, Redis and Temporal at the same time, each unless a variable names one that runs elsewhere.
 * Returns where all three are.
 */
export async function startStores(start: Start, secrets: LocalSecrets): Promise<StoreAddresses> {
  const given = start.given.DATABASE_URL;
  const [database, redisUrl, temporal] = await Promise.all([
    given === undefined ? startDatabase(start, secrets) : { app: given, owner: given, read: given, retention: given },
    start.given.REDIS_URL ?? startCache(start),
    start.given.TEMPORAL_ADDRESS ?? startEngine(start),
  ]);
  for (const variable of ELSEWHERE) {
    if (start.given[variable] !== undefined) start.say(`${variable} is set: nothing is started in its place`);
  }
  return typeof temporal === 'string'
    ? { database, redisUrl, temporalAddress: temporal, temporalUiUrl: undefined }
    : { database, redisUrl, ...temporal };
}

async function startDatabase(
  { settings, supervisor, roster, say }: Start,
  secrets: LocalSecrets,
): Promise<StoreAddresses['database']> {
  const files = filesIn(settings.dataDir);
  const port = await freePort(settings.postgresPort);
  const { url, server } = await startPostgres({
    dataDir: files.postgres,
    logFile: files.log('postgres'),
    port,
    password: secrets.POSTGRES_PASSWORD,
    onSpawn: roster.add,
    onProgress: say,
  });
  supervisor.watch(server);
  say(`PostgreSQL ready on 127.0.0.1:${port} (embedded)`);
  return { owner: url, ...loginUrls(url, passwordsOf(secrets)) };
}

async function startCache({ settings, supervisor, roster, say }: Start): Promise<string> {
  const files = filesIn(settings.dataDir);
  const port = await freePort(settings.redisPort);
  const { url, server } = await startRedis({
    dataDir: files.redis,
    logFile: files.log('redis'),
    port,
    onSpawn: roster.add,
    onProgress: say,
  });
  supervisor.watch(server);
  say(`Redis ready on 127.0.0.1:${port}`);
  return url;
}

async function startEngine({ settings, supervisor, roster, say }: Start) {
  const files = filesIn(settings.dataDir);
  const { address, uiUrl, server } = await startTemporal({
    dbFile: files.temporal,
    logFile: files.log('temporal'),
    port: settings.places.temporal.port,
    uiPort: settings.places.temporalUi.port,
    uiCodecUrl: `http://127.0.0.1:${settings.places.codec.port}`,
    namespace: settings.namespace,
    searchAttributes: Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name),
    onSpawn: roster.add,
    onProgress: say,
  });
  supervisor.watch(server);
  say(`Temporal ready on ${address}, web page ${uiUrl}`);
  return { temporalAddress: address, temporalUiUrl: uiUrl };
}
