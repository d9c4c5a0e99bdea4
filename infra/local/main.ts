import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../reader';
import { takeFolder } from './data-folder';
import { endRoster, openRoster, startGuard } from './roster';
import { runSampleDeal } from './sample-deal';
import { filesIn, hasFastClock, readSettings, requireFreePorts, type Settings } from './settings';
import { createSupervisor, type Supervisor } from './supervisor';
import { type LocalSystem, startSystem } from './system';
import { paint, say } from './terminal';
import { webBuildOf } from './web-build';

const PROJECT = join(__dirname, '..', '..');

const HELP = `npm start [-- --once | --no-demo | --fast-clock | --help]

Starts the whole system on this machine, shows one deal of a sample payer, and stays up until Ctrl-C.
  --once      ends after the deal, with exit code 0
  --no-demo   no sample deal
  --fast-clock  a clock that can be put forward: PUT /_sandbox/clock at any sandbox {"advance": "PT36H"}

The app's pages (web/) are built after that, beside all else; a build is kept until their sources change. WEB_DIR
names a folder of pages that are built already.
Data lives in .plic/ (PLIC_DATA_DIR). A part that has its address in a variable (DATABASE_URL, REDIS_URL,
TEMPORAL_ADDRESS, SOFTPAYMENT_URL, BANK_URL, ALIGO_URL, AWS_ENDPOINT_URL_SES, IDENTITY_URL) is used and not started.
Ports: PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, CODEC_PORT, SOFTPAYMENT_PORT, BANK_PORT, NOTICES_PORT, IDENTITY_PORT,
POSTGRES_PORT, REDIS_PORT.
More: infra/local/README.md
`;

/** A double report of one Ctrl-C (npm passes on the signal that the terminal has already sent) is one Ctrl-C. */
const SECOND_SIGNAL_AFTER_MS = 500;

/** The exit code of a start that was interrupted before it had done what it was asked to. */
const INTERRUPTED = 130;

interface Wishes {
  once: boolean;
  demo: boolean;
  fastClock: boolean;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean' },
      'no-demo': { type: 'boolean' },
      'fast-clock': { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const settings = readSettings(process.env);
  process.umask(0o077); // what runs here holds codes and histories of its payers
  const folder = await takeFolder(settings.dataDir, say);
  try {
    return await runSystem(settings, {
      once: values.once ?? false,
      demo: !values['no-demo'],
      fastClock: values['fast-clock'] ?? false,
    });
  } finally {
    folder.release();
  }
}

/** From the first process to the last: whatever happens in between, everything is stopped when this returns. */
async function runSystem(settings: Settings, wishes: Wishes): Promise<number> {
  const fastClock = hasFastClock(settings, process.env, wishes.fastClock);
  await requireFreePorts(settings, process.env, fastClock);
  keepOneOldSetOfLogs(join(settings.dataDir, 'logs'));
  const pages = process.env.WEB_DIR === undefined ? webBuildOf(PROJECT, settings.dataDir) : undefined;
  const roster = openRoster(settings.dataDir);
  const guard = startGuard(roster.file);
  const supervisor = createSupervisor(say);
  const stopping = new AbortController();
  let building: Promise<void> | undefined;
  const interrupted = interruption(supervisor);
  try {
    say(
      `starting PLIC in ${settings.dataDir}, with the pace of a demonstration ` +
        `(PLIC_PACE=${process.env.PLIC_PACE ?? 'demo'})`,
    );
    const webDir = pages?.folder ?? '';
    const up = startSystem({ settings, given: process.env, supervisor, roster, say, fastClock, webDir });
    const system = await Promise.race([up, supervisor.failed, interrupted]);
    up.catch(() => undefined); // after an interruption its failure is our doing
    if (system === 'interrupted') return INTERRUPTED;
    if (wishes.demo) {
      const deal = await Promise.race([runSampleDeal(system), supervisor.failed, interrupted]);
      if (deal === 'interrupted') return INTERRUPTED;
    }
    if (wishes.once) return 0;
    sayAddresses(system, settings, pages?.state() ?? '');
    const url = system.environment.PLIC_API_URL;
    if (pages?.isDone() === false) building = pages.run({ say, onSpawn: roster.add, signal: stopping.signal, url });
    await Promise.race([supervisor.failed, interrupted]);
    return 0;
  } finally {
    say('stopping everything');
    roster.close();
    stopping.abort();
    await building;
    await supervisor.stop();
    await endRoster(roster.file); // what was still starting
    guard.release();
  }
}

/** Resolves at the first Ctrl-C, SIGTERM or closed terminal; a second one ends everything without waiting. */
function interruption(supervisor: Supervisor): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const onSignal = () => {
      firstAt ??= Date.now();
      resolve('interrupted');
      if (Date.now() - firstAt < SECOND_SIGNAL_AFTER_MS) return;
      say('killing everything');
      supervisor.kill();
      process.exit(INTERRUPTED);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

function keepOneOldSetOfLogs(folder: string): void {
  rmSync(`${folder}.previous`, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, `${folder}.previous`);
}

const CLOCK_ROW = (sandbox: string) => ['Clock', sandbox, 'PUT /_sandbox/clock {"advance": "P1D"}'];

function sayAddresses(
  { environment, addresses, apiPid, workerPid }: LocalSystem,
  { dataDir }: Settings,
  appNote: string,
): void {
  const rows = [
    ...(environment.WEB_DIR === '' ? [] : [['App', environment.PLIC_API_URL, appNote]]),
    ['API', environment.PLIC_API_URL, `pid ${apiPid()}; try: kill -9 ${apiPid()}`],
    ['API page', `${environment.PLIC_API_URL}/docs`, ''],
    ['Worker', '', `pid ${workerPid()}; try: kill -9 ${workerPid()}`],
    ['Temporal', environment.TEMPORAL_ADDRESS, ''],
    ['Temporal Web', addresses.temporalUiUrl ?? 'where your Temporal has it', ''],
    ['Codec server', `http://127.0.0.1:${environment.CODEC_PORT}`, 'opens what Temporal Web shows'],
    ['Softpayment', environment.SOFTPAYMENT_URL, ''],
    ['Bank', environment.BANK_URL, ''],
    ['Notices', environment.ALIGO_URL, 'GET /_sandbox/messages?to=<phone or e-mail>'],
    ['Identity', environment.IDENTITY_URL, ''],
    ...(environment.PLIC_FAST_CLOCK === 'on' ? [CLOCK_ROW(environment.SOFTPAYMENT_URL)] : []),
  ];
  say(paint('bold', 'PLIC is up'));
  for (const [name = '', address = '', note = ''] of rows) {
    process.stdout.write(`            ${name.padEnd(14)}${address.padEnd(28)}${note}\n`);
  }
  say(
    `operators maker and checker: "npm run operator -- login maker --local" (secrets: ${filesIn(dataDir).operators})`,
  );
  say(`logs: ${join(dataDir, 'logs')}; variables for other commands: ${join(dataDir, 'env')}; Ctrl-C stops everything`);
}

outliveReader(process.stdout);
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${paint('red', 'npm start:')} ${message}\n`);
    process.exit(1);
  },
);
