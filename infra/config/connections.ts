/**
 * How the stores and the engine are reached (spec §12). Outside of production in whatever way the addresses say; in
 * production encrypted, with the other side checked, unless `PLIC_PLAIN_TEXT` names what is encrypted by other means.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { part } from './load';

const url = z.url();
const word = z.string().min(1);

const LINES = ['postgres', 'redis', 'temporal'] as const;
type Line = (typeof LINES)[number];

/** What every line is judged by. */
const mode = {
  NODE_ENV: z.string().default('development'),
  PLIC_PLAIN_TEXT: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(z.array(z.enum(LINES, `each must be one of ${LINES.join(', ')}`))),
};
interface Mode {
  readonly NODE_ENV: string;
  readonly PLIC_PLAIN_TEXT: readonly Line[];
}

const mayBePlain = ({ NODE_ENV, PLIC_PLAIN_TEXT }: Mode, line: Line): boolean =>
  NODE_ENV !== 'production' || PLIC_PLAIN_TEXT.includes(line);

const toldSo = (line: Line): string => `in production (or PLIC_PLAIN_TEXT=${line}, where something else encrypts it)`;

/**
 * PostgreSQL, as libpq words it: `sslmode=verify-full`, and `sslrootcert=<file>` for a private authority. The modes
 * between that and `disable` encrypt for whoever answers, so they are refused.
 */
function postgresMistake(name: string, address: string, given: Mode): string | null {
  const { searchParams } = new URL(address);
  const [sslmode = null, ...more] = searchParams.getAll('sslmode');
  const isHalf = sslmode !== null && sslmode !== 'verify-full' && sslmode !== 'disable';
  if (searchParams.has('ssl') || more.length > 0 || isHalf)
    return `${name}: must say sslmode=verify-full, or disable; other modes do not check who answers`;
  if (sslmode === 'verify-full' || mayBePlain(given, 'postgres')) return null;
  return `${name}: must say sslmode=verify-full ${toldSo('postgres')}`;
}

export const DATABASE_URL = part(
  { ...mode, DATABASE_URL: url },
  (given) => given.DATABASE_URL,
  (given) => postgresMistake('DATABASE_URL', given.DATABASE_URL, given),
);
const ownOf = (given: Readonly<Record<string, unknown>>, name: string) => given[name] as string | undefined;

/**
 * The same database as another user than the application's, by the address that this variable names; unset: as the
 * application's, unless `mustBeSet` says otherwise.
 */
const asAnother = (
  name: 'MIGRATE_DATABASE_URL' | 'READ_DATABASE_URL' | 'RETENTION_DATABASE_URL',
  mustBeSet: (given: Mode) => string | null = () => null,
) =>
  part(
    { ...mode, DATABASE_URL: url.optional(), [name]: url.optional() },
    (given) => ownOf(given, name) ?? (given.DATABASE_URL as string),
    (given) => {
      const own = ownOf(given, name);
      if (own !== undefined) return postgresMistake(name, own, given);
      if (given.DATABASE_URL === undefined) return 'DATABASE_URL: missing';
      return mustBeSet(given) ?? postgresMistake('DATABASE_URL', given.DATABASE_URL, given);
    },
  );
const inProduction =
  (name: string) =>
  ({ NODE_ENV }: Mode): string | null =>
    NODE_ENV === 'production' ? `${name}: must be set in production` : null;
/** Of the owner, who migrates and nothing else. In production that is not the application's user. */
export const MIGRATE_DATABASE_URL = asAnother('MIGRATE_DATABASE_URL', inProduction('MIGRATE_DATABASE_URL'));
/** Of a user that may only read. */
export const READ_DATABASE_URL = asAnother('READ_DATABASE_URL');
/**
 * Where personal data is destroyed: of a user that may do nothing but take on the role `plic_retention`, which the
 * application's user may not.
 */
export const RETENTION_DATABASE_URL = asAnother('RETENTION_DATABASE_URL', inProduction('RETENTION_DATABASE_URL'));

/** Redis: `rediss:` is TLS, with the authorities that Node trusts (`NODE_EXTRA_CA_CERTS` adds one). */
export const REDIS_URL = part(
  { ...mode, REDIS_URL: url },
  (given) => given.REDIS_URL,
  (given) =>
    given.REDIS_URL.startsWith('rediss:') || mayBePlain(given, 'redis')
      ? null
      : `REDIS_URL: must be rediss: ${toldSo('redis')}`,
);

