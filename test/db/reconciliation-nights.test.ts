/** Which days a night has to do: each day on its nights, never more lists than one may read, and none that waits for ever. */
import { daysDue } from '../../db/reconciliation/nights';
import { beginRun, leaveDays } from '../../db/reconciliation/runs';
import { type DayDue, NIGHTS, planNight } from '../../workflows/domain/reconciliation';
import { nightAfter } from '../fixtures/reconciling';
import { type TestDatabase, testDatabase } from '../servers/database';

const FIRST = '2026-03-02';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

/** KST days are of equal length. */
const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

let runs = 0;
/** Of a run: in this night, one after the other. */
function beginOf(tonight: string): Date {
  runs += 1;
  return new Date(nightAfter(dayAfter(tonight, -1)).getTime() + runs);
}

async function run(day: string, tonight: string, status: string, more: object = {}): Promise<void> {
  const at = beginOf(tonight);
  const id = await beginRun(database.db, { engineRun: `run-${runs}`, day, at });
  await database
    .db('reconciliation_runs')
    .where({ id })
    .update({ status, ...more });
}

/** A whole night; the days of `failing` cannot be done. */
async function night(tonight: string, failing: readonly string[] = []) {
  const { days, left } = planNight(await daysDue(database.db, tonight));
  await database.db('reconciliation_runs').insert(
    days.map(({ day }) => ({
      ...{ engine_run: `${tonight}/${day}`, business_day: day, read_at: beginOf(tonight) },
      status: failing.includes(day) ? 'failed' : 'done',
    })),
  );
  return { days, left };
}

const listsOf = (days: readonly DayDue[]): number =>
  days.reduce((lists, { settlement }) => lists + (settlement ? 2 : 1), 0);

test('a day is reconciled whole on the first night, and its bank list is read again on every night of the table', async () => {
  const read: [number, boolean][] = [];
  for (let n = 1; n <= 105; n++) {
    const { days, left } = await night(dayAfter(FIRST, n));
    expect([n, left]).toEqual([n, []]);
    expect(listsOf(days)).toBeLessThanOrEqual(12);
    if (n > Math.max(...NIGHTS)) expect(listsOf(days)).toBe(12);
    const own = days.find(({ day }) => day === FIRST);
    if (own) read.push([n, own.settlement]);
  }
  expect(read).toEqual([1, 2, 3, 4, 5, 6, 7, 14, 30, 60, 90].map((n) => [n, n === 1]));
});

test('a night that failed or never ran is still to be done, and so is a day that was only looked at while it was open', async () => {
  await run('2026-03-01', '2026-03-02', 'failed');
  await run('2026-03-02', '2026-03-03', 'failed');
  await run('2026-03-02', '2026-03-03', 'done');
  await run('2026-03-03', '2026-03-04', 'running');
  await run('2026-03-04', '2026-03-05', 'running', { started_at: new Date(Date.now() - 2 * 86_400_000) }); // its engine run was lost
  await run('2026-03-05', '2026-03-06', 'done', { read_at: new Date('2026-03-06T10:00:00+09:00') });
  const due = await daysDue(database.db, '2026-03-07');
  const whole = due.filter(({ settlement }) => settlement).map(({ day }) => day);
  expect(whole).toEqual(['2026-03-06', '2026-03-01', '2026-03-04', '2026-03-05']);
  expect(due.filter(({ settlement }) => !settlement).map(({ day }) => day)).toEqual(['2026-03-02', '2026-03-03']);
});

test('before the first run of all there is only the day before', async () => {
  expect(await daysDue(database.db, FIRST)).toEqual([{ day: '2026-03-01', settlement: true }]);
});

test('what a night leaves out is what the next one begins with, until nothing is left', async () => {
  await run(FIRST, dayAfter(FIRST, 1), 'done');
  let waiting: readonly string[] = [];
  const done = new Set<string>();
  for (let n = 22; n <= 40; n++) {
    const { days, left } = await night(dayAfter(FIRST, n));
    expect(listsOf(days)).toBeLessThanOrEqual(12);
    const earlier = days.slice(1).map(({ day }) => day);
    expect(earlier.slice(0, waiting.length)).toEqual(waiting.slice(0, earlier.length));
    for (const { day } of days) done.add(day);
    waiting = left;
  }
  expect(waiting).toEqual([]);
  expect([...done].toSorted()).toEqual(Array.from({ length: 40 }, (_, n) => dayAfter(FIRST, n)));
});

test('days that fail every night keep no other day from its turn', async () => {
  const failing = Array.from({ length: 7 }, (_, n) => dayAfter(FIRST, n + 8));
  const leftInARow = new Map<string, number>();
  for (let n = 1; n <= 30; n++) {
    const { days, left } = await night(dayAfter(FIRST, n), failing);
    for (const { day } of days) leftInARow.delete(day);
    for (const day of left) leftInARow.set(day, 1 + (leftInARow.get(day) ?? 0));
    expect(Math.max(0, ...leftInARow.values())).toBeLessThanOrEqual(2);
  }
});

test('a settlement file with an open break is read again a week later, since the PG may have corrected it', async () => {
  const { db } = database;
  for (let n = 1; n <= 6; n++) await night(dayAfter(FIRST, n));
  const { id } = await db('reconciliation_runs').first('id');
  const found = { class: 'fee-differs', key: 'order-1', source: 'charge', subject: 'order-1', amount: 1 };
  const of = { business_day: FIRST, file_day: FIRST, first_run: id, last_run: id };
  await db('reconciliation_breaks').insert({ ...found, ...of });
  const { days } = await night(dayAfter(FIRST, 7));
  expect(days.filter(({ settlement }) => settlement).map(({ day }) => day)).toEqual([dayAfter(FIRST, 6), FIRST]);
});

test('people are told of a day that a night left out until it is done, and once however often the night asks', async () => {
  const told = () => database.db('operator_tasks').whereNull('closed_at').pluck('detail');
  for (let look = 0; look < 2; look++) await leaveDays(database.db, { engineRun: 'night', days: [FIRST] });
  expect(await told()).toEqual([`${FIRST}: a night reads no more lists; the next one begins with this day`]);
  expect(await database.db('reconciliation_runs')).toHaveLength(1);
  expect((await daysDue(database.db, dayAfter(FIRST, 2))).map(({ day }) => day)).toEqual([dayAfter(FIRST, 1), FIRST]);
});
