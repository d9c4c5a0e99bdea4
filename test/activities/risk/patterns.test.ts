/** Patterns that no counter knows: who is paid by whom, and what is new. */
import { randomBytes, randomUUID } from 'node:crypto';
import { screeningActivities } from '../../../activities/risk/screening';
import { endRiskListing, listRisk } from '../../../api/operator/risk-lists';
import { recheckLimits, releaseDecision, storeDecision } from '../../../db/risk';
import type { Keys } from '../../../infra/keys/keys';
import { openRedis, type Redis } from '../../../infra/redis';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { RISK_LIST_KINDS, type RiskList, type RiskListKind } from '../../../workflows/domain/risk-lists';
import { ownKeys } from '../../fixtures/keys';
import { insertDeal, insertPerson, type Person } from '../../fixtures/rows';
import { withoutEngine } from '../../fixtures/without-engine';
import { type TestDatabase, testDatabase } from '../../servers/database';
import { testRedis } from '../../servers/redis';

const LONG_AGO = new Date('2026-01-02T12:00:00+09:00');

let database: TestDatabase;
let redis: Redis;
let keys: Keys;
beforeAll(async () => {
  database = await testDatabase();
  redis = await openRedis(await testRedis());
  keys = await ownKeys(database.db);
});
afterAll(async () => {
  redis.disconnect();
  await database.drop();
});

interface Names {
  readonly payer: string | null;
  readonly holder: string;
}

/** A member of long standing with one recipient; a `payer` of null is not verified. */
async function member({ payer, holder }: Names): Promise<Person> {
  const person = await insertPerson(database.db);
  const { userId, recipientId } = person;
  const sealed = (text: string, table: string, row: string, column: string) =>
    keys.encrypt(text, { table, row, column });
  const proven = payer !== null && {
    name_encrypted: await sealed(payer, 'users', userId, 'name_encrypted'),
    ...{ ci_hash: userId, identity_verified_at: LONG_AGO },
  };
  await database
    .db('users')
    .where({ id: userId })
    .update({ created_at: LONG_AGO, ...proven });
  const holder_name_encrypted = await sealed(holder, 'bank_accounts', recipientId, 'holder_name_encrypted');
  await database.db('bank_accounts').where({ id: recipientId }).update({ holder_name_encrypted });
  return person;
}

const newDevice = () => ({ deviceId: randomUUID(), deviceTextHash: randomBytes(32).toString('base64url') });

/** Screens a deal of the member; `thenCharge`: it goes on to its charge, and stands. */
async function screen(person: Person, { device = newDevice(), principal = 10_000, thenCharge = false } = {}) {
  const { userId, cardId } = person;
  const money = { principal, fee: 0, fee_bps: 0, total: principal };
  const dealId = (await insertDeal(database.db, person, money)) as DealId;
  const { screenDeal } = screeningActivities({ db: database.db, redis, keys, clock: () => new Date() });
  const screened = await screenDeal({ dealId, attempt: 1, cardId, ...device });
  if (!thenCharge) return screened;
  const subject = { dealId, attempt: 1, userId, cardId, ...device, principal: won(principal) };
  await database.db.transaction(async (trx) => {
    const decision = await recheckLimits(trx, { ...subject, screened, at: new Date() });
    await storeDecision(trx, { ...subject, decision });
  });
  return screened;
}

test('who pays an account of their own verified name is blocked, however the name is written', async () => {
  for (const holder of ['김민수', '김 민수', '김민수 '])
    expect(await screen(await member({ payer: '김민수', holder }))).toMatchObject({
      ...{ verdict: 'BLOCK', rules: ['recipient-is-payer'] },
    });
  expect((await screen(await member({ payer: '김민수', holder: '김민주' }))).verdict).toBe('PASS');
});

test('a name that nobody has verified says nothing: the rule does not know', async () => {
  const { verdict, answers } = await screen(await member({ payer: null, holder: '김민수' }));
  expect([verdict, answers?.['recipient-is-payer'], answers?.['members-pay-each-other']]).toEqual([
    ...['PASS', 'unknown', 'unknown'],
  ]);
});

test('two members who pay each other are brought to a person; one way is nothing', async () => {
  const lee = await member({ payer: '이영희', holder: '박철수' });
  const park = await member({ payer: '박철수', holder: '이영희' });
  expect((await screen(lee, { thenCharge: true })).verdict).toBe('PASS');
  expect(await screen(park)).toMatchObject({ verdict: 'ALERT', rules: ['members-pay-each-other'] });
  expect((await screen(await member({ payer: '최지우', holder: '이영희' }))).verdict).toBe('PASS');
});

test('a high amount from a new device to a new recipient is held; from a known one, or a small one, it is not', async () => {
  const high = { principal: 1_000_000 };
  const stranger = await member({ payer: '정하나', holder: '한집주' });
  expect(await screen(stranger, high)).toMatchObject({ verdict: 'HOLD', rules: ['new-device-new-recipient'] });
  expect((await screen(stranger, { principal: 999_999 })).verdict).toBe('PASS');
  const person = await member({ payer: '정하나', holder: '한집주' });
  const device = newDevice();
  await screen(person, { device, thenCharge: true });
  await aDayLater(person);
  expect((await screen(person, { ...high, device })).verdict).toBe('PASS');
  expect((await screen(person, high)).verdict).toBe('PASS'); // the recipient is known by now
});

test('who is held, or pays little first, makes neither device nor recipient known: the next high amount is held too', async () => {
  const thief = await member({ payer: '정하나', holder: '도둑놈' });
  const device = newDevice();
  for (const principal of [1_000, 1_000_000]) await screen(thief, { principal, device, thenCharge: true });
  expect((await screen(thief, { principal: 3_000_000, device })).verdict).toBe('HOLD');
});

