/** What each command of the house is configured by; the API's and the worker's are api.ts and worker.ts. */
import * as connections from './connections';
import { type ConfigOf, type Environment, load } from './load';
import * as parts from './parts';
import * as providers from './providers';

/** `npm run migrate`. */
export const MIGRATE_PARTS = { databaseUrl: connections.MIGRATE_DATABASE_URL } as const;
export const loadMigrateConfig = (env: Environment = process.env): ConfigOf<typeof MIGRATE_PARTS> =>
  load(MIGRATE_PARTS, env);

/** `npm run schedules`. */
export const SCHEDULES_PARTS = { temporal: connections.TEMPORAL } as const;
export const loadSchedulesConfig = (env: Environment = process.env): ConfigOf<typeof SCHEDULES_PARTS> =>
  load(SCHEDULES_PARTS, env);

/**
 * `npm run deal`, `float` and `reconcile`: an order may reopen a workflow, which gets the policy of the pace as its
 * input.
 */
export const COMMAND_PARTS = {
  fastClock: parts.FAST_CLOCK,
  pace: parts.PACE,
  policy: parts.POLICY,
  databaseUrl: connections.DATABASE_URL,
  temporal: connections.TEMPORAL,
  masterKey: parts.MASTER_KEY,
  desk: parts.DESK,
} as const;
export type CommandConfig = ConfigOf<typeof COMMAND_PARTS>;
export const loadCommandConfig = (env: Environment = process.env): CommandConfig => load(COMMAND_PARTS, env);

/** `npm run archive`, beside what every command of these reads. */
export const ARCHIVE_PARTS = { archive: parts.ARCHIVE } as const;
export type ArchiveConfig = CommandConfig & ConfigOf<typeof ARCHIVE_PARTS>;
export const loadArchiveConfig = (env: Environment = process.env): ArchiveConfig =>
  load({ ...COMMAND_PARTS, ...ARCHIVE_PARTS }, env);

/** `npm run keys`. */
export const KEYS_PARTS = { databaseUrl: connections.DATABASE_URL, masterKey: parts.MASTER_KEY } as const;
export const loadKeysConfig = (env: Environment = process.env): ConfigOf<typeof KEYS_PARTS> => load(KEYS_PARTS, env);

/** `npm run operator`, as the application's user; what becomes or logs in an operator needs the keys too. */
export const OPERATOR_PARTS = { databaseUrl: connections.DATABASE_URL } as const;
export const OPERATOR_KEY_PARTS = { masterKey: parts.MASTER_KEY } as const;
export const loadOperatorConfig = (env: Environment = process.env): ConfigOf<typeof OPERATOR_PARTS> =>
  load(OPERATOR_PARTS, env);
export const loadOperatorKeys = (env: Environment = process.env): ConfigOf<typeof OPERATOR_KEY_PARTS> =>
  load(OPERATOR_KEY_PARTS, env);

/** `npm run check`: less than the house, so that a database alone can be looked at. */
export const CHECK_PARTS = {
  fastClock: parts.FAST_CLOCK,
  policy: parts.POLICY,
  databaseUrl: connections.READ_DATABASE_URL,
  temporal: connections.TEMPORAL_OR_HERE,
} as const;
/** Of the check that asks the providers too. */
export const PROVIDER_PARTS = { softpayment: providers.SOFTPAYMENT, bank: providers.BANK } as const;

export interface CheckConfig extends ConfigOf<typeof CHECK_PARTS> {
  /** Null unless they are to be asked. */
  readonly providers: ConfigOf<typeof PROVIDER_PARTS> | null;
}

/** Only READ_DATABASE_URL or DATABASE_URL must be set, and `withProviders` the addresses and keys of the providers. */
export function loadCheckConfig(withProviders: boolean, env: Environment = process.env): CheckConfig {
  if (!withProviders) return { ...load(CHECK_PARTS, env), providers: null };
  const { softpayment, bank, ...all } = load({ ...CHECK_PARTS, ...PROVIDER_PARTS }, env);
  return { ...all, providers: { softpayment, bank } };
}
