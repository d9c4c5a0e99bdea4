/**
 * How a command gives an order of api/operator: its options are checked as the input of a route is, and its answer is
 * printed.
 */
import type { Client } from '@temporalio/client';
import type { z } from '../../api/http/zod';
import { openKeysOf } from '../../api/open-keys';
import type { OperatorDeps, Refusal } from '../../api/operator/order';
import { type Db, openDb } from '../../db/connection';
import type { CommandConfig } from '../../infra/config/commands';
import { ConfigError } from '../../infra/config/load';
import { KeysUnavailable, WrongMasterKey } from '../../infra/keys/master-key';
import { createLog } from '../../infra/log';
import { openTemporal, taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine } from '../../infra/temporal/deal-engine';

/** A mistake in how the command was called; shown without a stack. */
export class UsageError extends Error {}

/** The order was understood and not carried out; the message says why. Shown without a stack. */
export class Refused extends Error {}

/** Says why the command failed: a mistake, a refusal or a missing part plainly, a bug with its stack. */
export function tellFailure(
  command: 'archive' | 'deal' | 'float' | 'keys' | 'notices' | 'operator' | 'reconcile' | 'retention' | 'risk',
  error: Error,
): void {
  const plain =
    error instanceof UsageError || error instanceof Refused || error instanceof ConfigError || 'code' in error;
  process.stderr.write(`${command}: ${plain ? error.message : error.stack}\n`);
  if (error instanceof UsageError || error instanceof TypeError)
    process.stderr.write(`See: npm run ${command} -- --help\n`);
}

type Options = Readonly<Record<string, string | boolean | undefined>>;
type Input = Readonly<Record<string, unknown>>;

/** Options whose field has another name. */
const FIELDS: Readonly<Record<string, string>> = {
  recipient: 'recipientId',
  request: 'requestId',
  'payment-key': 'paymentKey',
  'evidence-at': 'evidenceAt',
  'bank-reference': 'bankReference',
  'trading-date': 'tradingDate',
};
const OPTIONS = Object.fromEntries(Object.entries(FIELDS).map(([option, field]) => [field, option]));

/** Whole won, also with commas; anything else goes on as it is, for the check to refuse. */
const wonOf = (text: string): number | string =>
  /^(\d+|\d{1,3}(,\d{3})+)$/.test(text) ? Number(text.replaceAll(',', '')) : text;
const countOf = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

/** The options of an order as the fields of its input. */
export function fieldsOf(options: Options): Input {
  const fields = Object.entries(options).map(([option, value]) => {
    if (option === 'amount') return [option, wonOf(`${value}`)];
    if (option === 'attempt') return [option, countOf(`${value}`)];
    return [FIELDS[option] ?? option, value];
  });
  return Object.fromEntries(fields);
}

/** The checked input. Throws UsageError that names every option that is missing or wrong, never its value. */
export function checked<T>(schema: z.ZodType<T>, input: Input): T {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw new UsageError(result.error.issues.flatMap(wordsOf).join('; '));
}

function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${optionOf(key)} is not for this`);
  return [`${optionOf(String(issue.path[0]))} ${problemOf(issue)}`];
}

const optionOf = (field: string): string => `--${OPTIONS[field] ?? field}`;

/** A sentence about a field, after the field's name. */
const sentenceAfter = (words: string): string => words.replace(/^It /, '').replace(/\.$/, '');

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return sentenceAfter(issue.params?.words?.en ?? `It holds ${issue.message}`);
  if (issue.path[0] === 'handle') return 'must be 2 to 40 small letters, digits, dots and dashes';
  if (issue.input === undefined || issue.input === '') return 'is missing';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_format') return `must be ${issue.format === 'date' ? 'a day, YYYY-MM-DD' : 'an id'}`;
  if (issue.path[0] === 'amount') return 'must be whole won, from 1, such as 1000 or 1,000';
  if (issue.path[0] === 'attempt') return 'must be a number from 1, see "show"';
  return `is not right: ${issue.message}`;
}

/** The answer of what was carried out. Throws Refused when it was not. */
export function unlessRefused<T extends { readonly kind: 'done' | 'requested' }>(answer: T | Refusal): T {
  if (answer.kind === 'refused') throw new Refused(answer.words);
  return answer;
}

/**
 * Opens what an order needs, and closes it again; Temporal only when it is asked for. `statementTimeoutMs`: longer for
 * an order that may have to wait.
 */
export async function withStores<T>(
  config: CommandConfig,
  use: (deps: OperatorDeps) => Promise<T>,
  statementTimeoutMs?: number,
): Promise<T> {
  const db = openDb({
    ...{ databaseUrl: config.databaseUrl, poolMax: 7 },
    ...(statementTimeoutMs !== undefined && { statementTimeoutMs }),
  });
  const opened: Client[] = [];
  const deps: OperatorDeps = {
    db,
    async engine() {
      const client = await reachTemporal(config, db);
      opened.push(client);
      const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
      return createDealEngine({ client, taskQueue, policy: config.policy, desk: config.desk });
    },
  };
  try {
    return await use(deps);
  } finally {
    for (const client of opened) await client.connection.close();
    await db.destroy();
  }
}

/**
 * Throws Refused when it does not answer, or the keys of what is told to it cannot be had. The caller closes
 * `client.connection`.
 */
export async function reachTemporal({ temporal, masterKey }: CommandConfig, db: Db): Promise<Client> {
  const { dataKeys } = await openKeysOf({
    db,
    masterKey,
    clock: () => new Date(),
    log: createLog('command', 'warn'),
  }).catch((error: Error) => {
    if (error instanceof WrongMasterKey || error instanceof KeysUnavailable) throw new Refused(error.message);
    throw error;
  });
  return openTemporal(temporal, dataKeys).catch((error: Error) => {
    throw new Refused(`Temporal does not answer (${error.message}); nothing was changed`);
  });
}
