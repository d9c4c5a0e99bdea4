/** The audit of operators: one chain, which nobody changes, and whose every damage is named. */
import { audit } from '../../db/admin-audit';
import { AUDIT_INVARIANTS } from '../../db/invariants/audit';
import { examineAll } from '../../db/invariants/invariant';
import { auditEntries } from '../../db/views/audit-entries';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

const KIM = { id: null, handle: 'kim', role: 'admin', via: 'command', address: null } as const;
const note = (subject: string) =>
  audit(database.db, KIM, { action: 'release', subjectKind: 'deal', subject, reason: '전화함', outcome: 'done' });
const five = async () => {
  for (let n = 1; n <= 5; n++) await note(`PL${n}`);
};

async function facts(): Promise<string[]> {
  const times = { now: new Date(), stuckAfterS: 600 };
  const { findings, unchecked } = await examineAll(database.db, AUDIT_INVARIANTS, times);
  expect(unchecked).toEqual([]);
  return findings.flatMap(({ breaks }) => breaks.map(({ fact }) => fact));
}

/** Past every trigger, as whoever owns the database could. */
const damage = (sql: string) =>
  database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(sql);
  });

test('entries that come at once follow one another without a gap', async () => {
  expect(await facts()).toEqual([]);
  await Promise.all(Array.from({ length: 50 }, (_, n) => note(`PL${n}`)));
  const seqs = await database.db('admin_audit_logs').orderBy('seq').pluck('seq');
  expect(seqs.map(Number)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  expect(await facts()).toEqual([]);
});

test('entries are read newest first, whatever the figures of their numbers; those of some days by their time', async () => {
  for (let n = 1; n <= 12; n++) await note(`PL${n}`);
  type Asked = Parameters<typeof auditEntries>;
  const read = async (filter: Asked[1], page: Asked[2]) =>
    (await auditEntries(database.db, filter, page)).map(({ seq }) => seq);
  expect(await read({}, { limit: 4 })).toEqual([12, 11, 10, 9]);
  expect(await read({}, { limit: 4, before: 9 })).toEqual([8, 7, 6, 5]);
  await damage(`update admin_audit_logs set at = at - interval '2 days' where seq <= 5`);
  await damage(`update admin_audit_logs set at = at - interval '2 days' where seq <= 2`);
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  expect(await read({ since: ago(60), until: ago(36) }, { limit: 9 })).toEqual([5, 4, 3]);
  expect(await read({ since: ago(36) }, { limit: 9 })).toEqual([12, 11, 10, 9, 8, 7, 6]);
  expect(await read({ until: ago(60) }, { limit: 9 })).toEqual([2, 1]);
  expect(await read({ since: ago(-1) }, { limit: 9 })).toEqual([]);
});

test('an entry of what was rolled back leaves no gap', async () => {
  await note('PL1');
  await database.db
    .transaction(async (trx) => {
      await audit(trx, KIM, { action: 'release', subjectKind: 'deal', outcome: 'done' });
      throw new Error('rolled back');
    })
    .catch(() => undefined);
  await note('PL2');
  expect(await database.db('admin_audit_logs').orderBy('seq').pluck('subject')).toEqual(['PL1', 'PL2']);
  expect(await facts()).toEqual([]);
});

test.each([
  `update admin_audit_logs set reason = 'another' where seq = 1`,
  'delete from admin_audit_logs where seq = 5',
  'truncate admin_audit_logs',
  'update admin_audit_head set seq = 4',
  'delete from admin_audit_head',
  'insert into admin_audit_head (id) values (1)',
  'truncate admin_audit_head',
])('the database refuses "%s"', async (sql) => {
  await five();
  await expect(database.db.raw(sql)).rejects.toMatchObject({ code: 'PL002' });
  expect(await facts()).toEqual([]);
});

test('neither number, time nor hash of an entry is the caller’s to say', async () => {
  const long = new Date('2020-01-01');
  const row = { actor: 'operator:kim', role: 'admin', via: 'api', action: 'x', subject_kind: 'deal', outcome: 'done' };
  await database.db('admin_audit_logs').insert({ ...row, seq: 77, at: long, hash: 'x', prev_hash: 'y' });
  const [entry] = await database.db('admin_audit_logs');
  expect([entry.seq, entry.at > long]).toEqual(['1', true]);
  expect(await facts()).toEqual([]);
});

test.each([
  ['one letter is another', `update admin_audit_logs set subject = 'PL9' where seq = 2`, ['entry 2 was changed']],
  [
    'the time is another',
    `update admin_audit_logs set at = at + interval '1 microsecond' where seq = 3`,
    ['entry 3 was changed'],
  ],
  ['one is gone', 'delete from admin_audit_logs where seq = 3', ['entries 3 to 3 are missing']],
  ['the first is gone', 'delete from admin_audit_logs where seq = 1', ['entries 1 to 1 are missing']],
  ['the last is gone', 'delete from admin_audit_logs where seq = 5', ['the last entry is 4, and there were 5']],
  ['all are gone', 'delete from admin_audit_logs', ['the last entry is 0, and there were 5']],
  [
    'two are swapped',
    `update admin_audit_logs set seq = 5 - seq - 10 where seq in (2, 3);
     update admin_audit_logs set seq = seq + 10 where seq < 0`,
    ['entry 2 was changed', 'entry 3 was changed', 'entry 4 does not follow the one before it'],
  ],
  [
    'one is changed, and its own hash made anew',
    `update admin_audit_logs e set subject = 'PL9' where seq = 2;
     update admin_audit_logs e set hash = audit_hash(e) where seq = 2`,
    ['entry 3 does not follow the one before it'],
  ],
])('%s: the place is named', async (_, sql, told) => {
  await five();
  await damage(sql);
  expect(await facts()).toEqual(told);
});
