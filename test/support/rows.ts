/** Rows by raw SQL, past the code of the house: what only the database's own constraints stand behind. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Db, Trx } from '../../db/connection';
import type { Posting } from '../../workflows/domain/ledger';

export interface Person {
  readonly userId: string;
  readonly cardId: string;
  readonly recipientId: string;
}

const unique = (): string => randomBytes(5).toString('hex').toUpperCase();

export async function insertPerson(db: Db): Promise<Person> {
  const [userId, cardId, recipientId] = [randomUUID(), randomUUID(), randomUUID()];
  const tag = unique();
  await db('users').insert({
    id: userId,
    phone: `010${tag}`,
    email: `${tag.toLowerCase()}@example.com`,
    name: 'Payer',
    password_hash: '-',
  });
  await db('cards').insert({
    id: cardId,
    user_id: userId,
    billing_key_encrypted: '-',
    billing_key_hash: tag,
    masked_number: '411111******1111',
    issuer: 'Card',
  });
  await db('bank_accounts').insert({
    id: recipientId,
    user_id: userId,
    bank_code: '088',
    account_number_encrypted: '-',
    account_hash: tag,
    account_last4: '1234',
    holder_name: 'Recipient',
  });
  return { userId, cardId, recipientId };
}

/** A PENDING deal of 10,000 won at 3 %, with the event of its creation. */
export async function insertDeal(db: Db, person: Person): Promise<string> {
  const id = randomUUID();
  await db.transaction(async (trx) => {
    await trx('deals').insert({
      id,
      deal_no: `P${unique()}`,
      user_id: person.userId,
      recipient_id: person.recipientId,
      principal: 10_000,
      fee: 300,
      fee_bps: 300,
      total: 10_300,
      purpose: 'rent',
      expires_at: new Date(Date.now() + 600_000),
    });
    await insertEvent(trx, id, 1, null, 'PENDING');
  });
  return id;
}

export async function insertEvent(db: Db | Trx, dealId: string, version: number, from: string | null, to: string) {
  await db('deal_events').insert({
    deal_id: dealId,
    deal_version: version,
    from_state: from,
    to_state: to,
    actor: 'test',
    cause: 'test',
  });
}

/** Moves the deal along one edge, recorded as it must be. */
export async function moveDeal(db: Db, dealId: string, to: string): Promise<void> {
  await db.transaction(async (trx) => {
    const deal = await trx('deals').where({ id: dealId }).forUpdate().first();
    await insertEvent(trx, dealId, deal.version + 1, deal.status, to);
    await trx('deals')
      .where({ id: dealId })
      .update({ status: to, version: deal.version + 1 });
  });
}

/** One charge attempt; further columns as given. */
export async function insertPayment(db: Db, person: Person, dealId: string, more: Record<string, unknown> = {}) {
  const id = randomUUID();
  await db('payments').insert({
    id,
    deal_id: dealId,
    attempt: 1,
    order_id: `O${unique()}`,
    amount: 10_300,
    card_id: person.cardId,
    device_id: 'device',
    ...more,
  });
  return id;
}

/** One transfer attempt, with the deal's job when it has none yet. */
export async function insertTransfer(db: Db, person: Person, dealId: string, more: Record<string, unknown> = {}) {
  await db('transfer_jobs').insert({ deal_id: dealId, amount: 10_000 }).onConflict('deal_id').ignore();
  await db('transfers').insert({
    id: randomUUID(),
    deal_id: dealId,
    attempt: 1,
    reference: `T${unique()}`,
    trading_date: '2026-03-02',
    recipient_id: person.recipientId,
    amount: 10_000,
    last_sent_at: new Date(),
    ...more,
  });
}

/** A refund of the whole deal; further columns as given. */
export async function insertRefund(db: Db, dealId: string, paymentId: string, more: Record<string, unknown> = {}) {
  await db('refunds').insert({
    id: randomUUID(),
    deal_id: dealId,
    payment_id: paymentId,
    n: 1,
    idempotency_key: `R${unique()}`,
    principal: 10_000,
    fee: 300,
    amount: 10_300,
    cause: 'test',
    actor: 'test',
    ...more,
  });
}

export async function insertJournal(db: Db | Trx, dealId: string, postings: readonly Posting[]): Promise<void> {
  const [journal] = await db('ledger_journals')
    .insert({ deal_id: dealId, kind: 'charge', key: unique() })
    .returning('id');
  await db('ledger_entries').insert(
    postings.map((posting) => ({ journal_id: journal.id, deal_id: dealId, ...posting })),
  );
}
