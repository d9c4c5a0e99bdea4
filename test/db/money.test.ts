import { quote } from '../../workflows/domain/fees';
import { chargePostings } from '../../workflows/domain/ledger';
import { won } from '../../workflows/domain/money';
import {
  insertDeal,
  insertJournal,
  insertPayment,
  insertPerson,
  insertRefund,
  insertTransfer,
  type Person,
} from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
let deal: string;
beforeAll(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
beforeEach(async () => {
  deal = await insertDeal(database.db, person);
});
afterAll(() => database.drop());

const charged = { status: 'PAID', payment_key: 'pay_1' };
const paymentKey = () => `pay_${Math.random()}`;

describe('charges', () => {
  test.each(['PENDING', 'PAID', 'PARTIALLY_REFUNDED'])(
    'a second charge beside one that is %s is refused',
    async (status) => {
      const key = status === 'PENDING' ? {} : { payment_key: paymentKey() };
      await insertPayment(database.db, person, deal, { status, ...key });
      await expect(insertPayment(database.db, person, deal, { attempt: 2 })).rejects.toMatchObject({
        constraint: 'payments_one_live',
      });
    },
  );

  test('after a definite decline another attempt may charge', async () => {
    await insertPayment(database.db, person, deal, { status: 'FAILED' });
    await insertPayment(database.db, person, deal, { attempt: 2 });
  });

  test('an order id and an attempt are used once', async () => {
    const order_id = 'ORDER-1';
    await insertPayment(database.db, person, deal, { status: 'FAILED', order_id });
    const twin = (more: object) => insertPayment(database.db, person, deal, { status: 'FAILED', ...more });
    await expect(twin({ attempt: 2, order_id })).rejects.toMatchObject({ code: '23505' });
    await expect(twin({ attempt: 1 })).rejects.toMatchObject({ code: '23505' });
  });

  test('a payment is not PAID without the key that a refund needs', async () => {
    await expect(insertPayment(database.db, person, deal, { status: 'PAID' })).rejects.toMatchObject({ code: '23514' });
  });

  test('more than was charged is never refunded', async () => {
    const more = { status: 'PARTIALLY_REFUNDED', payment_key: paymentKey(), refunded_amount: 10_301 };
    await expect(insertPayment(database.db, person, deal, more)).rejects.toMatchObject({ code: '23514' });
  });

  test('amounts of money are positive', async () => {
    await expect(insertPayment(database.db, person, deal, { amount: 0 })).rejects.toMatchObject({ code: '23514' });
    await expect(insertPayment(database.db, person, deal, { amount: -1 })).rejects.toMatchObject({ code: '23514' });
  });
});

describe('transfers', () => {
  test.each(['PENDING', 'PROCESSING', 'COMPLETED'])(
    'a second transfer beside one that is %s is refused',
    async (status) => {
      await insertTransfer(database.db, person, deal, { status });
      await expect(insertTransfer(database.db, person, deal, { attempt: 2 })).rejects.toMatchObject({
        constraint: 'transfers_one_live',
      });
    },
  );

  test.each(['FAILED', 'RETURNED'])('after a transfer that is %s another may be sent', async (status) => {
    await insertTransfer(database.db, person, deal, { status });
    await insertTransfer(database.db, person, deal, { attempt: 2 });
  });

  test('a deal has one transfer job, ever', async () => {
    const job = { deal_id: deal, amount: 10_000 };
    await database.db('transfer_jobs').insert(job);
    await expect(database.db('transfer_jobs').insert(job)).rejects.toMatchObject({ code: '23505' });
  });

  test('no transfer without its job, and no reference twice on a trading date', async () => {
    const other = await insertDeal(database.db, person);
    const reference = 'REFERENCE-1';
    await insertTransfer(database.db, person, deal, { reference });
    await expect(insertTransfer(database.db, person, other, { reference })).rejects.toMatchObject({ code: '23505' });
    const row = await database.db('transfers').where({ deal_id: deal }).first();
    const orphan = await insertDeal(database.db, person);
    const jobless = { ...row, id: deal, deal_id: orphan, reference: 'REFERENCE-2' };
    await expect(database.db('transfers').insert(jobless)).rejects.toMatchObject({ code: '23503' });
  });

  test.each(['PENDING', 'DONE'])('no transfer is written after a refund that is %s', async (status) => {
    const payment = await insertPayment(database.db, person, deal, { ...charged, payment_key: paymentKey() });
    await insertRefund(database.db, deal, payment, { status });
    await expect(insertTransfer(database.db, person, deal)).rejects.toMatchObject({ code: 'PL003' });
  });

  test('a transfer that failed cannot come back to life once a refund began', async () => {
    const payment = await insertPayment(database.db, person, deal, { ...charged, payment_key: paymentKey() });
    await insertTransfer(database.db, person, deal, { status: 'FAILED' });
    await insertRefund(database.db, deal, payment);
    const revived = database.db('transfers').where({ deal_id: deal }).update({ status: 'PENDING' });
    await expect(revived).rejects.toMatchObject({ code: 'PL003' });
  });
});

describe('refunds', () => {
  const paid = () => insertPayment(database.db, person, deal, { ...charged, payment_key: paymentKey() });

  test.each(['PENDING', 'PROCESSING', 'COMPLETED'])(
    'no refund of the principal beside a transfer that is %s',
    async (status) => {
      const payment = await paid();
      await insertTransfer(database.db, person, deal, { status });
      await expect(insertRefund(database.db, deal, payment)).rejects.toMatchObject({ code: 'PL003' });
    },
  );

  test.each(['FAILED', 'RETURNED'])('a refund may follow a transfer that is %s', async (status) => {
    const payment = await paid();
    await insertTransfer(database.db, person, deal, { status });
    await insertRefund(database.db, deal, payment);
  });

  test('part of the fee may be refunded beside a completed transfer', async () => {
    const payment = await paid();
    await insertTransfer(database.db, person, deal, { status: 'COMPLETED' });
    await insertRefund(database.db, deal, payment, { principal: 0, fee: 100, amount: 100 });
  });

  test('two refunds of one payment are never undecided at once', async () => {
    const payment = await paid();
    await insertRefund(database.db, deal, payment, { principal: 0, fee: 100, amount: 100 });
    const second = { n: 2, principal: 0, fee: 100, amount: 100 };
    await expect(insertRefund(database.db, deal, payment, second)).rejects.toMatchObject({
      constraint: 'refunds_one_undecided',
    });
  });

  test('a refund is its principal and its fee', async () => {
    const payment = await paid();
    await expect(insertRefund(database.db, deal, payment, { amount: 10_299 })).rejects.toMatchObject({ code: '23514' });
  });
});

describe('ledger', () => {
  test('a journal that does not sum to zero is refused', async () => {
    const { db } = database;
    const lopsided = [{ account: 'pg_receivable' as const, amount: 10_300 }];
    await expect(db.transaction((trx) => insertJournal(trx, deal, lopsided))).rejects.toMatchObject({ code: 'PL002' });
    const nearly = [...lopsided, { account: 'recipient_payable' as const, amount: -10_299 }];
    await expect(db.transaction((trx) => insertJournal(trx, deal, nearly))).rejects.toMatchObject({ code: 'PL002' });
    expect(await db('ledger_entries').where({ deal_id: deal })).toEqual([]);
  });

  test('a posting later smuggled into a journal is refused', async () => {
    await insertJournal(database.db, deal, chargePostings(quote(won(10_000), 300)));
    const { id: journal_id } = await database.db('ledger_journals').where({ deal_id: deal }).first();
    const extra = { journal_id, deal_id: deal, account: 'bank_float', amount: 1 };
    await expect(database.db('ledger_entries').insert(extra)).rejects.toMatchObject({ code: 'PL002' });
  });

  test('an unknown account, a posting of zero and a journal key used twice are refused', async () => {
    const { db } = database;
    const refused = (account: string, amount: number) =>
      expect(
        db.transaction((trx) => insertJournal(trx, deal, [{ account: account as 'bank_float', amount }])),
      ).rejects.toMatchObject({ code: '23514' });
    await refused('petty_cash', 1);
    await refused('bank_float', 0);
    const journal = { deal_id: deal, kind: 'charge', key: 'JOURNAL-1' };
    await db('ledger_journals').insert(journal);
    await expect(db('ledger_journals').insert(journal)).rejects.toMatchObject({ code: '23505' });
  });

  test.each(['ledger_journals', 'ledger_entries'])('%s can be neither changed, deleted nor emptied', async (table) => {
    const { db } = database;
    await insertJournal(db, deal, chargePostings(quote(won(10_000), 300)));
    const before = await db(table).select('*');
    for (const change of [
      db(table).update({ deleted_at: new Date() }),
      db(table).delete(),
      db.raw(`truncate ${table} cascade`),
      db.raw('truncate users cascade'),
    ])
      await expect(change).rejects.toMatchObject({ code: 'PL002' });
    expect(await db(table).select('*')).toEqual(before);
  });
});

test('a card is kept as its first six and last four digits, never as its number', async () => {
  const { card_key: _generated, ...like } = await database.db('cards').first();
  for (const masked_number of ['4111111111111111', '411111*1111', '41111111******11', '4111 11** **** 1111', '']) {
    const row = { ...like, id: deal, billing_key_hash: masked_number, masked_number };
    await expect(database.db('cards').insert(row)).rejects.toMatchObject({ code: '23514' });
  }
});
