/** The API's configuration. It has no key of a provider: it hears their webhooks and never calls them. */

import { z } from 'zod';
import * as channels from './channels';
import * as connections from './connections';
import { type ConfigOf, type Environment, load, part } from './load';
import * as parts from './parts';
import * as providers from './providers';

export const API_PARTS = {
  production: parts.PRODUCTION,
  pace: parts.PACE,
  policy: parts.POLICY,
  logLevel: parts.LOG_LEVEL,
  fastClock: parts.FAST_CLOCK,
  host: parts.HOST,
  port: parts.PORT,
  databaseUrl: connections.DATABASE_URL,
  redisUrl: connections.REDIS_URL,
  temporal: connections.TEMPORAL,
  softpayment: providers.SOFTPAYMENT_WEBHOOKS,
  cardFormUrl: providers.CARD_FORM_URL,
  bank: providers.BANK_WEBHOOKS,
  masterKey: parts.MASTER_KEY,
  traces: parts.TRACES,
  jwtSecret: parts.JWT_SECRET,
  jwtPreviousSecrets: parts.JWT_PREVIOUS_SECRETS,
  origins: parts.ORIGINS,
  proxies: parts.TRUSTED_PROXIES,
  identity: parts.IDENTITY,
  push: channels.PUSH_REGISTRATION,
  temporalWebUrl: parts.TEMPORAL_WEB_URL,
  desk: parts.DESK,
  /** The folder of the built pages of web/; null: none are served. */
  webDir: part({ WEB_DIR: z.string().optional() }, (given) => given.WEB_DIR || null),
} as const;

export type ApiConfig = ConfigOf<typeof API_PARTS>;

/** Throws ConfigError, which names every variable that is missing or wrong. */
export const loadApiConfig = (env: Environment = process.env): ApiConfig => load(API_PARTS, env);
