/** Today's workflow code against the histories of deals that were recorded at every wait point (test/histories). */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type ReplayWorkerOptions, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { WAIT_REASONS } from '../../workflows/domain/deal-state';
import { testStack } from '../support/stack';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const ROOT = join(__dirname, '../..');
const HISTORIES = join(ROOT, 'test/histories');
const names = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

const read = (name: string): string => readFileSync(join(HISTORIES, `${name}.json`), 'utf8');
type Bundle = ReplayWorkerOptions['workflowBundle'];
const replay = (workflowBundle: Bundle, name: string): Promise<void> =>
  Worker.runReplayHistory({ ...(workflowBundle && { workflowBundle }) }, JSON.parse(read(name)), name);

test('there is a history for every reason a deal can wait', () => {
  expect(names).toEqual(expect.arrayContaining([...WAIT_REASONS]));
});

test.each(names)('the code of today continues the deal stopped at %s', async (name) => {
  await replay({ codePath: testStack().bundlePath }, name);
});

/** Every text of a history: its own, and what its payloads hold. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const { data, ...rest } = value as { data?: unknown };
  const payload = typeof data === 'string' ? Buffer.from(data, 'base64').toString() : data;
  return [payload, ...Object.values(rest)].flatMap(textsOf);
}

test('no name, number or address of a person, and no trace of a machine, is in any history', () => {
  const phoneAccountOrCard = /(?<![\da-f-])(01\d{9}|\d{14}|\d{16})(?![\da-f])/;
  const traces = /[가-힣]|bill_|\n\s+at |node_modules|(?<!@temporalio\/worker)@(?!temporalio\/worker@)/;
  const suspects = names.flatMap((name) =>
    textsOf(JSON.parse(read(name)))
      .filter((text) => phoneAccountOrCard.test(text) || traces.test(text))
      .map((text) => [name, text]),
  );
  expect(suspects).toEqual([]);
});

describe('a change that breaks deals in flight is caught', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'plic-replay-'));
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** The bundle of a copy of the workflows, with every source file changed so. */
  async function bundleChanged(change: (source: string, file: string) => string): Promise<Bundle> {
    const copy = join(mkdtempSync(join(dir, 'house-')), 'workflows');
    mkdirSync(copy);
    cpSync(join(ROOT, 'workflows'), copy, { recursive: true });
    let changed = 0;
    for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )) {
      const source = readFileSync(join(copy, file), 'utf8');
      const after = change(source, file);
      if (after !== source) changed++;
      writeFileSync(join(copy, file), after);
    }
    if (changed === 0) throw new Error('nothing was changed');
    return bundleWorkflowCode({ workflowsPath: join(copy, 'index.ts'), logger: new DefaultLogger('ERROR') });
  }

  const violations = async (bundle: Bundle): Promise<unknown[]> => {
    const failed: unknown[] = [];
    for (const name of names) await replay(bundle, name).catch((error: unknown) => failed.push(error));
    return failed;
  };

  test('a copy without a change replays them all', async () => {
    const bundle = await bundleChanged((source, file) => (file === 'index.ts' ? `${source}\n` : source));
    expect(await violations(bundle)).toEqual([]);
  });

  test('one more step before all others', async () => {
    const bundle = await bundleChanged((source, file) =>
      file === 'deal.ts'
        ? source.replace('const desk = openDesk(input);', 'await sleep(1);\n  const desk = openDesk(input);')
        : source,
    );
    const failed = await violations(bundle);
    expect(failed).toHaveLength(names.length);
    for (const error of failed) expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  test.each(['screenDeal', 'chargeCard', 'transferToRecipient'])('the step %s under another name', async (step) => {
    const bundle = await bundleChanged((source) => source.replaceAll(step, `${step}Again`));
    await expect(replay(bundle, 'completed')).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});
