/** Devices that risk counts: the server's own id of each, and in addition what clients call them (a hash). */
import { randomBytes, randomUUID } from 'node:crypto';
import { recheckLimits, releaseDecision, storeDecision } from '../../../db/risk';
import type { ChargeSubject } from '../../../db/risk-patterns';
import type { DealId } from '../../../workflows/domain/ids';
import { won } from '../../../workflows/domain/money';
import { DEVICE } from '../../fixtures/device';
import { insertDeal, insertPayment, insertPerson, type Person } from '../../fixtures/rows';
import { type TestDatabase, testDatabase } from '../../servers/database';

const NOON = new Date('2026-03-02T12:00:00+09:00');
const TOMORROW = new Date('2026-03-03T12:00:00+09:00');

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const newText = (): string => randomBytes(32).toString('base64url');
const newDevice = () => ({ deviceId: randomUUID(), deviceTextHash: newText() });
type Device = Pick<ChargeSubject, 'deviceId' | 'deviceTextHash'>;

/** The decision of the intent to charge a new deal; every person has an account of their own to pay to. */
async function intend({ userId, cardId, ...person }: Person, device: Device, at = NOON) {
  const dealId = (await insertDeal(database.db, { userId, cardId, ...person })) as DealId;
  const subject = { dealId, attempt: 1, userId, cardId, ...device, principal: won(10_000) };
  const { counters } = await database.db.transaction(async (trx) => {
    const decision = await recheckLimits(trx, { ...subject, at });
    await storeDecision(trx, { ...subject, decision });
    return decision;
  });
  return { dealId, counted: [counters.deviceAccounts, counters.deviceTextAccounts] };
}

/** Whoever it is, paying to somebody's account. */
const payingTo = async (payer: Person): Promise<Person> => {
  const { recipientId } = await insertPerson(database.db);
  return { ...payer, recipientId };
};

test('a client that sends another text each time is counted by the id that the server gave its device', async () => {
  const [payer, device] = [await insertPerson(database.db), newDevice()];
  for (let n = 1; n <= 4; n++) {
    const sent = { ...device, deviceTextHash: newText() };
    expect((await intend(await payingTo(payer), sent)).counted).toEqual([n, 1]);
  }
});

test('a text that comes from many devices is counted, too', async () => {
  const { deviceTextHash } = newDevice();
  for (let n = 1; n <= 4; n++) {
    const other = { deviceId: randomUUID(), deviceTextHash };
    expect((await intend(await insertPerson(database.db), other)).counted).toEqual([1, n]);
  }
});

test('an account that is paid again counts once; one of another day or of a charge that ended does not', async () => {
  const [payer, device] = [await insertPerson(database.db), newDevice()];
  for (let n = 0; n < 2; n++) expect((await intend(payer, device)).counted).toEqual([1, 1]);
  const declined = await intend(await payingTo(payer), device);
  expect(declined.counted).toEqual([2, 2]);
  await database.db.transaction((trx) => releaseDecision(trx, declined.dealId, 1));
  expect((await intend(await payingTo(payer), device)).counted).toEqual([2, 2]);
  expect((await intend(payer, device, TOMORROW)).counted).toEqual([1, 1]);
});

test('both are kept with the decision; what a client calls its device is refused by every table', async () => {
  const payer = await insertPerson(database.db);
  const { dealId } = await intend(payer, DEVICE);
  const row = database.db('risk_decisions').where({ deal_id: dealId });
  const { device_id: deviceId, device_text_hash: deviceTextHash, counters } = await row.clone().first();
  expect({ deviceId, deviceTextHash }).toEqual(DEVICE);
  expect(counters).toMatchObject({ deviceAccounts: 1, deviceTextAccounts: 1 });
  const clear = { device_text_hash: 'my-phone' };
  await expect(row.clone().update(clear)).rejects.toThrow('device_text_hash');
  await expect(insertPayment(database.db, payer, dealId, clear)).rejects.toThrow('device_text_hash');
});
