/** The end of a membership (docs/accounts.md): what stands in its way, and what becomes of the rows. */
import type { Trx } from './connection';

/**
 * Deals of a member that are not over: confirmed ones that have not ended, money on its way or owed, doubts and
 * disputes. A quote that nobody has confirmed is none.
 */
const OPEN_DEALS = `
  select d.id from deals d where d.user_id = :userId and (
    d.status in ('PAID', 'TRANSFERRING', 'TRANSFER_FAILED') or (d.status = 'PENDING' and d.confirmed_at is not null)
    or exists (select 1 from payments p
      where p.deal_id = d.id and (p.status = 'PENDING' or p.late and p.status = 'PAID'))
    or exists (select 1 from transfers t where t.deal_id = d.id and t.status in ('PENDING', 'PROCESSING'))
    or exists (select 1 from refunds r where r.deal_id = d.id and r.status = 'PENDING')
    or exists (select 1 from doubts o where o.deal_id = d.id and o.closed_at is null)
    or exists (select 1 from chargebacks c where c.deal_id = d.id and c.status = 'OPEN'))
  order by d.created_at limit 20`;

/** A card's key, made unusable; the caller encrypts. */
interface Wiping {
  wipe(cardId: string): string;
}

type Ended = { readonly kind: 'ended' } | { readonly kind: 'gone' } | Open;
interface Open {
  readonly kind: 'deals-open';
  /** At most twenty. */
  readonly dealIds: readonly string[];
}

/**
 * Ends the membership of whoever has this password hash, under the lock of the member's row: a charge intent holds it
 * too, so that of the two exactly one finds the other. Cards lose their keys, recipients leave the list; deals, the
 * ledger and their records stay.
 */
export async function endMembership(
  trx: Trx,
  { id, passwordHash }: { readonly id: string; readonly passwordHash: string },
  { wipe }: Wiping,
  at: Date,
): Promise<Ended> {
  const member = { id, password_hash: passwordHash, deleted_at: null };
  if (!(await trx('users').where(member).forUpdate().first('id'))) return { kind: 'gone' };
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(OPEN_DEALS, { userId: id });
  if (rows.length > 0) return { kind: 'deals-open', dealIds: rows.map((row) => row.id) };
  await trx('users').where({ id }).update({ deleted_at: at }).increment('version');
  // Locked in the order in which the end of their term locks them: a card that has lost its key gets no other.
  const whole = trx('cards').where({ user_id: id, emptied_at: null });
  const cards: string[] = await whole.orderBy('id').forUpdate().pluck('id');
  for (const cardId of cards) {
    const gone = { is_default: false, deleted_at: trx.raw('coalesce(deleted_at, ?)', [at]) };
    const wiped = { ...gone, billing_key_encrypted: wipe(cardId) };
    await trx('cards').where({ id: cardId, emptied_at: null }).update(wiped).increment('version');
  }
  const recipients = trx('bank_accounts').where({ user_id: id, deleted_at: null });
  await recipients.update({ deleted_at: at }).increment('version');
  const favorites = trx('favorite_accounts').where({ user_id: id, deleted_at: null });
  await favorites.update({ position: null, deleted_at: at }).increment('version');
  return { kind: 'ended' };
}
