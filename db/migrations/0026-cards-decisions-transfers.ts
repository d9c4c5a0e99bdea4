/**
 * A card's hour is the card's, whoever registers it: rows of one billing key count together. A decision of the risk
 * rules keeps whether the payer chose the memo, and a transfer the holder's name under which it was first sent.
 */
export const CARDS_DECISIONS_TRANSFERS: readonly string[] = [
  `alter table cards add column first_card_id uuid references cards;
   update cards c set first_card_id = f.id
   from (select distinct on (billing_key_hash) billing_key_hash, id from cards
     order by billing_key_hash, created_at, id) f
   where f.billing_key_hash = c.billing_key_hash and f.id <> c.id;
   -- What its rows have in common. Hashes are made anew in time, and those of members who left are not.
   alter table cards add column card_key uuid not null generated always as (coalesce(first_card_id, id)) stored;
   create index cards_card_key on cards (card_key)`,
  `with hours as (
     select distinct on (card_key) card_key, hour_opened_at from cards
     where hour_opened_at is not null order by card_key, hour_opened_at desc)
   update cards c set hour_opened_at = h.hour_opened_at, hour_charges = (
     select count(*) from payments p join cards o on o.id = p.card_id
     where o.card_key = h.card_key and p.sent_at >= h.hour_opened_at)
   from hours h where h.card_key = c.card_key
     and exists (select 1 from cards o where o.card_key = c.card_key and o.id <> c.id)`,
  `alter table risk_decisions add column memo_changed boolean not null default false;
   update risk_decisions r set memo_changed = true from deals d where d.id = r.deal_id and d.memo_changed`,
  // Null: a transfer of before, which goes by the name of its account.
  `alter table transfers add column holder_name_encrypted text`,
];
