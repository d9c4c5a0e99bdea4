import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { BankOptions } from './bank';
import { bankReadings, softpaymentReadings } from './readings';
import type { SandboxOptions } from './sandbox';
import type { SoftpaymentOptions } from './softpayment';
import type { WebhookTarget } from './webhooks';

export const HELP = `npm run sandbox [-- options]: Softpayment, the bank, the notice services, the identity check.

  --only softpayment,bank,notices,identity starts these only; default all four
  --softpayment-port, SOFTPAYMENT_PORT     4010
  --bank-port, BANK_PORT                   4020
  --notices-port, NOTICES_PORT             4030
  --identity-port, IDENTITY_PORT           4040
  --host, SANDBOX_HOST                     127.0.0.1
  --declines, SOFTPAYMENT_DECLINES         replayed | judged-anew: a declined orderId that is sent again
  --duplicate-check, BANK_DUPLICATE_CHECK  before-gate | after-gate: whether a closed bank says DUP
  --not-found-ms, BANK_NOT_FOUND_MS        0: for so long a query does not find an accepted transfer
  SOFTPAYMENT_PAYS_INTO                    the bank sandbox that settlements are paid into; default the one started here
  SANDBOX_DATA_DIR                         keeps the state here across restarts; without it the state is in memory
  SANDBOX_WEBHOOK_URL                      base URL of the PLIC API, e.g. http://127.0.0.1:3000; without it no webhooks
  SOFTPAYMENT_WEBHOOK_SECRETS              whsec_<base64>, comma separated; the first one signs. Needed for webhooks
  BANK_WEBHOOK_SECRETS                     the same, for the bank
  SANDBOX_CLOCK_URL                        who moves the clock of the whole system ("npm start -- --fast-clock")
  SOFTPAYMENT_API_KEY, BANK_API_KEY, IDENTITY_API_KEY
                                           when set, calls need it as X-API-KEY
  --help                                   this text

Contract, magic values and faults: infra/sandbox/README.md
`;

/** A setting that cannot be used; the message is for the person who made it. */
export class BadSetting extends Error {}

const SERVICES = ['softpayment', 'bank', 'notices', 'identity'] as const;
export type Service = (typeof SERVICES)[number];
type Options = {
  softpayment: SoftpaymentOptions;
  bank: BankOptions;
  notices: SandboxOptions;
  identity: SandboxOptions;
};
/** The options of the services that are to start. */
type Settings = Partial<Options>;
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line and the environment (spec §13); the command line wins.
 * @returns the options of those that are to start, or `help`
 * @throws BadSetting
 */
export function readSettings(args: readonly string[], env: Environment): Settings | 'help' {
  const flags = readFlags(args);
  if (flags.help) return 'help';
  const shared = { host: flags.host ?? (env.SANDBOX_HOST || '127.0.0.1'), dataDir: env.SANDBOX_DATA_DIR || undefined };
  const wanted = servicesOf(flags.only);
  const bankPort = () => portOf(flags['bank-port'] ?? env.BANK_PORT, 4020, 'BANK_PORT');
  const ownBank = () => (wanted.includes('bank') && bankPort() > 0 ? `http://${shared.host}:${bankPort()}` : undefined);
  const read: { [Name in Service]: () => Options[Name] } = {
    softpayment: () => ({
      ...shared,
      port: portOf(flags['softpayment-port'] ?? env.SOFTPAYMENT_PORT, 4010, 'SOFTPAYMENT_PORT'),
      apiKey: env.SOFTPAYMENT_API_KEY || undefined,
      webhook: targetOf(env, 'softpayment', 'SOFTPAYMENT_WEBHOOK_SECRETS'),
      bankUrl: env.SOFTPAYMENT_PAYS_INTO || ownBank(),
      readings: readingsOf(softpaymentReadings, {
        declines: flags.declines ?? (env.SOFTPAYMENT_DECLINES || undefined),
      }),
    }),
    bank: () => ({
      ...shared,
      port: bankPort(),
      apiKey: env.BANK_API_KEY || undefined,
      webhook: targetOf(env, 'bank', 'BANK_WEBHOOK_SECRETS'),
      readings: readingsOf(bankReadings, {
        duplicateCheck: flags['duplicate-check'] ?? (env.BANK_DUPLICATE_CHECK || undefined),
        notFoundMs: numberOf(flags['not-found-ms'] ?? env.BANK_NOT_FOUND_MS),
      }),
    }),
    notices: () => ({ ...shared, port: portOf(flags['notices-port'] ?? env.NOTICES_PORT, 4030, 'NOTICES_PORT') }),
    identity: () => ({
      ...shared,
      port: portOf(flags['identity-port'] ?? env.IDENTITY_PORT, 4040, 'IDENTITY_PORT'),
      apiKey: env.IDENTITY_API_KEY || undefined,
    }),
  };
  return Object.fromEntries(wanted.map((name) => [name, read[name]()]));
}

function servicesOf(only: string | undefined): readonly Service[] {
  if (only === undefined) return SERVICES;
  const wanted = only.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !SERVICES.some((known) => known === name));
  if (unknown !== undefined)
    throw new BadSetting(`--only: there is no sandbox "${unknown}"; name some of ${SERVICES.join(',')}`);
  return SERVICES.filter((name) => wanted.includes(name));
}

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = {
    only: text,
    'softpayment-port': text,
    'bank-port': text,
    'notices-port': text,
    'identity-port': text,
    host: text,
    declines: text,
    'duplicate-check': text,
    'not-found-ms': text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new BadSetting(`${(error as Error).message}\nTry: npm run sandbox -- --help`);
  }
}

const numberOf = (text: string | undefined): number | undefined => (text ? Number(text) : undefined);

function readingsOf<T>(schema: z.ZodType<T>, chosen: object): T {
  const { data, error } = schema.safeParse(chosen);
  if (error) throw new BadSetting(z.prettifyError(error));
  return data;
}

function portOf(text: string | undefined, standard: number, name: string): number {
  const port = text ? Number(text) : standard;
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new BadSetting(`${name} is not a port number: ${text}`);
}

function targetOf(env: Environment, route: string, name: string): WebhookTarget | undefined {
  const base = env.SANDBOX_WEBHOOK_URL;
  if (!base) return undefined;
  if (!URL.canParse(base)) throw new BadSetting(`SANDBOX_WEBHOOK_URL is not a URL: ${base}`);
  const secret = env[name]?.split(',')[0]?.trim();
  if (secret?.startsWith('whsec_')) return { url: `${base.replace(/\/+$/, '')}/v1/webhooks/${route}`, secret };
  throw new BadSetting(`SANDBOX_WEBHOOK_URL is set, so ${name} must be whsec_<base64>`);
}
