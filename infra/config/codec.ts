/** The configuration of the codec server, `npm run codec`. */
import { z } from 'zod';
import * as connections from './connections';
import { type ConfigOf, type Environment, load, part } from './load';
import * as parts from './parts';

const ADDRESS = /^https?:\/\/[a-z0-9.:[\]-]+$/;
const address = z.string().regex(ADDRESS, 'must be scheme://host[:port]');
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

const ways = {
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  CODEC_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  CODEC_PUBLIC_URL: address.optional(),
  CODEC_ORIGINS: z
    .string()
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .pipe(z.array(address).min(1)),
};
type Ways = z.output<z.ZodObject<typeof ways>>;

const hostOf = (url: string): string => new URL(url).host;

function mistake({ NODE_ENV, HOST, CODEC_PUBLIC_URL, CODEC_ORIGINS }: Ways): string | null {
  if (NODE_ENV !== 'production')
    return LOOPBACK.includes(HOST) ? null : 'HOST: must be of this machine alone, where nobody has to log in';
  if (!CODEC_PUBLIC_URL?.startsWith('https:'))
    return 'CODEC_PUBLIC_URL: must be the https address that browsers reach, in production';
  return CODEC_ORIGINS.every((one) => one.startsWith('https:')) ? null : 'CODEC_ORIGINS: must be https in production';
}

/** Where it listens, under which names it is known, and the pages that may ask. */
const CODEC_WAYS = part(
  ways,
  ({ NODE_ENV, HOST, CODEC_PORT: port, CODEC_PUBLIC_URL, CODEC_ORIGINS: origins }) => ({
    ...{ host: HOST, port, origins },
    hosts: CODEC_PUBLIC_URL
      ? [hostOf(CODEC_PUBLIC_URL)]
      : ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`),
    /** In production only operators come in. */
    needsLogin: NODE_ENV === 'production',
  }),
  mistake,
);

export const CODEC_PARTS = {
  ways: CODEC_WAYS,
  logLevel: parts.LOG_LEVEL,
  databaseUrl: connections.DATABASE_URL,
  namespace: parts.NAMESPACE,
  masterKey: parts.MASTER_KEY,
  proxies: parts.TRUSTED_PROXIES,
} as const;

/** Throws ConfigError, which names every variable that is missing or wrong. */
export const loadCodecConfig = (env: Environment = process.env): ConfigOf<typeof CODEC_PARTS> => load(CODEC_PARTS, env);