/** How the engine is reached; every file was read at the start. */
interface EngineLine {
  /** Undefined: in the clear. */
  readonly tls?: {
    /** Another name than that of the address, by which it proves itself. */
    readonly serverNameOverride?: string;
    /** PEM; undefined: the system's. */
    readonly serverRootCACertificate?: Buffer;
    /** PEM: who we are (mTLS). */
    readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
  };
  /** Of Temporal Cloud; sent with every call. */
  readonly apiKey?: string;
}

/** The engine, and the prefix of our task queues there. */
export interface TemporalConfig extends EngineLine {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** A PEM file that holds what it is to hold. */
const pem = (label: string) =>
  word
    .transform((file, ctx) => {
      try {
        const bytes = readFileSync(file);
        if (bytes.includes(`-----BEGIN ${label}`) || bytes.includes(` ${label}-----`)) return bytes;
        ctx.addIssue(`must be a PEM file of a ${label}`);
      } catch (error) {
        ctx.addIssue(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
      }
      return z.NEVER;
    })
    .optional();

/** Named as Temporal's own tools name them. */
const engine = {
  ...mode,
  TEMPORAL_ADDRESS: word,
  TEMPORAL_NAMESPACE: z.string().default('default'),
  PLIC_TASK_QUEUE: word.default('plic'),
  TEMPORAL_API_KEY: word.optional(),
  TEMPORAL_TLS: z.enum(['true', 'false'], 'must be true or false').optional(),
  TEMPORAL_TLS_SERVER_NAME: word.optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: pem('CERTIFICATE'),
  TEMPORAL_TLS_CLIENT_CERT_PATH: pem('CERTIFICATE'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: pem('PRIVATE KEY'),
};
type Engine = z.output<z.ZodObject<typeof engine>>;

/** Whatever only TLS can carry asks for TLS. */
const encrypts = (given: Engine): boolean =>
  given.TEMPORAL_TLS === undefined ? tlsVariables(given).length > 0 : given.TEMPORAL_TLS === 'true';

const tlsVariables = (given: Engine): string[] =>
  Object.entries(given).flatMap(([name, value]) =>
    value !== undefined && (name.startsWith('TEMPORAL_TLS_') || name === 'TEMPORAL_API_KEY') ? name : [],
  );

function engineOf(given: Engine): TemporalConfig {
  const { TEMPORAL_TLS_SERVER_NAME: name, TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority } = given;
  const { TEMPORAL_TLS_CLIENT_CERT_PATH: crt, TEMPORAL_TLS_CLIENT_KEY_PATH: key } = given;
  const tls = {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(authority && { serverRootCACertificate: authority }),
    ...(crt && key && { clientCertPair: { crt, key } }),
  };
  return {
    address: given.TEMPORAL_ADDRESS,
    namespace: given.TEMPORAL_NAMESPACE,
    taskQueue: given.PLIC_TASK_QUEUE,
    ...(encrypts(given) && { tls }),
    ...(given.TEMPORAL_API_KEY !== undefined && { apiKey: given.TEMPORAL_API_KEY }),
  };
}

function engineMistake(given: Engine): string | null {
  const [needsTls] = tlsVariables(given);
  if (needsTls !== undefined && !encrypts(given)) return `${needsTls}: needs TLS, and TEMPORAL_TLS is false`;
  if ((given.TEMPORAL_TLS_CLIENT_CERT_PATH === undefined) !== (given.TEMPORAL_TLS_CLIENT_KEY_PATH === undefined))
    return 'TEMPORAL_TLS_CLIENT_CERT_PATH: goes with TEMPORAL_TLS_CLIENT_KEY_PATH, and one of them is missing';
  if (encrypts(given) || mayBePlain(given, 'temporal')) return null;
  return `TEMPORAL_TLS: must be true ${toldSo('temporal')}`;
}

export const TEMPORAL = part(engine, engineOf, engineMistake);
/** The same, where its own machine is meant when nothing is said. */
export const TEMPORAL_OR_HERE = part(
  { ...engine, TEMPORAL_ADDRESS: word.default('127.0.0.1:7233') },
  engineOf,
  engineMistake,
);
