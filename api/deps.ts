/** What the API is made of; the composition root gives it (api/main.ts, and the tests). */
import type { Client } from '@temporalio/client';
import type { Db } from '../db/connection';
import type { ApiConfig } from '../infra/config/api';
import type { Keys } from '../infra/keys/keys';
import type { Log } from '../infra/log';
import type { Redis } from '../infra/redis';
import type { DealEngine } from '../infra/temporal/deal-engine';

/** At most `points` requests in `durationS` seconds. */
export interface RateLimit {
  readonly points: number;
  readonly durationS: number;
}

export interface RateLimits {
  readonly codesPerPhone: RateLimit;
  readonly codesPerPhoneAndDay: RateLimit;
  readonly codesPerIp: RateLimit;
  readonly codesPerIpAndHour: RateLimit;
  /** Of one phone from one address: strangers use this up, and leave the phone its codes. */
  readonly codesPerPhoneHere: RateLimit;
  /** Codes that strangers enter: for one phone from one address, and in all from an address. */
  readonly codeTriesHere: RateLimit;
  readonly provesPerIp: RateLimit;
  /** Of the whole system: each costs an SMS. */
  readonly codesInAll: RateLimit;
  readonly codesPerEmail: RateLimit;
  readonly codesPerEmailAndDay: RateLimit;
  /** Each one tries a password too. */
  readonly emailCodesPerPayer: RateLimit;
  readonly emailCodesPerPayerAndDay: RateLimit;
  readonly loginsPerEmail: RateLimit;
  readonly loginsPerEmailAndIp: RateLimit;
  readonly loginsPerIp: RateLimit;
  /** On a device that the server knows again, and that no stranger's tries keep out. */
  readonly loginsPerDevice: RateLimit;
  readonly loginsPerDeviceAndDay: RateLimit;
  /** A signed-in payer's password, asked for again before the account is changed. */
  readonly passwordsPerPayer: RateLimit;
  readonly passwordsPerPayerAndDay: RateLimit;
  /** Proven phones that ask whether an e-mail is a member's. */
  readonly takenEmailsPerPhone: RateLimit;
  /** Real-name checks: each one tells whether a name and an account belong together. */
  readonly verificationsPerPayer: RateLimit;
  /** Quotes: each is a row for ever. */
  readonly dealsPerPayer: RateLimit;
  /** Of all deals of a payer: a hundred at once, by an impatient hand or a phone that repeats, are well within. */
  readonly confirmsPerPayer: RateLimit;
  readonly cancelsPerPayer: RateLimit;
  readonly cardsPerPayer: RateLimit;
  readonly pushSubscriptionsPerPayer: RateLimit;
  /** Identity checks that are begun: the provider is paid for each. */
  readonly identityChecksPerPayer: RateLimit;
  /** Questions how one stands. */
  readonly identityReadsPerPayer: RateLimit;
  /** Requests of a signed-in payer that may change something. */
  readonly writesPerPayer: RateLimit;
  /** Tries to become an operator's session, or an operator. */
  readonly operatorLoginsPerIp: RateLimit;
  /** Requests of an operator that may change something. */
  readonly writesPerOperator: RateLimit;
  /** Fields of people that an operator sees in the clear. */
  readonly revealsPerOperator: RateLimit;
  /** Searches of an operator by a phone, an e-mail or an account: who tries them one by one learns what is masked. */
  readonly personalSearchesPerOperator: RateLimit;
  /** Files of evidence, 5 MB each. */
  readonly evidencePerOperator: RateLimit;
}

export const RATE_LIMITS: RateLimits = {
  codesPerPhone: { points: 5, durationS: 600 },
  codesPerPhoneAndDay: { points: 20, durationS: 86_400 },
  codesPerIp: { points: 30, durationS: 60 },
  codesPerIpAndHour: { points: 300, durationS: 3_600 },
  codesPerPhoneHere: { points: 5, durationS: 3_600 },
  codeTriesHere: { points: 25, durationS: 600 },
  provesPerIp: { points: 60, durationS: 60 },
  codesInAll: { points: 3_000, durationS: 3_600 },
  codesPerEmail: { points: 5, durationS: 600 },
  codesPerEmailAndDay: { points: 20, durationS: 86_400 },
  emailCodesPerPayer: { points: 5, durationS: 600 },
  emailCodesPerPayerAndDay: { points: 20, durationS: 86_400 },
  // A stranger's wrong passwords shut out the stranger long before the member.
  loginsPerEmailAndIp: { points: 10, durationS: 600 },
  loginsPerEmail: { points: 100, durationS: 3_600 },
  loginsPerIp: { points: 60, durationS: 60 },
  loginsPerDevice: { points: 10, durationS: 600 },
  loginsPerDeviceAndDay: { points: 100, durationS: 86_400 },
  passwordsPerPayer: { points: 10, durationS: 600 },
  passwordsPerPayerAndDay: { points: 100, durationS: 86_400 },
  takenEmailsPerPhone: { points: 5, durationS: 3_600 },
  verificationsPerPayer: { points: 30, durationS: 3_600 },
  dealsPerPayer: { points: 100, durationS: 3_600 },
  confirmsPerPayer: { points: 300, durationS: 3_600 },
  cancelsPerPayer: { points: 600, durationS: 3_600 },
  cardsPerPayer: { points: 30, durationS: 3_600 },
  pushSubscriptionsPerPayer: { points: 60, durationS: 3_600 },
  identityChecksPerPayer: { points: 10, durationS: 3_600 },
  identityReadsPerPayer: { points: 30, durationS: 60 },
  writesPerPayer: { points: 300, durationS: 60 },
  operatorLoginsPerIp: { points: 30, durationS: 60 },
  writesPerOperator: { points: 300, durationS: 60 },
  revealsPerOperator: { points: 60, durationS: 3_600 },
  personalSearchesPerOperator: { points: 60, durationS: 3_600 },
  evidencePerOperator: { points: 60, durationS: 3_600 },
};

/** What the application knows of the process's configuration. */
type AppConfig = Pick<
  ApiConfig,
  | 'policy'
  | 'jwtSecret'
  | 'jwtPreviousSecrets'
  | 'temporal'
  | 'softpayment'
  | 'cardFormUrl'
  | 'bank'
  | 'origins'
  | 'identity'
  | 'push'
  | 'temporalWebUrl'
  | 'desk'
  | 'pace'
  | 'webDir'
  /** Proxies in front that may be believed about the caller's address (`X-Forwarded-For`). */
  | 'proxies'
>;

export interface ApiDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly engine: DealEngine;
  readonly temporal: Client;
  readonly keys: Keys;
  readonly clock: () => Date;
  /** Of sessions and one-time codes; `clock` may be put forward (`npm start -- --fast-clock`). */
  readonly wallClock: () => Date;
  readonly config: AppConfig;
  readonly log: Log;
  /** Default: `RATE_LIMITS`. */
  readonly limits?: RateLimits;
  /** Ends the event streams when the process drains. */
  readonly stopping?: AbortSignal;
}
