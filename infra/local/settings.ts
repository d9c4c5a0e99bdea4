import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isPortFree } from './ports';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One address of the local system, and the variable that moves it. */
interface Place {
  readonly name: string;
  readonly variable: string;
  readonly port: number;
}

/** Where the local system lives: spec §13's defaults, each moved by one variable. */
export interface Settings {
  readonly dataDir: string;
  readonly places: Readonly<
    Record<
      'api' | 'temporal' | 'temporalUi' | 'codec' | 'softpayment' | 'bank' | 'notices' | 'identity' | 'clock',
      Place
    >
  >;
  /** Preferred only: these two move by themselves when the port is taken. */
  readonly postgresPort: number;
  readonly redisPort: number;
  readonly namespace: string;
}

export function readSettings(env: Environment): Settings {
  if (env.NODE_ENV === 'production') {
    throw new Error(
      '"npm start" is the system of one developer machine. In production run: npm run migrate, schedules, api, worker.',
    );
  }
  const place = (name: string, variable: string, standard: number): Place => ({
    name,
    variable,
    port: readPort(env, variable, standard),
  });
  return {
    dataDir: resolve(env.PLIC_DATA_DIR ?? '.plic'),
    places: {
      api: place('the API', 'PORT', 3000),
      temporal: place('Temporal', 'TEMPORAL_PORT', 7233),
      temporalUi: place('Temporal Web', 'TEMPORAL_UI_PORT', 8233),
      codec: place('the codec server', 'CODEC_PORT', 8081),
      softpayment: place('the Softpayment sandbox', 'SOFTPAYMENT_PORT', 4010),
      bank: place('the bank sandbox', 'BANK_PORT', 4020),
      notices: place('the notices sandbox', 'NOTICES_PORT', 4030),
      identity: place('the identity sandbox', 'IDENTITY_PORT', 4040),
      clock: place('the clock', 'CLOCK_PORT', 4050),
    },
    postgresPort: readPort(env, 'POSTGRES_PORT', 15432),
    redisPort: readPort(env, 'REDIS_PORT', 16379),
    namespace: env.TEMPORAL_NAMESPACE ?? 'default',
  };
}

function readPort(env: Environment, variable: string, standard: number): number {
  const text = env[variable] ?? `${standard}`;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new Error(`${variable} must be a port number, not "${text}"`);
  return port;
}

/** The folders and files of the data folder; all but the logs must survive a restart together. */
export const filesIn = (dataDir: string) => ({
  lock: join(dataDir, 'lock'),
  format: join(dataDir, 'format'),
  secrets: join(dataDir, 'secrets.json'),
  masterKey: join(dataDir, 'master.key'),
  archive: join(dataDir, 'archive'),
  environment: join(dataDir, 'env'),
  operators: join(dataDir, 'operators.json'),
  fastClock: join(dataDir, 'fast-clock'),
  postgres: join(dataDir, 'postgres'),
  redis: join(dataDir, 'redis'),
  temporal: join(dataDir, 'temporal.db'),
  sandbox: join(dataDir, 'sandbox'),
  web: join(dataDir, 'web'),
  log: (name: string) => join(dataDir, 'logs', `${name}.log`),
});

/** The sandboxes: for each provider that one plays, the variables of which any names that provider elsewhere. */
const SANDBOXES = {
  softpayment: [['SOFTPAYMENT_URL']],
  bank: [['BANK_URL']],
  notices: [['ALIGO_URL'], ['AWS_ENDPOINT_URL_SES', 'AWS_ENDPOINT_URL']],
  identity: [['IDENTITY_URL']],
} as const;
export type SandboxName = keyof typeof SANDBOXES;
/** Every variable that names a part which runs elsewhere. */
export const ELSEWHERE = [
  'DATABASE_URL',
  'REDIS_URL',
  'TEMPORAL_ADDRESS',
  ...Object.values(SANDBOXES).flat(2),
] as const;

/** Which parts are ours to start: a variable that is set names a part that runs elsewhere. */
export function partsToStart(env: Environment) {
  return {
    postgres: env.DATABASE_URL === undefined,
    redis: env.REDIS_URL === undefined,
    temporal: env.TEMPORAL_ADDRESS === undefined,
    sandboxes: (Object.keys(SANDBOXES) as SandboxName[]).filter((name) =>
      SANDBOXES[name].some((variables) => variables.every((variable) => env[variable] === undefined)),
    ),
  };
}

/**
 * Whether the clock of the system can be put forward: it is wished, or that of its folder was once: what is written
 * there lies in the time that its clock shows. Throws when a part runs elsewhere, which would not follow.
 */
export function hasFastClock({ dataDir }: Settings, env: Environment, wished: boolean): boolean {
  if (!wished && !existsSync(filesIn(dataDir).fastClock)) return false;
  const elsewhere = ELSEWHERE.filter((variable) => env[variable] !== undefined);
  if (elsewhere.length === 0) return true;
  throw new Error(
    `the clock of ${dataDir} can be put forward (--fast-clock), and ${elsewhere.join(', ')} would not follow: ` +
      'start every part here, or set PLIC_DATA_DIR to another folder',
  );
}

/** Throws one message that names every port that is taken and the variable that moves it. */
export async function requireFreePorts(settings: Settings, env: Environment, fastClock: boolean): Promise<void> {
  const { api, temporal, temporalUi, codec, clock } = settings.places;
  const starts = partsToStart(env);
  const needed = [
    api,
    ...(starts.temporal ? [temporal, temporalUi, codec] : []),
    ...starts.sandboxes.map((name) => settings.places[name]),
    ...(fastClock ? [clock] : []),
  ];
  const problems: string[] = [];
  for (const place of needed) {
    const twin = needed.find((other) => other !== place && other.port === place.port);
    if (twin)
      problems.push(
        `port ${place.port} is wanted by ${place.name} (${place.variable}) and ${twin.name} (${twin.variable})`,
      );
    else if (!(await isPortFree(place.port))) {
      problems.push(
        `port ${place.port} for ${place.name} is in use: free it, or choose another with ${place.variable}=<port>`,
      );
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}
