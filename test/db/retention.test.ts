/** Personal data is destroyed when its term has ended, neither before nor after, provably, and never what is held. */
import { randomUUID } from 'node:crypto';
import { type Db, openDb } from '../../db/connection';
import { INVARIANTS } from '../../db/invariants/all';
import { examineAll } from '../../db/invariants/invariant';
import { destroyDue, destroyedIn } from '../../db/retention/destroy';
import { HOLD_PATIENCE_MS, type HoldSubject, liftHold, setHold, standingHolds } from '../../db/retention/legal-holds';
import { RETENTION_RULE_NAMES, RETENTION_RULES, type RetentionRuleName } from '../../db/retention/rules';
import { ENDED } from '../fixtures/ended-terms';
import { poll } from '../fixtures/poll';
import { insertDeal, insertPayment, insertPerson, type Person, SEALED } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let db: Db;
beforeEach(async () => {
  database = await testDatabase();
  ({ db } = database);
});
afterEach(() => database.drop());

/** As if the terms had stood for years: until they have stood for three days the law is silent. */
const ageTerms = () => db('retention_terms').update({ created_at: new Date('2020-01-01') });

/** Those of the database that wait for a lock in a statement like this. */
async function waitingIn(statement: string): Promise<number> {
  const { rows } = await db.raw(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and query like ?`,
    [`%${statement}%`],
  );
  return rows[0].n;
}

let runs = 0;
/** What a run destroyed and held, by rule; rules that found nothing are left out. */
async function run(): Promise<Record<string, { emptied: number; held: number }>> {
  const name = `run-${++runs}`;
  // As patient as the worker's: a machine may be slow to see that somebody waits.
  const own = openDb({ databaseUrl: database.url, poolMax: 1, statementTimeoutMs: 60_000 });
  await destroyDue(own, name, () => undefined).finally(() => own.destroy());
  const rules = await destroyedIn(db, name);
  expect(rules.map(({ rule }) => rule).sort()).toEqual([...RETENTION_RULE_NAMES].sort());
  const found = rules.filter(({ emptied, held }) => emptied + held > 0);
  return Object.fromEntries(found.map(({ rule, emptied, held }) => [rule, { emptied, held }]));
}

/** A row of the rule whose term ended so many days ago (or, negative, ends in so many). */
async function made(rule: RetentionRuleName, daysAgo: number, given?: Person) {
  const person = given ?? (await insertPerson(db));
  const { rows } = await db.raw(
    `select now() - term - :daysAgo * interval '1 day' as since from retention_terms where rule = :rule`,
    { rule, daysAgo },
  );
  const { table, key } = await ENDED[rule](db, person, rows[0].since);
  const read = () => db(table).where(key).first() as Promise<Record<string, unknown>>;
  return { person, read };
}

/** What an emptied row says of itself, besides its mark. */
const BESIDE = [
  ...['version', 'updated_at', 'failed_at', 'resource', 'deleted_at'],
  ...['email_verified_at', 'identity_verified_at'],
];
const isFilled = (value: unknown): boolean => value !== null && value !== '';
const pick = (row: Record<string, unknown>, columns: readonly string[]) => columns.map((column) => row[column]);
const differing = (a: Record<string, unknown>, b: Record<string, unknown>): string[] =>
  Object.keys(a).filter((column) => JSON.stringify(a[column]) !== JSON.stringify(b[column]));

const hold = (subject: HoldSubject, until: string | null = null) =>
  setHold(db, subject, { code: 'dispute', actor: 'operator:kim', reason: 'ticket 17', until });

/** Of the laws of retention. */
/** The laws that do not hold so many days on, by the clock of the rows. */
const brokenLaws = async (days = 0) => {
  const [{ now }] = (await db.raw(`select now() + ? * interval '1 day' as now`, [days])).rows;
  const laws = INVARIANTS.filter(({ name }) => /term|destruction|retention/.test(name));
  const { findings, unchecked } = await examineAll(db, laws, { now, stuckAfterS: 600 });
  expect([findings.length, unchecked]).toEqual([3, []]);
  return findings.filter(({ total }) => total > 0).map(({ name }) => name);
};

test.each(RETENTION_RULE_NAMES)('%s: what has reached its term is emptied and proven, nothing else', async (rule) => {
  const [due, early, held] = [await made(rule, 1), await made(rule, -1), await made(rule, 1)];
  await hold({ userId: held.person.userId });
  const before = [await due.read(), await early.read(), await held.read()] as const;
  const { columns, mark, table } = RETENTION_RULES[rule];
  await ageTerms();
  expect(pick(before[0], columns).some(isFilled)).toBe(true);
  // Whoever left five years ago should have no log-in any more.
  expect(await brokenLaws()).toEqual(rule === 'left-with-deals' ? ['nothing-outlives-its-term'] : []);
  expect(await run()).toMatchObject({ [rule]: { emptied: 1, held: 1 } });
  expect(pick(await early.read(), columns)).toEqual(pick(before[1], columns));
  expect(await held.read()).toEqual(before[2]);
  const after = await due.read();
  expect(pick(after, columns).filter(isFilled)).toEqual([]);
  if (mark !== null) expect(after[mark]).toBeInstanceOf(Date);
  const others = Object.values(RETENTION_RULES).filter((other) => other.table === table);
  const allowed: string[] = [...BESIDE, ...others.flatMap((other) => [...other.columns, other.mark ?? ''])];
  expect(differing(before[0], after).filter((column) => !allowed.includes(column))).toEqual([]);
  expect((await run())[rule]).toEqual({ emptied: 0, held: 1 });
  expect(await brokenLaws()).toEqual([]);
});

test('a member who left with deals can be reached for five years, but logs in no more after a month', async () => {
  const { read } = await made('left-log-ins', 1);
  await run();
  expect(await read()).toMatchObject({
    ...{ password_hash: null, email_encrypted: null, email_hash: null },
    ...{ phone_encrypted: SEALED, name_encrypted: SEALED, person_emptied_at: null },
  });
});

test('what belongs to money that is not decided stays, however old it is', async () => {
  const card = await made('removed-cards', 900);
  const deal = await insertDeal(db, card.person, { confirmed_at: new Date() });
  await insertPayment(db, card.person, deal, { card_id: card.person.cardId });
  const recipient = await made('removed-recipients', 900, card.person);
  const member = await made('left-without-deals', 3_000, card.person);
  const found = await run();
  expect(Object.keys(found).sort()).toEqual(['left-log-ins']);
  expect(await card.read()).toMatchObject({ emptied_at: null });
  expect(await recipient.read()).toMatchObject({ emptied_at: null });
  expect(await member.read()).toMatchObject({ person_emptied_at: null });
});

test('a hold of a deal keeps its member, too; lifted, or over, it keeps nothing', async () => {
  const [lifted, over] = [await made('ended-deals', 1), await made('ended-deals', 1)];
  const other = await made('forgotten-devices', 1, lifted.person);
  const id = await hold({ dealId: `${(await lifted.read()).id}` });
  await hold({ dealId: `${(await over.read()).id}` }, '2020-01-01');
  await ageTerms();
  expect(await run()).toEqual({
    'ended-deals': { emptied: 1, held: 1 },
    'forgotten-devices': { emptied: 0, held: 1 },
  });
  expect(await brokenLaws(30)).toEqual([]);
  expect(await liftHold(db, id, { actor: 'operator:lee', reason: 'decided' })).toBe(true);
  expect(await liftHold(db, id, { actor: 'operator:lee', reason: 'decided' })).toBe(false);
  expect(await brokenLaws(2.9)).toEqual([]);
  expect(await brokenLaws(3.1)).toEqual(['nothing-outlives-its-term']);
  await run();
  expect(await lifted.read()).toMatchObject({ memo_encrypted: null, purpose: '' });
  expect(await other.read()).toMatchObject({ label: null });
  expect(await standingHolds(db)).toMatchObject([{ until: '2020-01-01' }]);
});

test('destruction waits for a hold that is just being set, and then keeps what it names', async () => {
  const { person, read } = await made('forgotten-devices', 1);
  let running: ReturnType<typeof run> | undefined;
  await db.transaction(async (setting) => {
    await setHold(setting, { userId: person.userId }, { code: 'dispute', actor: 'a', reason: 'r', until: null });
    running = run();
    await poll(
      () => waitingIn('"forgotten_devices"'),
      (n) => n === 1,
      { what: 'destruction waits' },
    );
  });
  expect(await running).toEqual({ 'forgotten-devices': { emptied: 0, held: 1 } });
  expect(await read()).toMatchObject({ label: 'phone' });
});

test('while a hold is being set, rules that find nothing wait for nobody', async () => {
  const { userId } = await insertPerson(db);
  await db.transaction(async (setting) => {
    await setHold(setting, { userId }, { code: 'dispute', actor: 'a', reason: 'r', until: null });
    expect(await run()).toEqual({});
  });
});

test.each(['set', 'lifted'] as const)(
  'a hold is %s while rows are being destroyed: it waits for them',
  async (what) => {
    const { userId } = await insertPerson(db);
    const id = await hold({ userId });
    const hasty = openDb({ databaseUrl: database.url, poolMax: 1, statementTimeoutMs: HOLD_PATIENCE_MS });
    const why = { actor: 'operator:lee', reason: 'ticket 18' };
    try {
      await hasty.raw(`set lock_timeout = '1ms'; set statement_timeout = '1ms'`);
      let change: Promise<unknown> | undefined;
      await db.transaction(async (destroying) => {
        await destroying.raw('lock table legal_holds in share mode');
        change =
          what === 'set'
            ? setHold(hasty, { userId }, { code: 'dispute', ...why, until: null })
            : liftHold(hasty, id, why);
        await poll(
          () => waitingIn('legal_holds'),
          (n) => n === 1,
          { what: 'the hold waits' },
        );
      });
      expect(await change).toEqual(what === 'set' ? id + 1 : true);
    } finally {
      await hasty.destroy();
    }
  },
);

test('no other isolation is taken: in it the hold that was waited for would not be seen', async () => {
  const call = () => db.transaction((trx) => trx.raw(`select removed_cards('run', 10)`), REPEATABLE);
  await expect(call()).rejects.toMatchObject({ code: 'PL005' });
});
const REPEATABLE = { isolationLevel: 'repeatable read' } as const;

test('a rule that fails keeps no other from its work, and its error is told', async () => {
  const [failing, due] = [await made('removed-cards', 1), await made('forgotten-devices', 1)];
  await db.raw(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no room left'; end $$;
    create trigger refuse before update on cards for each row execute function refuse()`);
  await expect(destroyDue(db, 'failing', () => undefined)).rejects.toThrow('no room left');
  expect(await failing.read()).toMatchObject({ emptied_at: null });
  expect(await due.read()).toMatchObject({ label: null });
  expect(await destroyedIn(db, 'failing')).toHaveLength(RETENTION_RULE_NAMES.length - 1);
});

