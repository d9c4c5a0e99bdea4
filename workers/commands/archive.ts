/** `npm run archive`: months of deals in the archive: seen, verified, brought back. It parses, calls, and prints. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { archiveNow } from '../../api/operator/archive-now';
import { listedArchives, restoreArchive, verifyArchives } from '../../api/operator/archives';
import { audited } from '../../api/operator/give';
import { openArchive } from '../../infra/archive/open';
import { type ArchiveConfig, loadArchiveConfig } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { outliveReader } from '../../infra/reader';
import { archiveNamed, labelOf, RESTORE_TIERS, type RestoreTier } from '../../workflows/domain/archive';
import { printTable, write } from './deal-report';
import { withOperator } from './operator-session';
import { reachTemporal, tellFailure, UsageError, unlessRefused } from './orders';

const HELP = `npm run archive -- list                     what was archived, and what was given up
npm run archive -- run                      archive now what is due: its Schedule runs, and the worker does it
npm run archive -- verify [--month <month>] whether every object is there, and what was written
npm run archive -- restore --month <month> --to <folder> [--tier Standard|Bulk]
                                            bring a month back as lines of JSON; frozen objects are asked for first,
                                            and the same command is given again hours later

A month is YYYY-MM, which means the last archive of it, or YYYY-MM.2 and the like for one by its number.
Log in first: "npm run operator -- login <handle>". Exit code: 0 it is done and nothing is wrong; 1 otherwise.
`;

const options = {
  month: { type: 'string' },
  to: { type: 'string' },
  tier: { type: 'string', default: 'Standard' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Values {
  readonly month?: string | undefined;
  readonly to?: string | undefined;
  readonly tier: string;
}

/** What the command asks for, with its input checked; answers with the exit code. */
type Work = (config: ArchiveConfig) => Promise<number>;

const list: Work = (config) =>
  withOperator(config, 'money.read', async ({ db }) => {
    const rows = await listedArchives(db);
    printTable(
      'Archives',
      rows.map(({ refused, ...shown }) => ({
        archive: labelOf(shown),
        rows: shown.rows,
        at: shown.at,
        'given up': refused,
      })),
    );
    if (rows.length === 0) write('nothing was archived yet');
    return 0;
  });

const run: Work = (config) =>
  withOperator(config, 'batches.run', async ({ db }, operator) => {
    const client = await reachTemporal(config, db);
    try {
      const about = { action: 'run', subjectKind: 'batch', subject: 'log-archive' };
      const { archived, rows, waiting } = unlessRefused(await audited(db, operator, about, () => archiveNow(client)));
      write(archived.length > 0 ? `archived: ${archived.join(', ')} (${rows} rows)` : 'nothing was due');
      for (const { month, deals } of waiting) write(`${month} waits for ${deals} deals that have not ended`);
      return 0;
    } finally {
      await client.connection.close();
    }
  });

const verifying =
  (month: string | undefined): Work =>
  (config) =>
    withOperator(config, 'money.read', async ({ db }) => {
      const { verified } = unlessRefused(await verifyArchives({ db, store: openArchive(config.archive) }, month));
      for (const { archive, faults } of verified) {
        if (faults.length === 0) write(`${archive}: every object is there, and what was written`);
        for (const fault of faults) write(`${archive}: ${fault}`);
      }
      if (verified.length === 0) write('nothing was archived yet');
      return verified.some(({ faults }) => faults.length > 0) ? 1 : 0;
    });

function restoring({ month, to, tier }: Values): Work {
  if (month === undefined) throw new UsageError('name the month: --month YYYY-MM');
  if (to === undefined) throw new UsageError('name the folder: --to <folder>');
  if (!isTier(tier)) throw new UsageError(`--tier must be one of ${RESTORE_TIERS.join(', ')}`);
  const keep = async (file: string, lines: Buffer) => {
    await mkdir(dirname(join(to, file)), { recursive: true, mode: 0o700 });
    await writeFile(join(to, file), lines, { mode: 0o600 });
  };
  const about = { action: 'restore', subjectKind: 'archive', subject: month };
  return (config) =>
    withOperator(config, 'money.read', async ({ db }, operator) => {
      const deps = { db, store: openArchive(config.archive) };
      const work = () => restoreArchive(deps, { label: month, tier, keep });
      const { archive, parts, rows } = unlessRefused(await audited(db, operator, about, work));
      write(`${archive}: ${rows} rows in ${parts} files, each what was written, are in ${to}`);
      return 0;
    });
}

const isTier = (text: string): text is RestoreTier => (RESTORE_TIERS as readonly string[]).includes(text);

function workOf([what]: string[], values: Values): Work {
  if (values.month !== undefined && !archiveNamed(values.month))
    throw new UsageError('--month must be YYYY-MM, or YYYY-MM.2 and the like');
  switch (what) {
    case 'list':
      return list;
    case 'run':
      return run;
    case 'verify':
      return verifying(values.month);
    case 'restore':
      return restoring(values);
    default:
      throw new UsageError(`unknown: "${what}"`);
  }
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  if (values.help || positionals.length === 0) {
    process.stdout.write(HELP);
    return 0;
  }
  const work = workOf(positionals, values);
  useLocalEnvironment();
  return work(loadArchiveConfig());
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    tellFailure('archive', error);
    process.exit(1);
  },
);
