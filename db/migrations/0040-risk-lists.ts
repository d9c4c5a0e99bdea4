/**
 * Lists of risk: cards, accounts and devices that are denied, or trusted until a time. A card is named by what its rows
 * have in common, an account by a recipient that has it, a device by the hash of what clients call it. Entries are
 * added, and ended once.
 */
export const RISK_LISTS: readonly string[] = [
  `create table risk_list_entries (
     id uuid primary key,
     list text not null check (list in ('denied', 'trusted')),
     kind text not null check (kind in ('card', 'account', 'device')),
     card_key uuid, recipient_id uuid references bank_accounts, device_text_hash text,
     until timestamptz, actor text not null, reason text not null,
     ended_at timestamptz, ended_by text, end_reason text,
     version int not null default 1, created_at timestamptz not null default now(), deleted_at timestamptz,
     constraint risk_list_entries_subject check (num_nonnulls(card_key, recipient_id, device_text_hash) = 1
       and case kind when 'card' then card_key is not null when 'account' then recipient_id is not null
         else device_text_hash is not null end),
     constraint risk_list_entries_until check (list = 'denied' or until is not null and kind <> 'device'),
     constraint risk_list_entries_ended check (num_nonnulls(ended_at, ended_by, end_reason) in (0, 3)));
   create index risk_list_entries_card on risk_list_entries (card_key) where ended_at is null;
   create index risk_list_entries_account on risk_list_entries (recipient_id) where ended_at is null;
   create index risk_list_entries_device on risk_list_entries (device_text_hash) where ended_at is null`,
];