test('what an upgrade makes due at once has three days, too', async () => {
  await made('forgotten-devices', 900);
  expect(await brokenLaws(2.9)).toEqual([]);
  expect(await brokenLaws(3.1)).toEqual(['nothing-outlives-its-term']);
});

test('many rows are emptied in small transactions, each proven; two runs at once empty each row once', async () => {
  const { person, read } = await made('forgotten-devices', 2);
  const { id: _id, ...device } = await read();
  const copies = Array.from({ length: 1_100 }, (_, n) => ({ ...device, id: randomUUID(), secret_hash: `s${n}` }));
  await db('devices').insert(copies);
  const both = await Promise.all([run(), run()]);
  const emptied = both.map((found) => found['forgotten-devices']?.emptied ?? 0);
  expect(emptied.reduce((a, b) => a + b)).toBe(1_101);
  expect(await db('devices').where({ user_id: person.userId }).whereNull('emptied_at')).toEqual([]);
  const proofs = await db('retention_proofs').where({ rule: 'forgotten-devices' }).select('run', 'emptied', 'held');
  expect(Math.max(...proofs.map(({ emptied }) => emptied))).toBeLessThanOrEqual(500);
  // What is held is counted once a run.
  expect(proofs.filter(({ held }) => held !== null)).toHaveLength(2);
  expect(proofs.length).toBeGreaterThan(2);
  expect(await brokenLaws()).toEqual([]);
});

