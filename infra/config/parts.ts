/**
 * Every setting of the house and the variables it is read from (spec §13); those of the stores and the engine are in
 * connections.ts, those of the card PG and the bank in providers.ts. In production the pace is `production`, and
 * providers are reached over https only.
 */
import { z } from 'zod';
import { won } from '../../workflows/domain/money';
import type { Desk } from '../../workflows/domain/operator-waits';
import { POLICIES } from '../../workflows/domain/policy';
import { ARCHIVE_CLASSES, type ArchivePlace } from '../archive/place';
import type { MasterKeyPlace } from '../keys/master';
import { part } from './load';

export const NODE_ENV = z.string().default('development');
export const url = z.url();
export const word = z.string().min(1);
const port = z.coerce.number().int().min(0).max(65_535);
/** Comma separated; unset or empty: none. */
export const listOf = (isRight: (one: string) => boolean, mistake: string) =>
  z
    .string()
    .default('')
    .transform((text, ctx): readonly string[] => {
      const list = text.split(',').flatMap((one) => one.trim() || []);
      if (!list.every(isRight)) ctx.addIssue(mistake);
      return list;
    });

export const httpsOf =
  (name: string) =>
  (given: Readonly<Record<string, unknown>>): string | null =>
    given.NODE_ENV === 'production' && !`${given[name]}`.startsWith('https:')
      ? `${name}: must be https in production`
      : null;

/**
 * A service of AWS. Its address is the region's own unless `AWS_ENDPOINT_URL_<service>`, or `AWS_ENDPOINT_URL` of all
 * of them, names another; what answers there outside of production takes any credentials.
 */
const AWS = { AWS_REGION: word.default('ap-northeast-2'), AWS_ENDPOINT_URL: url.optional() };
interface AwsGiven {
  readonly NODE_ENV: string;
  readonly AWS_REGION: string;
  readonly AWS_ENDPOINT_URL?: string | undefined;
}
function awsPlaceOf(given: AwsGiven, own: string | undefined) {
  // Or its SDK, which is pinned, would tell each process on Node 20 what its versions of 2027 need (configuration.md).
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const endpoint = own ?? given.AWS_ENDPOINT_URL;
  const emulated = endpoint !== undefined && given.NODE_ENV !== 'production';
  return { region: given.AWS_REGION, endpoint, emulated };
}
function awsMistakeOf(given: Readonly<Record<string, unknown>>, own: string): string | null {
  const name = given[own] === undefined ? 'AWS_ENDPOINT_URL' : own;
  return given[name] === undefined ? null : httpsOf(name)(given);
}

interface Paced {
  readonly NODE_ENV: string;
  readonly PLIC_PACE: keyof typeof POLICIES;
}
const paced = { NODE_ENV, PLIC_PACE: z.enum(['production', 'demo']).default('production') };
const mustNotHurry = ({ NODE_ENV: mode, PLIC_PACE: pace }: Paced): string | null =>
  mode === 'production' && pace !== 'production' ? 'PLIC_PACE: must be production' : null;

