/** A step of `npm start -- --fast-clock`: the database gets a clock that can be put forward. Safe to repeat. */
import { openDb } from '../../db/connection';
import { makeFastClock } from '../../db/fast-clock';
import { loadMigrateConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { isProduction } from '../../infra/config/local-environment';

async function main(): Promise<void> {
  if (isProduction()) throw new ConfigError('a clock that can be put forward is not for production');
  const owner = openDb({ ...loadMigrateConfig(), poolMax: 1 });
  try {
    await makeFastClock(owner);
  } finally {
    await owner.destroy();
  }
}

main().catch((error: Error) => {
  process.stderr.write(`clock: ${error instanceof ConfigError ? error.message : error.stack}\n`);
  process.exit(1);
});
