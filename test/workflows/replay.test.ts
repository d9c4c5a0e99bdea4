/** Today's workflow code against the histories of deals that were recorded at every wait point (test/histories). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { DataKeys } from '../../infra/keys/data-keys';
import { replayOptionsOf } from '../../infra/temporal/options';
import { WAIT_REASONS } from '../../workflows/domain/deal-state';
import { changedBundle } from '../fixtures/changed-bundle';
import { TEST_DATA_KEYS } from '../fixtures/data-keys';
import { quietTemporal } from '../servers/quiet-temporal';
import { testStack } from '../servers/stack';

quietTemporal();

const ROOT = join(__dirname, '../..');
const HISTORIES = join(ROOT, 'test/histories');
const names = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

const read = (name: string): string => readFileSync(join(HISTORIES, `${name}.json`), 'utf8');
type Bundle = NonNullable<ReplayWorkerOptions['workflowBundle']>;

async function* histories() {
  for (const name of names) yield { workflowId: name, history: JSON.parse(read(name)) };
}

/** The histories that the code refuses, by name, with why. */
async function violationsOf(workflowBundle: Bundle): Promise<Map<string, Error>> {
  const refused = new Map<string, Error>();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { ...replayOptionsOf('default', TEST_DATA_KEYS), workflowBundle },
    histories(),
  ))
    if (error) refused.set(workflowId, error);
  return refused;
}

/** That of a completed deal, as Temporal stores it. */
const ENCRYPTED = 'completed-encrypted';

test('a history that is stored encrypted goes on with its keys, and with no others', async () => {
  const replay = (keys: DataKeys) => {
    const options = { ...replayOptionsOf('default', keys), workflowBundle: { codePath: testStack().bundlePath } };
    return Worker.runReplayHistory(options, JSON.parse(read(ENCRYPTED)), ENCRYPTED);
  };
  await replay(TEST_DATA_KEYS);
  await expect(replay({ ...TEST_DATA_KEYS, byId: async () => Buffer.alloc(32) })).rejects.toThrow();
});

test('there is a history for every reason a deal can wait', () => {
  expect(names).toEqual(expect.arrayContaining([...WAIT_REASONS]));
});

test('the code of today continues every deal that was in flight under the code of before', async () => {
  expect(await violationsOf({ codePath: testStack().bundlePath })).toEqual(new Map());
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
    textsOf(name === ENCRYPTED ? null : JSON.parse(read(name)))
      .filter((text) => phoneAccountOrCard.test(text) || traces.test(text))
      .map((text) => [name, text]),
  );
  expect(suspects).toEqual([]);
});

describe('a change that breaks deals in flight is caught', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'plic-replay-'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const bundleChanged = (change: (source: string, file: string) => string) => changedBundle(dir, change);

  test('a copy that differs in nothing that runs is not', async () => {
    const bundle = await bundleChanged((source, file) => (file === 'deal/deal.ts' ? `${source}// changed\n` : source));
    expect(await violationsOf(bundle)).toEqual(new Map());
  });

  test('one more step before all others', async () => {
    const bundle = await bundleChanged((source, file) =>
      file === 'deal/deal.ts'
        ? source.replace('const run = newRun(input);', 'await condition(() => false, 1);\n  const run = newRun(input);')
        : source,
    );
    const refused = await violationsOf(bundle);
    expect([...refused.keys()]).toEqual(names);
    for (const error of refused.values()) expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  test.each(['screenDeal', 'chargeCard', 'transferToRecipient'])('the step %s under another name', async (step) => {
    const bundle = await bundleChanged((source) => source.replaceAll(step, `${step}Again`));
    expect((await violationsOf(bundle)).get('completed')).toBeInstanceOf(DeterminismViolationError);
  });
});
