/** Days that could not be reconciled: people are told of each of them until it is done. */
import { beginRun, failRun } from '../../db/reconciliation/runs';
import { nightAfter, reconcileLists } from '../fixtures/reconciling';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

let runs = 0;
const begin = (day: string): Promise<number> => {
  runs += 1;
  return beginRun(database.db, { engineRun: `failed-${runs}`, day, at: nightAfter(day) });
};
const fail = async (day: string, reason: string) => failRun(database.db, { runId: await begin(day), reason });
const succeed = (day: string) => reconcileLists(database.db, { day, settlement: [], bank: [] });
/** The details of the open task; there is at most one. */
const told = (): Promise<string[]> =>
  database.db('operator_tasks').where({ reason: 'reconcile-failed' }).whereNull('closed_at').pluck('detail');

test('a day that failed stays told while other days are done, also when it is too old for the nights to come back to', async () => {
  await fail('2026-03-02', 'line 3: fee is no number');
  for (const other of ['2026-02-23', '2026-03-03', '2026-03-10', '2026-04-20']) {
    await succeed(other);
    expect([other, await told()]).toEqual([other, ['2026-03-02: line 3: fee is no number']]);
  }
  await succeed('2026-03-02');
  expect(await told()).toEqual([]);
});

test('every day that failed is named, each with its last reason, until it is done itself', async () => {
  await fail('2026-03-04', 'no whole answer');
  await fail('2026-03-02', 'HTTP 500');
  await fail('2026-03-02', 'HTTP 503');
  expect(await told()).toEqual(['2026-03-02: HTTP 503; 2026-03-04: no whole answer']);
  await succeed('2026-03-04');
  expect(await told()).toEqual(['2026-03-02: HTTP 503']);
  await succeed('2026-03-02');
  expect(await told()).toEqual([]);
});

test('a day that was done and fails when it is looked at once more is told again', async () => {
  await succeed('2026-03-02');
  await fail('2026-03-02', 'HTTP 500');
  expect(await told()).toEqual(['2026-03-02: HTTP 500']);
});

test('a run under way neither tells of its day nor ends what is told of it', async () => {
  await fail('2026-03-02', 'HTTP 500');
  await begin('2026-03-02');
  await begin('2026-03-03');
  await succeed('2026-03-04');
  expect(await told()).toEqual(['2026-03-02: HTTP 500']);
});

test('runs of many days that end at the same time leave exactly the failed ones told', async () => {
  const days = Array.from({ length: 8 }, (_, n) => `2026-03-${String(10 + n)}`);
  const failing = days.filter((_, n) => n % 2 === 0);
  await Promise.all(days.map((day) => (failing.includes(day) ? fail(day, 'HTTP 500') : succeed(day))));
  expect(await told()).toEqual([failing.map((day) => `${day}: HTTP 500`).join('; ')]);
});
