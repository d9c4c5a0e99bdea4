/** The variables of the local system, for commands that are run beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `npm start` keeps its files. */
const LOCAL_FOLDER = '.plic';

/** Where the command line keeps the token of the operator who has logged in. */
export const operatorSessionFile = (env: NodeJS.ProcessEnv = process.env): string =>
  env.PLIC_OPERATOR_SESSION ?? join(env.PLIC_DATA_DIR ?? LOCAL_FOLDER, 'operator-session');

/** Where `npm start` writes down what its operators prove themselves with. */
export const localOperatorsFile = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.PLIC_DATA_DIR ?? LOCAL_FOLDER, 'operators.json');

/** Whether this process is one of production, which no operator of one machine is made for. */
export const isProduction = (env: NodeJS.ProcessEnv = process.env): boolean => env.NODE_ENV === 'production';

/** Takes them from `.plic/env`, where `npm start` leaves them, when none are set. */
export function useLocalEnvironment(): void {
  const file = join(process.env.PLIC_DATA_DIR ?? LOCAL_FOLDER, 'env');
  const { DATABASE_URL, READ_DATABASE_URL } = process.env;
  if ((DATABASE_URL ?? READ_DATABASE_URL) === undefined && existsSync(file)) process.loadEnvFile(file);
}
