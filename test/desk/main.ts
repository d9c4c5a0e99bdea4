/** `npm run desk`: the cases of docs/operators.md, worked by two operators over the admin API and seen in Temporal Web. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { outliveReader } from '../../infra/reader';
import { startWholeSystem } from '../servers/npm-start';
import { say } from '../servers/say';
import { openDesktop } from './browser';
import { CASES, type Scene } from './cases';
import { logIn } from './staff';

const HELP = `npm run desk [-- options]

Starts a system of its own with "npm start", makes deals that wait for people, and has two operators work them over /v1/admin while Chromium
looks at each in Temporal Web. It fails when Temporal Web does not say why a deal waits, what may be ordered and where to read on, or
when a deal does not end as it must.

  --out <folder>  where the pictures go (default: nowhere; docs/images is where docs/operators.md has them)
  --only <name>   one of ${CASES.map(({ name }) => name).join(', ')}
  --help

It needs Chromium and a Korean font: "apt-get install chromium fonts-nanum". The last line is "N passed, N failed".
`;

const OPTIONS = {
  out: { type: 'string' },
  only: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function playAll(scene: Scene, only: string | undefined): Promise<number> {
  let failed = 0;
  const cases = CASES.filter(({ name }) => only === undefined || name === only);
  for (const one of cases) {
    try {
      await one.play(scene);
      say(`ok      ${one.title}`);
    } catch (error) {
      failed += 1;
      say(`FAILED  ${one.title}: ${(error as Error).message}`);
    }
  }
  process.stdout.write(`${cases.length - failed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

async function run(out: string | undefined, only: string | undefined): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'plic-desk-'));
  const pictures = resolve(out ?? join(dir, 'pictures'));
  mkdirSync(pictures, { recursive: true });
  say('starting the system');
  // the pace of production: what waits for people waits long enough to be looked at
  const desk = await startWholeSystem(dir, { pace: 'production', pages: false });
  try {
    const desktop = await openDesktop(desk.temporalWebUrl, pictures);
    try {
      const [maker, checker] = await Promise.all(
        ['maker', 'checker'].map((handle) => {
          const found = desk.operators.find((one) => one.handle === handle);
          if (!found) throw new Error(`"npm start" made no ${handle}`);
          return logIn(desk.places.apiUrl, found);
        }),
      );
      if (!maker || !checker) throw new Error('two operators are needed');
      return await playAll({ places: desk.places, desktop, maker, checker }, only);
    } finally {
      await desktop.close();
    }
  } finally {
    await desk.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function main(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.only !== undefined && !CASES.some(({ name }) => name === values.only))
    throw new Error(`there is no case "${values.only}"`);
  return run(values.out, values.only);
}

outliveReader();
main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`desk: ${error.stack}\n0 passed, 1 failed\n`);
    process.exit(1);
  },
);
