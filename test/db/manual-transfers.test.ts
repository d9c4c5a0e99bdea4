/** The database's own guards of deals that people pay by hand. */
import { insertDeal, insertPerson, insertTransfer, moveDeal, type Person } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let person: Person;
beforeAll(async () => {
  database = await testDatabase();
  person = await insertPerson(database.db);
});
afterAll(() => database.drop());

/** A deal that may be paid out; further columns as given. */
async function paidDeal(more: object = {}): Promise<string> {
  const dealId = await insertDeal(database.db, person);
  await moveDeal(database.db, dealId, 'PAID');
  await change(dealId, more);
  return dealId;
}
const change = (dealId: string, columns: object) =>
  database
    .db('deals')
    .where({ id: dealId })
    .update({ waiting_since: new Date(), ...columns });
const HELD = { waiting_reason: 'paying-by-hand' } as const;

let slips = 0;
/** A payment by hand of a deal that is held for it; further columns as given. */
async function payByHand(more: object = {}, dealId?: string): Promise<string> {
  slips += 1;
  const id = dealId ?? (await paidDeal(HELD));
  const reference = `D${slips}-M1`;
  await insertTransfer(database.db, person, id, {
    ...{ reference, status: 'COMPLETED', decided_at: new Date() },
    ...{ bank_reference: `SLIP-${slips}`, paid_by: 'operator:kim', evidence: 'slip', evidence_at: new Date() },
    ...more,
  });
  return reference;
}

test('its evidence is never changed, whoever would', async () => {
  const reference = await payByHand();
  const row = () => database.db('transfers').where({ reference });
  for (const change of [{ evidence: 'another' }, { bank_reference: 'another' }, { evidence_at: new Date(0) }])
    await expect(row().update(change)).rejects.toThrow('its evidence is never changed');
  await expect(row().update({ status: 'FAILED' })).rejects.toThrow('transfers_by_hand_paid');
  await row().update({ status: 'RETURNED' });
});

test('without evidence, under a slip that pays another deal, or under a name of what is sent, it is none', async () => {
  await expect(payByHand({ evidence: null })).rejects.toThrow('transfers_by_hand');
  await expect(payByHand({ reference: 'D-T1' })).rejects.toThrow('transfers_by_hand_paid');
  const unsaid = { bank_reference: null, evidence: null, evidence_at: null, paid_by: null };
  await expect(payByHand(unsaid, await paidDeal())).rejects.toThrow('transfers_by_hand_paid');
  await payByHand({ bank_reference: 'SLIP' });
  await expect(payByHand({ bank_reference: 'SLIP' })).rejects.toThrow('transfers_bank_reference');
  await payByHand({ bank_reference: 'SLIP', trading_date: '2026-03-03' }); // numbers begin anew each day
});

const doubted = (dealId: string) =>
  database.db('doubts').insert({ deal_id: dealId, kind: 'dispute-open', attempt: 1, raised_by: 'dispute' });

test('a doubt bars the hold, and neither the booking of what was held nor a stop of transfers does', async () => {
  const barred = await paidDeal();
  await doubted(barred);
  await expect(change(barred, HELD)).rejects.toThrow('nobody pays it by hand beside dispute-open');
  await expect(payByHand({}, barred)).rejects.toThrow('it is not held to be paid by hand');
  const held = await paidDeal(HELD);
  await doubted(held);
  await payByHand({}, held);
  const stop = { leg: 'transfer', source: 'operator', actor: 'operator:kim', reason: 'ticket 17' };
  await database.db('stop_switches').insert(stop);
  try {
    await payByHand();
  } finally {
    await database.db('stop_switches').delete();
  }
});

test('a deal is not held beside a transfer that may arrive, or a cancel of its payer', async () => {
  const sent = await paidDeal();
  await insertTransfer(database.db, person, sent, { reference: 'D-T8', status: 'PENDING', decided_at: null });
  await expect(change(sent, HELD)).rejects.toThrow('beside an undecided transfer');
  const cancelled = await paidDeal({ cancel_requested_at: new Date() });
  await expect(change(cancelled, HELD)).rejects.toThrow('beside its cancel');
  const quote = await insertDeal(database.db, person);
  await expect(change(quote, HELD)).rejects.toThrow('deals_by_hand');
});

test('while it is held the database refuses a transfer, a refund, a cancel, another recipient and another wait', async () => {
  const held = await paidDeal(HELD);
  const { recipientId } = await insertPerson(database.db);
  for (const columns of [
    { cancel_requested_at: new Date() },
    { recipient_id: recipientId },
    { waiting_reason: 'retry-due' },
  ])
    await expect(change(held, columns)).rejects.toThrow('it is being paid by hand');
  await expect(insertTransfer(database.db, person, held, { reference: 'D-T9' })).rejects.toThrow(
    'no transfer beside paying-by-hand',
  );
  const bars = await database.db.raw(
    `select barred_by(:held, 'transfer') as transfer, barred_by(:held, 'refund') as refund,
       barred_by(:held, 'fee-refund') as fee`,
    { held },
  );
  expect(bars.rows).toEqual([{ transfer: 'paying-by-hand', refund: 'paying-by-hand', fee: null }]);
  await change(held, { waiting_reason: null, waiting_since: null });
  await insertTransfer(database.db, person, held, { reference: 'D-T9', status: 'PENDING', decided_at: null });
});
