/**
 * Many payers confirm at the same moment (k6), beside as many bare update-with-starts at once in the same run, on a system of its own
 * (test/bench/stand.ts). Exit code 1 when an answer is an error, money is amiss, or `npm run check` finds a break.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSessions } from '../../api/payer/sessions';
import { outliveReader } from '../../infra/reader';
import { openRedis } from '../../infra/redis';
import { dealWorkflowIdOf } from '../../workflows/domain/ids';
import { audit } from '../bench/audit';
import { prepareDeals, type ReadyDeal } from '../bench/deals';
import { quantile } from '../bench/numbers';
import { startStand } from '../bench/stand';
import { playBareAnswer, runWindow, settled } from '../bench/windows';
import { whatCheckFinds } from '../fixtures/clean-check';
import { type ConfirmAnswer, confirmAtOnce, type Hall } from './payers';
import { k6 } from './tool';

const HELP = `node --import tsx test/k6/main.ts [--payers N (default 100)] [--rounds N (default 5)]

Every round, so many payers confirm one deal each at the same moment, over HTTP; before or after them as many bare
update-with-starts are made at once. Needs k6 v1.8.1, or Go to build it once. Part of the night: npm run nightly -- --only k6
`;
const OPTIONS = {
  payers: { type: 'string', default: '100' },
  rounds: { type: 'string', default: '5' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const WARM_UP = 20;
/** Whose charge takes longer than the API waits: it is durable, and goes on. */
const UNDECIDED = 202;
const say = (what: string): void => void process.stderr.write(`${what}\n`);

interface Seen {
  readonly answers: ConfirmAnswer[];
  readonly bareMs: number[];
  readonly played: ReadyDeal[];
}

/** Every other round the order is turned, so that neither always finds the quieter machine. */
async function play(hall: Hall, payers: number, rounds: number): Promise<Seen> {
  const { stand } = hall;
  const seen: Seen = { answers: [], bareMs: [], played: [] };
  const confirm = async (count: number): Promise<ConfirmAnswer[]> => {
    const deals = await prepareDeals(stand, count);
    seen.played.push(...deals);
    const answers = await confirmAtOnce(hall, deals);
    for (const { header } of deals) await stand.client.workflow.getHandle(dealWorkflowIdOf(header.dealId)).result();
    await settled(stand);
    return answers;
  };
  const bare = async (count: number): Promise<readonly number[]> => {
    const deals = await prepareDeals(stand, count);
    return (await runWindow(stand, playBareAnswer(stand), deals, count)).confirmMs;
  };
  say(`warming up: ${WARM_UP} of each`);
  await bare(WARM_UP);
  await confirm(WARM_UP);
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    if (round % 2 === 1) seen.bareMs.push(...(await bare(payers)));
    seen.answers.push(...(await confirm(payers)));
    if (round % 2 === 0) seen.bareMs.push(...(await bare(payers)));
  }
  return seen;
}

function reportOf({ answers, bareMs }: Seen, asked: number): string[] {
  const tookMs = answers.map((answer) => answer.tookMs);
  const ms = (values: readonly number[]) =>
    `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`;
  const ratio = (q: number) => (quantile(tookMs, q) / quantile(bareMs, q)).toFixed(2);
  process.stdout.write(`confirms over HTTP: ${ms(tookMs)}\nbare update-with-start: ${ms(bareMs)}\n`);
  process.stdout.write(`confirm / bare: p50 ${ratio(0.5)}, p99 ${ratio(0.99)}\n`);
  const errors = answers.filter(({ status }) => status !== 200 && status !== UNDECIDED);
  const unanswered = asked - answers.length;
  const undecided = answers.filter(({ status }) => status === UNDECIDED).length;
  process.stdout.write(
    `${errors.length + unanswered} errors in ${asked} confirms, ${undecided} answered before they were decided\n`,
  );
  if (unanswered > 0) return [`${unanswered} confirms were not made`];
  const statuses = [...new Set(errors.map(({ status }) => status))];
  return errors.length > 0 ? [`${errors.length} confirms were answered ${statuses.join(', ')}`] : [];
}

function count(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number from 1, not ${text}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [payers, rounds] = [count(values.payers, 'payers'), count(values.rounds, 'rounds')];
  const program = await k6(say);
  const stand = await startStand({ webhooks: true, workerFlags: [], say });
  const folder = mkdtempSync(join(tmpdir(), 'plic-k6-'));
  const clear = async () => {
    rmSync(folder, { recursive: true, force: true });
    await stand.clear();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => clear().finally(() => process.exit(1)));
  try {
    const redis = await openRedis(stand.config.redisUrl);
    const sessions = createSessions({ redis, config: { ...stand.config, proxies: 0 }, clock: () => new Date() });
    const seen = await play({ stand, sessions, k6: program, folder }, payers, rounds);
    redis.disconnect();
    const faults = [
      ...reportOf(seen, payers * rounds),
      ...(await audit(stand, seen.played)),
      ...(await whatCheckFinds(stand.env)),
    ];
    for (const fault of faults) process.stdout.write(`AMISS: ${fault}\n`);
    if (faults.length > 0) return 1;
    process.stdout.write(
      `checked: ${seen.played.length} deals, each COMPLETED, charged once, paid out once; npm run check is clean\n`,
    );
    return 0;
  } finally {
    await clear();
  }
}

outliveReader(process.stderr);
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`k6: ${error.stack}\n`);
    process.exit(1);
  },
);
