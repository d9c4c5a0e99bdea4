/** The variables of the local system, for commands that are run beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `npm start` keeps its files. */
const LOCAL_FOLDER = '.plic';

/** Takes them from `.plic/env`, where `npm start` leaves them, when none are set. */
export function useLocalEnvironment(): void {
  const file = join(process.env.PLIC_DATA_DIR ?? LOCAL_FOLDER, 'env');
  if (process.env.DATABASE_URL === undefined && existsSync(file)) process.loadEnvFile(file);
}