/** What the payer has charged so far was charged the day before. */
async function aDayLater({ userId }: Person): Promise<void> {
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('risk_decisions')
      .where({ user_id: userId })
      .update({ created_at: trx.raw("created_at - interval '25 hours'") });
  });
}

test('cards whose charges were given back block nobody, though Redis has not heard of it', async () => {
  const { recipientId } = await member({ payer: null, holder: '한집주' });
  const pay = async (thenCharge = false) => {
    const { userId, cardId } = await member({ payer: null, holder: '한집주' });
    return screen({ userId, cardId, recipientId }, { thenCharge });
  };
  for (let n = 1; n <= 3; n++) await pay(true);
  expect(await pay()).toMatchObject({ verdict: 'BLOCK', rules: ['account-many-cards'] });
  await redis.flushdb(); // the counters are loaded anew, and nothing names the reservations any more
  await pay();
  const decisions = await database
    .db('risk_decisions as r')
    .join('deals as d', 'd.id', 'r.deal_id')
    .where({ recipient_id: recipientId })
    .select('r.deal_id', 'r.attempt');
  await database.db.transaction(async (trx) => {
    for (const { deal_id, attempt } of decisions) await releaseDecision(trx, deal_id, attempt);
  });
  // Beside it only the one before, which no row decides yet.
  expect(await pay()).toMatchObject({ verdict: 'PASS', counters: { accountCards: 2 } });
});

describe('lists', () => {
  /** The three of a charge that stands: its card, account and device. */
  async function charged() {
    const person = await member({ payer: null, holder: '한집주' });
    const device = newDevice();
    await screen(person, { device, thenCharge: true });
    const deal = await database.db('deals').where({ user_id: person.userId }).first('deal_no');
    return { person, device, dealNo: deal.deal_no as string };
  }
  const order = async (list: RiskList, kind: RiskListKind, dealNo: string, more: object = {}) => {
    const input = { list, kind, dealNo, reason: 'ticket 17', ...more };
    return listRisk.carryOut(withoutEngine(database.db), { operator: 'kim' }, input);
  };
  const inAnHour = () => ({ until: new Date(Date.now() + 3_600_000).toISOString() });

  test.each(RISK_LIST_KINDS)('a denied %s blocks from the next charge on, until its entry is ended', async (kind) => {
    const { person, device, dealNo } = await charged();
    const { words } = await order('denied', kind, dealNo);
    const again = () => screen(person, { device: { ...device, deviceTextHash: device.deviceTextHash } });
    expect(await again()).toMatchObject({ verdict: 'BLOCK', rules: ['denied'] });
    const entry = words.split(' ').at(-1) ?? '';
    const deps = withoutEngine(database.db);
    await endRiskListing.carryOut(deps, { operator: 'kim' }, { entry, reason: 'ticket 18' });
    expect((await again()).verdict).toBe('PASS');
    const twice = await endRiskListing.carryOut(deps, { operator: 'kim' }, { entry, reason: 'ticket 18' });
    expect(twice.kind).toBe('refused');
  });

  test('an account that is trusted may be paid by many cards until then, and by nobody past a limit', async () => {
    const { person, dealNo } = await charged();
    await order('trusted', 'account', dealNo, inAnHour());
    const pay = async () => {
      const { userId, cardId } = await member({ payer: null, holder: '한집주' });
      return screen({ userId, cardId, recipientId: person.recipientId }, { thenCharge: true });
    };
    for (let n = 2; n <= 6; n++) expect(await pay()).toMatchObject({ verdict: 'PASS', counters: { accountCards: n } });
    await database.db('risk_list_entries').update({ until: new Date(Date.now() - 1) });
    expect(await pay()).toMatchObject({ verdict: 'BLOCK', rules: ['account-many-cards'] });
  });

  test('trust without an end is refused by the order and by the database, and so is an end that is over', async () => {
    const { dealNo } = await charged();
    expect((await order('trusted', 'card', dealNo)).kind).toBe('refused');
    expect((await order('trusted', 'device', dealNo, inAnHour())).kind).toBe('refused'); // any app may say the same text
    expect((await order('denied', 'card', dealNo, { until: '2026-03-02T00:00:00Z' })).kind).toBe('refused');
    expect((await order('denied', 'card', 'P-NOBODY')).kind).toBe('refused');
    const entry = { id: randomUUID(), list: 'trusted', kind: 'card', card_key: randomUUID(), actor: 'x', reason: 'x' };
    await expect(database.db('risk_list_entries').insert(entry)).rejects.toThrow('risk_list_entries_until');
  });
});

test('a decision is one call to Redis once its counters are there', async () => {
  const person = await member({ payer: '오다은', holder: '강세입' });
  const device = newDevice();
  await screen(person, { device }); // fills what is absent
  const sent: string[] = [];
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, ...more) => {
    sent.push(command.name);
    return send(command, ...more);
  };
  const { counters } = await screen(person, { device });
  redis.sendCommand = send;
  expect(sent).toEqual(['evalsha']);
  expect(Object.keys(counters).sort()).toEqual([
    ...['accountCards', 'cardHourlyCount', 'denied', 'deviceAccounts', 'deviceTextAccounts', 'memberForMs'],
    ...['membersPayEachOther', 'newDevice', 'newRecipient', 'principal', 'recipientIsPayer', 'trusted'],
    ...['userDailyAmount', 'userDailyCount'],
  ]);
});
