/** Cards, accounts and devices that are denied, or trusted until a time (docs/risk.md). */
import { v7 as uuid } from 'uuid';
import type { RiskList, RiskListKind } from '../workflows/domain/risk-lists';
import type { Db, Trx } from './connection';

interface Listed {
  readonly list: RiskList;
  readonly kind: RiskListKind;
  /** Whose card, account and device are meant: those of this deal's last charge. */
  readonly dealNo: string;
  /** Null: until somebody ends it; trust always has one. */
  readonly until: string | null;
  readonly actor: string;
  readonly reason: string;
}

/** Puts it on the list, and answers with the entry; undefined: nothing of the deal was ever to be charged. */
export async function addToList(
  trx: Trx,
  { list, kind, dealNo, until, actor, reason }: Listed,
): Promise<string | undefined> {
  const of = await trx('risk_decisions as r')
    .join('deals as d', 'd.id', 'r.deal_id')
    .join('cards as c', 'c.id', 'r.card_id')
    .where({ 'd.deal_no': dealNo })
    .orderBy('r.attempt', 'desc')
    .first('c.card_key', 'd.recipient_id', 'r.device_text_hash');
  if (!of) return undefined;
  const subject = {
    card: { card_key: of.card_key },
    account: { recipient_id: of.recipient_id },
    device: { device_text_hash: of.device_text_hash },
  }[kind];
  const id = uuid();
  await trx('risk_list_entries').insert({ id, list, kind, ...subject, until, actor, reason });
  return id;
}

/** Ends the entry; false: there is none, or it has ended. */
export async function endEntry(
  db: Db,
  id: string,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  const ended = { ended_at: db.raw('now()'), ended_by: actor, end_reason: reason };
  return (await db('risk_list_entries').where({ id, ended_at: null }).update(ended).increment('version')) === 1;
}

interface Entry extends Pick<Listed, 'list' | 'kind' | 'actor' | 'reason'> {
  readonly id: string;
  readonly until: Date | null;
  readonly createdAt: Date;
}

/** What stands on the lists, the newest first. */
export async function standingEntries(db: Db): Promise<Entry[]> {
  return db('risk_list_entries')
    .where({ ended_at: null })
    .whereRaw('(until is null or until > now())')
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .select('id', 'list', 'kind', 'until', 'actor', 'reason', 'created_at as createdAt');
}

interface Judged {
  readonly cardKey: string;
  readonly recipientId: string;
  readonly deviceTextHash: string;
}

/** On which lists the card, the account or the device of a charge stand: 1 or 0 of each. */
export async function listedOf(
  db: Db,
  { cardKey, recipientId, deviceTextHash }: Judged,
): Promise<Readonly<Record<RiskList, number>>> {
  const { rows } = await db.raw<{ rows: { list: RiskList }[] }>(
    `select distinct list from risk_list_entries e
     where ended_at is null and (until is null or until > now())
       and (card_key = :cardKey or device_text_hash = :deviceTextHash or recipient_id is not null and exists (
         select from bank_accounts listed join bank_accounts paid on listed.account_hash = paid.account_hash
           or listed.account_hash_even = paid.account_hash_even
         where listed.id = e.recipient_id and paid.id = :recipientId))`,
    { cardKey, recipientId, deviceTextHash },
  );
  const isOn = (asked: RiskList) => Number(rows.some(({ list }) => list === asked));
  return { denied: isOn('denied'), trusted: isOn('trusted') };
}
