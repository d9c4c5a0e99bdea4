/** Whose account the bank paid: the one that this transfer was ordered to, and no other. */
import { breaksAfter } from '../../db/reconciliation/breaks';
import type { BankLine } from '../../workflows/domain/reconciliation';
import { change, forgetJournal, reconcileLists, transfer } from '../fixtures/reconciling';
import { insertPerson } from '../fixtures/rows';
import { bankLinesOf, dealOf, insertSettledDay, type SettledDay, settlementLinesOf } from '../fixtures/settled-day';
import { type TestDatabase, testDatabase } from '../servers/database';

const DAY: SettledDay = { day: '2026-03-02', count: 20 };
const PAID = dealOf(DAY, 0);
const FAILED = dealOf(DAY, 11);
const RETURNED = dealOf(DAY, 17);

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
  await insertSettledDay(database.db, DAY, await insertPerson(database.db));
});
afterEach(() => database.drop());

/** One run on the day's lists, with these lines of the bank. Answers with the breaks that are open. */
async function openWith(bank: readonly BankLine[]): Promise<unknown[]> {
  await reconcileLists(database.db, { day: DAY.day, settlement: [...settlementLinesOf(DAY)], bank });
  return (await breaksAfter(database.db, 0, 'open')).map(({ class: kind, key }) => [kind, key]);
}
const lines = () => [...bankLinesOf(DAY)];
const listed = (reference: string, values: Partial<BankLine>) => change(lines(), transfer(reference), values);
const update = (reference: string, values: object) => database.db('transfers').where({ reference }).update(values);

test.each([{ bankCode: '004' }, { accountLast4: '9999' }, { bankCode: null, accountLast4: '9999' }])(
  'a transfer that the list has to %j is a break that shows both accounts',
  async (there) => {
    expect(await openWith(listed(PAID.reference, there))).toEqual([['transfer-account-differs', PAID.reference]]);
    const [found] = await breaksAfter(database.db, 0, 'open');
    expect(found?.ours).toMatchObject({ bankCode: '088', accountLast4: '1234' });
    expect(found?.theirs).toMatchObject(
      Object.fromEntries(Object.entries(there).filter(([, value]) => value !== null)),
    );
    expect(found?.proposedFix).toContain('have the bank take the money back');
  },
);

test.each([{ bankCode: null, accountLast4: null }, { accountLast4: null }, { bankCode: null }])(
  'what the list does not tell (%j) is no difference',
  async (untold) => {
    expect(await openWith(lines().map((line) => ({ ...line, ...untold })))).toEqual([]);
  },
);

test('money that did not stay at the other account is no break of it', async () => {
  const failed = change(lines(), transfer(FAILED.reference), { accountLast4: '9999' });
  expect(await openWith(change(failed, transfer(RETURNED.reference), { accountLast4: '9999' }))).toEqual([]);
});

test('the account is that of the transfer, whatever account its deal is corrected to later', async () => {
  const { recipientId } = await insertPerson(database.db);
  await database.db('bank_accounts').where({ id: recipientId }).update({ account_last4: '5678' });
  await database.db('deals').where({ deal_no: PAID.dealNo }).update({ recipient_id: recipientId });
  expect(await openWith(lines())).toEqual([]);
  await database.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('transfers').where({ reference: PAID.reference }).update({ recipient_id: recipientId });
  });
  expect(await openWith(lines())).toEqual([['transfer-account-differs', PAID.reference]]);
  expect(await openWith(listed(PAID.reference, { accountLast4: '5678' }))).toEqual([]);
});

test('a transfer under way to another account is a break at once; one that the deal must hear of is told first', async () => {
  await update(PAID.reference, { status: 'PROCESSING', decided_at: null });
  await forgetJournal(database.db, `transfer:${PAID.reference}`);
  const line = (status: string) => listed(PAID.reference, { status, accountLast4: '9999' });
  expect(await openWith(line('processing'))).toEqual([['transfer-account-differs', PAID.reference]]);
  expect(await openWith(line('done'))).toEqual([['transfer-undecided-but-listed', PAID.reference]]);
});

test('when the bank takes the money back, the deal is told of the return', async () => {
  await openWith(listed(PAID.reference, { accountLast4: '9999' }));
  const back = listed(PAID.reference, { accountLast4: '9999', status: 'returned' });
  expect(await openWith(back)).toEqual([['returned-unnoticed', PAID.reference]]);
  const [first] = await breaksAfter(database.db, 0, 'all');
  expect(first?.resolution).toMatch(/^became returned-unnoticed in run \d+$/);
});
