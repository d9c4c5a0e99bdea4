/** A batch whose worker is killed in the middle goes on with the next one, and ends as if nothing had been. */
import { completedOf, gradeBefore, insertMonthOfMembers } from '../fixtures/month-of-members';
import { poll } from '../fixtures/poll';
import { runMonthly } from '../fixtures/scheduled';
import { type ProcessHouse, startProcesses } from '../servers/processes';

/** Seven pages. */
const COUNT = 32_000;
const MEMBERS = Array.from({ length: COUNT }, (_, n) => n);
const DECEMBER = new Date('2025-11-30T15:00:00Z'); // the first of it, 00:00 KST

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses();
  await insertMonthOfMembers(house.db, { count: COUNT, month: '2025-11' });
});
afterAll(() => house.stop());

const gradeFor = (completed: number): string =>
  completed >= 10_000_000 ? 'VIP' : completed >= 3_000_000 ? 'GOLD' : completed >= 1_000_000 ? 'SILVER' : 'BASIC';
const CHANGED = MEMBERS.filter((n) => gradeFor(completedOf(n)) !== gradeBefore(n)).length;

const noted = async () => Number((await house.db('grade_changes').count())[0]?.count);

test('grade-update whose worker is killed among its pages judges every member once, and all of them', async () => {
  const held = await house.db.transaction();
  await held.raw(`select from users where id > '80000000-0000-0000-0000-000000000000' for update`); // it comes no further
  const run = runMonthly(house, 'gradeUpdateWorkflow', DECEMBER);
  await poll(noted, (rows) => rows > 0, { what: 'a page is done' });
  await house.worker.kill();
  await held.rollback();
  const before = await noted();
  expect(before).toBeLessThan(CHANGED);
  house.worker.start();
  expect(await run).toMatchObject({ month: '2025-11-01', members: COUNT });
  expect(await noted()).toBe(CHANGED);
  const { rows } = await house.db.raw(
    `select u.grade from generate_series(0, ${COUNT - 1}) n join users u on u.id = md5('member' || n)::uuid order by n`,
  );
  expect(rows.map(({ grade }: { grade: string }) => grade)).toEqual(MEMBERS.map((n) => gradeFor(completedOf(n))));
  const told = await house.db('notices').where({ template: 'grade-changed' }).count();
  expect(Number(told[0]?.count)).toBe(CHANGED);
});
