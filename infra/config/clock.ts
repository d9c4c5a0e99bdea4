/** The configuration of what moves the clock of a system on one machine (`npm start -- --fast-clock`). */
import { z } from 'zod';
import * as connections from './connections';
import { type ConfigOf, type Environment, load, part } from './load';
import * as parts from './parts';

const CLOCK_PARTS = {
  /** Only where the clock of the house can be put forward. */
  fastClock: parts.FAST_CLOCK,
  port: part({ CLOCK_PORT: z.coerce.number().int().min(0).max(65_535) }, (given) => given.CLOCK_PORT),
  sandboxUrl: part({ SOFTPAYMENT_URL: z.url() }, (given) => given.SOFTPAYMENT_URL),
  logLevel: parts.LOG_LEVEL,
  databaseUrl: connections.DATABASE_URL,
  temporal: connections.TEMPORAL,
  masterKey: parts.MASTER_KEY,
} as const;
export type ClockConfig = ConfigOf<typeof CLOCK_PARTS>;

/** Throws ConfigError, which names every variable that is missing or wrong. */
export const loadClockConfig = (env: Environment = process.env): ClockConfig => load(CLOCK_PARTS, env);
