/** `npm run schemathesis`: requests made from the OpenAPI document, of a logged-in payer or operator, about real deals, on real parts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { callApi } from '../fixtures/payer';
import { type House, startHouse } from '../servers/house';
import { onOwnStack } from '../servers/own-stack';
import type { Tool } from '../servers/pip-tool';
import { say } from '../servers/say';
import { peopleOf } from './people';
import { type Verdict, verdictOf } from './report';
import { openStock } from './stock';
import { serveSupply } from './supply';
import { schemathesis } from './tool';

const HELP = `npm run schemathesis [-- options]

Starts a system of its own, makes real deals in every state, and sends every operation of the OpenAPI document requests that schemathesis makes
from it, good ones and bad ones, with the ids, codes and tokens of real payers and operators in them. Each answer must be one that the document knows, none
5xx, none a success without a session or about another payer's object, and bad requests must be refused. Every operation must have answered 2xx
(but for those that acting-supplies.ts names with the reason), and "npm run check -- --journals" must find nothing afterwards.

  --examples N    requests drawn for each operation, besides those at the limits of its schema (default 20)
  --seed S        they are drawn from it (default 1)
  --only REGEX    only the operations whose path matches
  --keep          keep the folder of the run: the reports, and the logs of the servers
  --help

The last line is "N passed, N failed": operations, and the check. Exit code 0 only when none failed.
`;

const OPTIONS = {
  examples: { type: 'string', default: '20' },
  seed: { type: 'string', default: '1' },
  only: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Asked {
  readonly examples: number;
  readonly seed: number;
  readonly only: RegExp;
}

const ROOT = join(__dirname, '../..');
/** What is held, quoted or given up must not end while it is asked about. */
const LONG_MS = 24 * 3_600_000;

function count(text: string, name: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw new Error(`--${name} must be a whole number from ${min}, not ${text}`);
  return value;
}

/** `GET /v1/deals`, … in the order of the document. */
async function operationsOf(apiUrl: string, only: RegExp): Promise<string[]> {
  const { body } = await callApi<{ paths: Record<string, object> }>(apiUrl, 'GET', '/v1/openapi.json');
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    only.test(path) ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`) : [],
  );
}

async function runChild(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => child.kill();
  process.once('exit', stop);
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('exit', stop);
  return code ?? 1;
}

/** Whatever it keeps for its next run it keeps in the folder of this one: the same seed draws the same requests. */
async function sendRequests(tool: Tool, asked: Asked, supplyUrl: string, apiUrl: string, dir: string): Promise<void> {
  const of = [
    '--max-examples',
    `${asked.examples}`,
    '--seed',
    `${asked.seed}`,
    '--include-path-regex',
    asked.only.source,
  ];
  const reports = ['--report', 'json,ndjson', '--report-dir', dir, '--no-color'];
  const script = join(tool.packages, 'bin', 'schemathesis');
  const config = join(__dirname, 'schemathesis.toml');
  const args = [script, '--config-file', config, 'run', `${apiUrl}/v1/openapi.json`, ...of, ...reports];
  await runChild(tool.python, args, dir, {
    ...{ PYTHONPATH: tool.packages, PYTHONDONTWRITEBYTECODE: '1' },
    ...{ SCHEMATHESIS_HOOKS: join(__dirname, 'hooks.py') },
    ...{ PLIC_SUPPLY_URL: supplyUrl, PLIC_ANSWERS_FILE: join(dir, 'answers.json') },
  });
}

/** `npm run check -- --journals` on the house; whether it found nothing. */
async function isClean({ env }: House): Promise<boolean> {
  const check = ['--import', 'tsx', 'workers/commands/check.ts', '--journals'];
  return (await runChild(process.execPath, check, ROOT, env)) === 0;
}

async function play(house: House, tool: Tool, asked: Asked, dir: string): Promise<Verdict> {
  const { apiUrl } = house.places;
  const people = peopleOf(house);
  say('making deals in every state');
  const stock = await openStock(house, people);
  const supply = await serveSupply({ house, people, stock });
  say('sending requests');
  await sendRequests(tool, asked, supply.url, apiUrl, dir);
  await supply.close();
  await Promise.all([people.settle(), stock.settle()]);
  const { lines, passed, failed } = verdictOf(dir, await operationsOf(apiUrl, asked.only));
  say('checking');
  const clean = await isClean(house);
  return {
    lines: [...lines, ...supply.troubles.map((trouble) => `AMISS: nothing to send: ${trouble}`)],
    passed: passed + (clean ? 1 : 0),
    failed: failed + (clean ? 0 : 1) + supply.troubles.length,
  };
}

async function run(asked: Asked, keep: boolean): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-schemathesis-'));
  const tool = await schemathesis(join(dir, 'pip.log'), say);
  say('starting the servers and the house');
  try {
    const { lines, passed, failed } = await onOwnStack(dir, async () => {
      const policy = { giveUpAfterMs: LONG_MS, holdMs: LONG_MS, quoteMs: LONG_MS };
      const house = await startHouse({ env: { IDENTITY: 'required' }, policy });
      return play(house, tool, asked, dir).finally(() => house.stop());
    });
    process.stdout.write(`\n${lines.join('\n')}\n\n${passed} passed, ${failed} failed\n`);
    return failed > 0 ? 1 : 0;
  } finally {
    if (keep) say(`kept: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { examples, seed, only = '.', keep } = values;
  const asked = { examples: count(examples, 'examples', 1), seed: count(seed, 'seed', 0), only: new RegExp(only) };
  return run(asked, keep);
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`schemathesis: ${error.stack}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