test('no row is deleted, and what was emptied is filled by nothing', async () => {
  const { read } = await made('ended-deals', 1);
  const counted = async () => {
    const tables = [...new Set(Object.values(RETENTION_RULES).map(({ table }) => table)), 'deal_events'];
    return Promise.all(tables.map(async (table) => (await db(table).count())[0]));
  };
  const before = await counted();
  await run();
  expect(await counted()).toEqual(before);
  const { id } = await read();
  for (const again of [{ memo_encrypted: SEALED }, { memo_encrypted: SEALED, personal_emptied_at: null }])
    await expect(db('deals').where({ id }).update(again)).rejects.toMatchObject({ code: 'PL001' });
  await expect(db('deals').where({ id }).update({ purpose: 'rent' })).rejects.toMatchObject({ code: '23514' });
});

test('proofs and holds are never changed', async () => {
  const { person } = await made('forgotten-devices', 1);
  const id = await hold({ userId: person.userId });
  await run();
  const changes = [
    () => db('retention_proofs').update({ emptied: 7 }),
    () => db('retention_proofs').del(),
    () => db('legal_holds').where({ id }).update({ reason: 'another' }),
    () => db('legal_holds').where({ id }).del(),
    () => db.raw('truncate legal_holds'),
  ];
  for (const one of changes) await expect(one()).rejects.toMatchObject({ code: 'PL002' });
});

test('a term is that of the rules as people read them', async () => {
  const terms = await db('retention_terms').select('rule', db.raw('term::text'));
  const said = Object.entries(RETENTION_RULES).map(([rule, { term }]) => ({ rule, term }));
  const { rows } = await db.raw(
    'select rule, term::interval::text from jsonb_to_recordset(?) as r(rule text, term text)',
    [JSON.stringify(said)],
  );
  const sorted = (list: { rule: string }[]) => list.toSorted((a, b) => a.rule.localeCompare(b.rule));
  expect(sorted(terms)).toEqual(sorted(rows));
});
