/** `npm run codec`: the codec server, until SIGTERM. */
import { createServer } from 'node:http';
import { openKeysOf } from '../../api/open-keys';
import { openDb } from '../../db/connection';
import { loadCodecConfig } from '../../infra/config/codec';
import { ConfigError } from '../../infra/config/load';
import { KeysUnavailable, WrongMasterKey } from '../../infra/keys/master-key';
import { createLog } from '../../infra/log';
import { createCodec } from '../../infra/temporal/codec';
import { createCodecApp } from './app';
import { auditedBy, operatorsOnly } from './operators';

const clock = () => new Date();

async function main(): Promise<void> {
  const { ways, proxies, logLevel, masterKey, databaseUrl, namespace } = loadCodecConfig();
  const log = createLog('codec', logLevel);
  const db = openDb({ databaseUrl, poolMax: 2 });
  const { dataKeys } = await openKeysOf({ db, masterKey, clock, log });
  const readings = auditedBy(db, clock, log);
  const app = createCodecApp({
    ...{ namespace, proxies, log, codec: createCodec(dataKeys, namespace) },
    door: { ...ways, authorise: ways.needsLogin ? operatorsOnly(db, clock) : null },
    audit: ways.needsLogin ? readings.noted : async (shown) => log.debug(shown, 'payloads shown'),
  });
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(ways.port, ways.host, resolve));
  log.info({ host: ways.host, port: ways.port, origins: ways.origins }, 'listening');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closed;
  await readings.close();
  await db.destroy();
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    const expected = [ConfigError, KeysUnavailable, WrongMasterKey].some((kind) => error instanceof kind);
    process.stderr.write(`codec: ${expected ? error.message : error.stack}\n`);
    process.exit(1);
  },
);
