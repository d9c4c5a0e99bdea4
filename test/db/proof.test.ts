/** What the settlement files prove about a charge that is undecided. */
import { chargeInFiles } from '../../db/reconciliation/proof';
import { insertDeal, insertPayment, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY = '2026-03-02';
const COMPLETE = '2026-03-03T23:00:00+09:00';

let database: TestDatabase;
let payment: { deal_id: string; order_id: string; amount: string };
beforeEach(async () => {
  database = await testDatabase();
  const person = await insertPerson(database.db);
  const dealId = await insertDeal(database.db, person);
  await insertPayment(database.db, person, dealId);
  payment = await database.db('payments').where({ deal_id: dealId }).first();
});
afterEach(() => database.drop());

const send = (at: string) =>
  database.db('sends').insert({ deal_id: payment.deal_id, leg: 'charge', key: payment.order_id, sent_at: at });
const read = (day: string, at: string) =>
  database.db('provider_lists').insert({ source: 'softpayment', day, read_at: at, lines: 0 });
const line = (amount: number) =>
  database.db('settlement_lines').insert({
    ...{ file_day: DAY, line_no: 1, kind: 'payment', order_id: payment.order_id, payment_key: 'pay_1' },
    ...{ amount, fee: 0, net: amount, at: `${DAY}T01:00:00+09:00`, settle_date: '2026-03-04' },
  });
const proof = async () => (await chargeInFiles(database.db, payment.order_id, Number(payment.amount))).kind;

test('a line with its amount counts at once, whatever else is read', async () => {
  await line(Number(payment.amount));
  expect(await proof()).toBe('listed');
});

test('that there is none proves nothing before the file is complete, and that it was not charged after', async () => {
  await send(`${DAY}T01:00:00+09:00`);
  expect(await proof()).toBe('unproven');
  await read(DAY, `${DAY}T23:00:00+09:00`);
  expect(await proof()).toBe('unproven');
  await database.db('provider_lists').update({ read_at: COMPLETE });
  expect(await proof()).toBe('absent');
});

test('nor as long as the file of another day on which it was sent, or may have arrived, is missing', async () => {
  await send(`${DAY}T23:55:00+09:00`);
  await read(DAY, COMPLETE);
  expect(await proof()).toBe('unproven');
  await read('2026-03-03', '2026-03-04T23:00:00+09:00');
  expect(await proof()).toBe('absent');
});

test('a charge of which no send is known is not proven absent', async () => {
  await read(DAY, COMPLETE);
  expect(await proof()).toBe('unproven');
});

test('a line of its order with another amount proves neither', async () => {
  await send(`${DAY}T01:00:00+09:00`);
  await read(DAY, COMPLETE);
  await line(1);
  expect(await proof()).toBe('unproven');
});

test('a file that lacks another charge of its day, which we know was made, proves nothing', async () => {
  await send(`${DAY}T01:00:00+09:00`);
  await read(DAY, COMPLETE);
  const person = await insertPerson(database.db);
  const other = await insertDeal(database.db, person);
  await insertPayment(database.db, person, other);
  await database
    .db('payments')
    .where({ deal_id: other })
    .update({ status: 'PAID', payment_key: 'pay_2', approved_at: `${DAY}T02:00:00+09:00`, decided_at: COMPLETE });
  expect(await proof()).toBe('unproven');
});