export const PRODUCTION = part({ NODE_ENV }, (given) => given.NODE_ENV === 'production');
export const PACE = part(paced, (given) => given.PLIC_PACE, mustNotHurry);
/** The durations and counts of the pace. */
export const POLICY = part(paced, (given) => POLICIES[given.PLIC_PACE], mustNotHurry);
/** The clock of the house can be put forward (`npm start -- --fast-clock`). */
export const FAST_CLOCK = part(
  { NODE_ENV, PLIC_FAST_CLOCK: z.enum(['on', 'off']).default('off') },
  (given) => given.PLIC_FAST_CLOCK === 'on',
  (given) =>
    given.NODE_ENV === 'production' && given.PLIC_FAST_CLOCK === 'on'
      ? 'PLIC_FAST_CLOCK: must not be on in production'
      : null,
);
export const LOG_LEVEL = part(
  { LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') },
  (given) => given.LOG_LEVEL,
);
export const HOST = part({ HOST: z.string().default('127.0.0.1') }, (given) => given.HOST);
export const PORT = part({ PORT: port.default(3000) }, (given) => given.PORT);
/** Where the worker tells its health; null: nowhere. */
export const WORKER_HEALTH_PORT = part(
  { WORKER_HEALTH_PORT: port.optional() },
  (given) => given.WORKER_HEALTH_PORT ?? null,
);
/** What must remain of the float when all deals in flight are paid, won. */
export const FLOAT_HEADROOM = part(
  { PLIC_FLOAT_HEADROOM_WON: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(20_000_000) },
  (given) => won(given.PLIC_FLOAT_HEADROOM_WON),
);

/** The namespace of the engine. */
export const NAMESPACE = part(
  { TEMPORAL_NAMESPACE: z.string().default('default') },
  (given) => given.TEMPORAL_NAMESPACE,
);

/** Where traces are collected, by OTLP over HTTP; null: nowhere. */
export const TRACES = part(
  { OTEL_EXPORTER_OTLP_ENDPOINT: url.optional() },
  (given) => given.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
);

/** Where the master key is, which wraps the keys of what is encrypted. */
export const MASTER_KEY = part(
  {
    NODE_ENV,
    KMS_KEY_ID: word.optional(),
    PLIC_KEY_FILE: word.optional(),
    ...AWS,
    AWS_ENDPOINT_URL_KMS: url.optional(),
  },
  ({ KMS_KEY_ID: keyId, PLIC_KEY_FILE: path = null, AWS_ENDPOINT_URL_KMS: own, ...given }): MasterKeyPlace => ({
    kms: keyId === undefined ? null : { keyId, ...awsPlaceOf(given, own) },
    path,
  }),
  (given) => {
    if (given.KMS_KEY_ID !== undefined) return awsMistakeOf(given, 'AWS_ENDPOINT_URL_KMS');
    if (given.NODE_ENV === 'production') return 'KMS_KEY_ID: missing, and a key file does not do in production';
    return given.PLIC_KEY_FILE === undefined ? 'PLIC_KEY_FILE: missing, and there is no KMS_KEY_ID' : null;
  },
);
/** Where the app's pages are: an SMS with a code names their host, and phones fill the code in there alone. */
export const APP_HOST = part(
  { NODE_ENV, APP_ORIGIN: url.optional() },
  (given) => new URL(given.APP_ORIGIN ?? 'http://127.0.0.1:3000').hostname,
  (given) => {
    if (given.NODE_ENV !== 'production') return null;
    return given.APP_ORIGIN === undefined ? 'APP_ORIGIN: must be set in production' : httpsOf('APP_ORIGIN')(given);
  },
);
/** Where operators open Temporal Web; no slash at the end. */
export const TEMPORAL_WEB_URL = part({ TEMPORAL_WEB_URL: url.default('http://127.0.0.1:8233') }, (given) =>
  given.TEMPORAL_WEB_URL.replace(/\/+$/, ''),
);
/** What Temporal Web links a deal to: where operators read docs/operations.md, and where they reach the admin API. */
export const DESK = part(
  { RUNBOOK_URL: word.default('docs/operations.md'), ADMIN_URL: url.default('http://127.0.0.1:3000') },
  (given): Desk => ({ runbook: given.RUNBOOK_URL, admin: given.ADMIN_URL.replace(/\/+$/, '') }),
);
/** Where operators are alerted, a secret; null: nowhere. By https, or this machine's sandbox outside of production. */
export const ALERT_WEBHOOK = part(
  { NODE_ENV, ALERT_WEBHOOK_URL: url.optional() },
  (given) => given.ALERT_WEBHOOK_URL ?? null,
  ({ NODE_ENV: mode, ALERT_WEBHOOK_URL: at }) => {
    if (at === undefined || at.startsWith('https:')) return null;
    const isHere = /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(at);
    return isHere && mode !== 'production'
      ? null
      : 'ALERT_WEBHOOK_URL: must be https, or of this machine in development';
  },
);
/** What signs new tokens of sessions. */
export const JWT_SECRET = part({ JWT_SECRET: z.string().min(32) }, (given) => given.JWT_SECRET);
/** Comma separated: what signed them before, and is still believed. */
export const JWT_PREVIOUS_SECRETS = part(
  {
    JWT_PREVIOUS_SECRETS: listOf((one) => one.length >= 32, 'each must have at least 32 characters'),
  },
  (given) => given.JWT_PREVIOUS_SECRETS,
);

/** Pages of other origins that may call the API: exact, or none. */
export const ORIGINS = part(
  {
    PLIC_ORIGINS: listOf(
      (one) => /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]-]+$/.test(one),
      'each must be scheme://host[:port]',
    ),
  },
  (given) => given.PLIC_ORIGINS,
);
/**
 * Proxies in front that may be believed about the caller's address. In production it has no default: one too few, and
 * all payers share the limits of one address; one too many, and each chooses their own.
 */
export const TRUSTED_PROXIES = part(
  {
    NODE_ENV,
    TRUSTED_PROXIES: z
      .string()
      .regex(/^(\d|10)$/, 'a number from 0 to 10')
      .transform(Number)
      .optional(),
  },
  (given) => given.TRUSTED_PROXIES ?? 0,
  (given) =>
    given.NODE_ENV === 'production' && given.TRUSTED_PROXIES === undefined
      ? 'TRUSTED_PROXIES: must be set in production'
      : null,
);

