/** Configuration: the environment, checked once at start. Names are spec §13's. */
import { z } from 'zod';
import { type Won, won } from '../../workflows/domain/money';
import { type DealPolicy, type Pace, POLICIES } from '../../workflows/domain/policy';

const secrets = z.string().transform((text, ctx) => {
  const list = text.split(',').map((s) => s.trim());
  if (list.some((s) => !/^whsec_[A-Za-z0-9+/=]{32,}$/.test(s))) ctx.addIssue('each must be whsec_<base64>');
  return list;
});
const url = z.url();
const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PLIC_PACE: z.enum(['production', 'demo']).default('production'),
  PLIC_TASK_QUEUE: z.string().min(1).default('plic'),
  PLIC_KEY_FILE: z.string().min(1),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  WORKER_HEALTH_PORT: port.optional(),
  PLIC_FLOAT_HEADROOM_WON: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(20_000_000)
    .transform(won),
  DATABASE_URL: url,
  REDIS_URL: url,
  TEMPORAL_ADDRESS: z.string().min(1),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  SOFTPAYMENT_URL: url,
  SOFTPAYMENT_API_KEY: z.string().min(1),
  SOFTPAYMENT_WEBHOOK_SECRETS: secrets,
  BANK_URL: url,
  BANK_API_KEY: z.string().min(1),
  BANK_WEBHOOK_SECRETS: secrets,
  ALIGO_URL: url,
  ALIGO_API_KEY: z.string().min(1),
  ALIGO_USER_ID: z.string().min(1),
  ALIGO_SENDER: z.string().regex(/^\d{8,11}$/),
  JWT_SECRET: z.string().min(32),
});

export interface Provider {
  readonly url: string;
  readonly apiKey: string;
}

export interface Config {
  readonly production: boolean;
  readonly pace: Pace;
  readonly policy: DealPolicy;
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  /** Where the worker tells its health; null: nowhere. */
  readonly workerHealthPort: number | null;
  /** What must remain of the float when all deals in flight are paid. */
  readonly floatHeadroom: Won;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly taskQueue: string };
  readonly softpayment: Provider & { readonly webhookSecrets: readonly string[] };
  readonly bank: Provider & { readonly webhookSecrets: readonly string[] };
  readonly aligo: Provider & { readonly userId: string; readonly sender: string };
  readonly keyFile: string;
  readonly jwtSecret: string;
}

/** Bad or missing variables, all of them in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The configuration from the environment. Throws ConfigError naming every variable that is missing or wrong, never its value.
 * In production the pace is always `production`, and providers are reached over https only.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return toConfig(read(schema, env));
}

/** What `npm run check` stands on: less than the house, so that a database alone can be looked at. */
export interface CheckConfig extends Pick<Config, 'policy' | 'databaseUrl' | 'temporal'> {
  /** Null unless they are to be asked. */
  readonly providers: { readonly softpayment: Provider; readonly bank: Provider } | null;
}

const checkSchema = schema
  .pick({ NODE_ENV: true, PLIC_PACE: true, PLIC_TASK_QUEUE: true, DATABASE_URL: true, TEMPORAL_NAMESPACE: true })
  .extend({ TEMPORAL_ADDRESS: schema.shape.TEMPORAL_ADDRESS.default('127.0.0.1:7233') });
const providersSchema = schema.pick({
  SOFTPAYMENT_URL: true,
  SOFTPAYMENT_API_KEY: true,
  BANK_URL: true,
  BANK_API_KEY: true,
});

/** As `loadConfig`, for the check: only DATABASE_URL must be set, and `withProviders` the addresses and keys of the providers. */
export function loadCheckConfig(withProviders: boolean, env: NodeJS.ProcessEnv = process.env): CheckConfig {
  if (!withProviders) return { ...toCheckConfig(read(checkSchema, env)), providers: null };
  const all = read(checkSchema.extend(providersSchema.shape), env);
  return { ...toCheckConfig(all), providers: toProviders(all) };
}

type Env = z.output<typeof schema>;

function read<T extends Partial<Env>>(wanted: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = wanted.safeParse(env);
  const problems = parsed.success ? productionProblems(parsed.data) : parsed.error.issues.map(describe);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigError(
    `the environment is not complete:\n${problems.map((p) => `  - ${p}`).join('\n')}\n` +
      'Set these variables (README, "Configuration"), or use `npm start`, which brings its own.',
  );
}

function describe(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && issue.message.includes('undefined');
  return `${issue.path.join('.')}: ${missing ? 'missing' : issue.message}`;
}

function productionProblems(env: Partial<Env>): string[] {
  if (env.NODE_ENV !== 'production') return [];
  const problems: string[] = [];
  if (env.PLIC_PACE !== 'production') problems.push('PLIC_PACE: must be production');
  for (const name of ['SOFTPAYMENT_URL', 'BANK_URL', 'ALIGO_URL'] as const) {
    if (env[name]?.startsWith('https:') === false) problems.push(`${name}: must be https in production`);
  }
  return problems;
}

type CheckEnv = z.output<typeof checkSchema>;
type ProvidersEnv = z.output<typeof providersSchema>;

const toCheckConfig = (env: CheckEnv) => ({
  policy: POLICIES[env.PLIC_PACE],
  databaseUrl: env.DATABASE_URL,
  temporal: { address: env.TEMPORAL_ADDRESS, namespace: env.TEMPORAL_NAMESPACE, taskQueue: env.PLIC_TASK_QUEUE },
});

const toProviders = (env: ProvidersEnv) => ({
  softpayment: { url: env.SOFTPAYMENT_URL, apiKey: env.SOFTPAYMENT_API_KEY },
  bank: { url: env.BANK_URL, apiKey: env.BANK_API_KEY },
});

function toConfig(env: Env): Config {
  const { softpayment, bank } = toProviders(env);
  return {
    ...toCheckConfig(env),
    production: env.NODE_ENV === 'production',
    pace: env.PLIC_PACE,
    logLevel: env.LOG_LEVEL,
    host: env.HOST,
    port: env.PORT,
    workerHealthPort: env.WORKER_HEALTH_PORT ?? null,
    floatHeadroom: env.PLIC_FLOAT_HEADROOM_WON,
    redisUrl: env.REDIS_URL,
    softpayment: { ...softpayment, webhookSecrets: env.SOFTPAYMENT_WEBHOOK_SECRETS },
    bank: { ...bank, webhookSecrets: env.BANK_WEBHOOK_SECRETS },
    aligo: { url: env.ALIGO_URL, apiKey: env.ALIGO_API_KEY, userId: env.ALIGO_USER_ID, sender: env.ALIGO_SENDER },
    keyFile: env.PLIC_KEY_FILE,
    jwtSecret: env.JWT_SECRET,
  };
}
