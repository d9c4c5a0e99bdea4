/** Books that disagree with their row come to say what the row says, by a journal that the system computes. */
import { postEntries } from '../../db/ledger';
import { breaksAfter } from '../../db/reconciliation/breaks';
import {
  DAY,
  dearer,
  ENDED,
  NET,
  NEXT,
  PAID,
  reconciliationFixture,
  refusedFor,
  SETTLE_DAY,
} from '../fixtures/reconciliation-fixture';
import { forgetJournal } from '../fixtures/reconciling';
import { insertPerson } from '../fixtures/rows';
import { dealOf, insertSettledDay } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const [FEE_BACK, FAILED, RETURNED] = [dealOf(DAY, 7), dealOf(DAY, 11), dealOf(DAY, 17)];

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
});
afterEach(() => database.drop());
const { reconcile, open, accept, balance, received, brokenLaws, sound } = reconciliationFixture(() => database);

/** The ledger refuses this of everybody but a test. */
const change = (statement: string, key: string) =>
  database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx.raw(statement, { key });
  });
const OF = `journal_id = (select id from ledger_journals where key = :key)`;
const stray = async (kind: 'charge' | 'transfer' | 'transfer-intent', key: string) => {
  const { id: dealId } = await database.db('deals').where({ deal_no: PAID.dealNo }).first('id');
  const postings = [
    { account: 'recipient_payable', amount: 700 },
    { account: 'bank_float', amount: -700 },
  ] as const;
  await database.db.transaction((trx) => postEntries(trx, { dealId, kind, key, postings }));
  await change(`update ledger_journals set at = '2026-03-02T12:00:00+09:00' where key = :key`, key);
};
const DAMAGE: Record<string, readonly [string, () => Promise<void>]> = {
  'a charge without its journal': [
    `charge:${PAID.orderId}`,
    () => forgetJournal(database.db, `charge:${PAID.orderId}`),
  ],
  'a charge that was booked for another amount': [
    `charge:${PAID.orderId}`,
    () =>
      change(
        `update ledger_entries set amount = amount + sign(amount)::int8 * 9 where ${OF}
             and (account = 'fee_revenue' or account = 'pg_receivable' and amount > 0)`,
        `charge:${PAID.orderId}`,
      ),
  ],
  'a charge that was booked to another account': [
    `charge:${PAID.orderId}`,
    () =>
      change(
        `update ledger_entries set account = 'suspense' where ${OF} and account = 'fee_revenue'`,
        `charge:${PAID.orderId}`,
      ),
  ],
  'a refund without its journal': [
    `refund:${FAILED.dealNo}-R1`,
    () => forgetJournal(database.db, `refund:${FAILED.dealNo}-R1`),
  ],
  'a part of a fee without its journal': [
    `refund:${FEE_BACK.dealNo}-R1`,
    () => forgetJournal(database.db, `refund:${FEE_BACK.dealNo}-R1`),
  ],
  'a transfer without its journal': [
    `transfer:${PAID.reference}`,
    () => forgetJournal(database.db, `transfer:${PAID.reference}`),
  ],
  'a transfer without the journal of its intent': [
    `transfer:${PAID.reference}`,
    () => forgetJournal(database.db, `transfer-intent:${PAID.reference}`),
  ],
  'a failed transfer that was not reversed': [
    `transfer:${FAILED.reference}`,
    () => forgetJournal(database.db, `transfer-failed:${FAILED.reference}`),
  ],
  'a return without its journal': [
    `transfer:${RETURNED.reference}`,
    () => forgetJournal(database.db, `return:${RETURNED.reference}`),
  ],
  'a journal of a charge that there is not': ['charge:NOBODY-1', () => stray('charge', 'charge:NOBODY-1')],
  'the intent of a transfer that there is not': [
    'transfer:NOBODY-T1',
    () => stray('transfer-intent', 'transfer-intent:NOBODY-T1'),
  ],
  'a journal of a transfer that failed': [
    `transfer:${FAILED.reference}`,
    async () => {
      await stray('transfer', `transfer:${FAILED.reference}`);
      await change(
        `update ledger_journals set deal_id = (select deal_id from transfers where 'transfer:' || reference = :key) where key = :key`,
        `transfer:${FAILED.reference}`,
      );
      await change(
        `update ledger_entries set deal_id = (select deal_id from ledger_journals where key = :key) where ${OF}`,
        `transfer:${FAILED.reference}`,
      );
    },
  ],
};
const ACCOUNTS = [
  'pg_receivable',
  'recipient_payable',
  'fee_revenue',
  'pg_fee_expense',
  'bank_float',
  'transfers_in_flight',
  'suspense',
] as const;
const balances = () => Promise.all(ACCOUNTS.map(balance));

test.each(Object.entries(DAMAGE))(
  '%s: a correcting journal makes them right, and no law is broken any more',
  async (_name, [key, damage]) => {
    const right = await balances();
    await damage();
    await reconcile();
    expect(await open()).toContainEqual(['ledger-differs', key]);
    expect(await brokenLaws()).not.toEqual([]);
    expect(await accept({ reason: 'a deploy lost it' })).toEqual(ENDED);
    expect(await balances()).toEqual(right);
    expect(await reconcile()).toMatchObject({ opened: 0, open: {} });
    const [ended] = await breaksAfter(database.db, 0, 'all');
    expect(ended?.resolution).toBe('books corrected by operator:kim: a deploy lost it');
    await sound();
  },
);

test('they are put right first: what the line differs in is found afterwards, even if its day is not read again', async () => {
  await forgetJournal(database.db, `charge:${PAID.orderId}`);
  await reconcile(dearer(40));
  expect(await open()).toEqual([['ledger-differs', `charge:${PAID.orderId}`]]);
  await accept();
  await reconcile([], NEXT);
  expect(await open()).toEqual([['fee-differs', PAID.orderId]]);
  await accept();
  await reconcile([], SETTLE_DAY);
  expect([await received(), await balance('pg_receivable')]).toEqual([NET - 40, 0]);
  await sound();
});

test('a correction posts what is wrong now, not what was wrong when the break was found', async () => {
  await forgetJournal(database.db, `transfer:${PAID.reference}`);
  await reconcile();
  const { id: dealId } = await database.db('deals').where({ deal_no: PAID.dealNo }).first('id');
  const postings = [
    { account: 'transfers_in_flight', amount: PAID.principal },
    { account: 'bank_float', amount: 0 - PAID.principal },
  ] as const;
  const key = `transfer:${PAID.reference}`;
  await database.db.transaction((trx) => postEntries(trx, { dealId, kind: 'transfer', key, postings }));
  expect(await accept()).toEqual(refusedFor(/agree by now/));
  await reconcile();
  await sound();
});