/** How a provider is called. */
export interface Provider {
  readonly url: string;
  readonly apiKey: string;
}
export const ALIGO = part(
  { NODE_ENV, ALIGO_URL: url, ALIGO_API_KEY: word, ALIGO_USER_ID: word, ALIGO_SENDER: z.string().regex(/^\d{8,11}$/) },
  (given) => ({
    url: given.ALIGO_URL,
    apiKey: given.ALIGO_API_KEY,
    userId: given.ALIGO_USER_ID,
    sender: given.ALIGO_SENDER,
  }),
  httpsOf('ALIGO_URL'),
);
/** Whether a payer must have proven who they are. */
const IDENTITY_MODE = z.enum(['off', 'required']).default('off');
export const IDENTITY = part({ IDENTITY: IDENTITY_MODE }, (given) => given.IDENTITY);
/** Who checks it; null: nobody. */
export const IDENTITY_PROVIDER = part(
  { NODE_ENV, IDENTITY: IDENTITY_MODE, IDENTITY_URL: url.optional(), IDENTITY_API_KEY: word.optional() },
  ({ IDENTITY: mode, IDENTITY_URL: at, IDENTITY_API_KEY: apiKey }): Provider | null =>
    mode === 'off' || at === undefined || apiKey === undefined ? null : { url: at, apiKey },
  (given) => {
    if (given.IDENTITY === 'off') return null;
    if (given.IDENTITY_URL === undefined) return 'IDENTITY_URL: missing, and IDENTITY is required';
    if (given.IDENTITY_API_KEY === undefined) return 'IDENTITY_API_KEY: missing, and IDENTITY is required';
    return httpsOf('IDENTITY_URL')(given);
  },
);
/** Where months of deals are archived: a bucket of S3, or a folder of a machine without it. */
export const ARCHIVE = part(
  {
    NODE_ENV,
    ARCHIVE_BUCKET: word.optional(),
    ARCHIVE_PREFIX: z
      .string()
      .regex(/^([\w-]+\/)*$/, 'must be empty, or end with a slash')
      .default('archive/'),
    ARCHIVE_STORAGE_CLASS: z.enum(ARCHIVE_CLASSES).default('GLACIER'),
    ARCHIVE_DIR: word.optional(),
    KMS_KEY_ID: word.optional(),
    ...AWS,
    AWS_ENDPOINT_URL_S3: url.optional(),
  },
  ({ ARCHIVE_BUCKET: bucket, ARCHIVE_DIR: folder = '', ...given }): ArchivePlace => {
    if (bucket === undefined) return { kind: 'folder', folder };
    const { ARCHIVE_PREFIX: prefix, ARCHIVE_STORAGE_CLASS: storageClass, KMS_KEY_ID: kmsKeyId } = given;
    const place = awsPlaceOf(given, given.AWS_ENDPOINT_URL_S3);
    return { kind: 's3', s3: { bucket, prefix, storageClass, kmsKeyId, ...place } };
  },
  (given) => {
    if (given.ARCHIVE_BUCKET !== undefined) return awsMistakeOf(given, 'AWS_ENDPOINT_URL_S3');
    if (given.NODE_ENV === 'production') return 'ARCHIVE_BUCKET: missing, and a folder does not do in production';
    return given.ARCHIVE_DIR === undefined ? 'ARCHIVE_DIR: missing, and there is no ARCHIVE_BUCKET' : null;
  },
);
/** Amazon SES. */
export const SES = part(
  {
    NODE_ENV,
    SES_FROM: z.email(),
    SES_CONFIGURATION_SET: word.optional(),
    ...AWS,
    AWS_ENDPOINT_URL_SES: url.optional(),
  },
  (given) => ({
    ...{ from: given.SES_FROM, configurationSet: given.SES_CONFIGURATION_SET },
    ...awsPlaceOf(given, given.AWS_ENDPOINT_URL_SES),
  }),
  (given) => awsMistakeOf(given, 'AWS_ENDPOINT_URL_SES'),
);
const isOfAws = (address: string): boolean => /(^|\.)amazonaws\.com$/.test(new URL(address).hostname);
/** The queue of what became of mails; null: nobody hears it. Outside of AWS, and of production, an emulator answers. */
export const SES_EVENTS = part(
  { NODE_ENV, SES_EVENTS_QUEUE_URL: url.optional(), AWS_REGION: AWS.AWS_REGION },
  ({ NODE_ENV: mode, SES_EVENTS_QUEUE_URL: queueUrl, AWS_REGION: region }) =>
    queueUrl === undefined ? null : { queueUrl, region, emulated: mode !== 'production' && !isOfAws(queueUrl) },
  (given) => (given.SES_EVENTS_QUEUE_URL === undefined ? null : httpsOf('SES_EVENTS_QUEUE_URL')(given)),
);
