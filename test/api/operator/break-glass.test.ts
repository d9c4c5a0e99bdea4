/** Every breaking of the glass is told. */
import { breakGlass } from '../../../api/operator/break-glass';
import { type TestDatabase, testDatabase } from '../../servers/database';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

test('each breaking is in view in the open task, however long the reasons before it were, and all are in the audit', async () => {
  const { db } = database;
  const reasonOf = (n: number) => `${n}. ${'nobody can log in '.repeat(100)}`;
  for (const n of [1, 2, 3, 4]) {
    await breakGlass(db, { shellUser: 'kim', reason: reasonOf(n), now: new Date(`2026-03-02T0${n}:00:00Z`) });
    const [task, ...more] = await db('operator_tasks').where({ reason: 'break-glass-used', closed_at: null });
    expect(task.detail.startsWith(`2026-03-02T0${n}:00:00.000Z kim: ${reasonOf(n)}`)).toBe(true);
    expect(more).toEqual([]);
  }
  const audited = await db('admin_audit_logs').where({ action: 'break-glass' }).orderBy('seq').pluck('reason');
  expect(audited).toEqual([1, 2, 3, 4].map(reasonOf));
});
