/** Damage to transfers that people made by hand. */
import type { Planted } from './planted';

export const PLANTED_BY_HAND: readonly Planted[] = [
  {
    law: 'transfers-fit-their-deal',
    of: 'paidByHand',
    sql: 'update transfers set amount = amount - 1 where deal_id = :deal and bank_reference is not null',
  },
  {
    law: 'one-standing-transfer',
    of: 'completed',
    also: [
      ...['deal-and-transfer-agree', 'transfer-attempts-in-turn', 'keys-are-unique', 'ledger-owes-what-stands'],
      ...['paid-by-hand-is-evidenced', 'transfers-are-posted'],
    ],
    sql: `drop index transfers_one_live;
      insert into transfers (id, deal_id, attempt, reference, trading_date, recipient_id, amount, status, last_sent_at,
        decided_at, bank_reference, evidence, evidence_at, paid_by)
      select gen_random_uuid(), deal_id, 2, :dealNo || '-M2', trading_date, recipient_id, amount, 'COMPLETED', now(), now(),
        'SLIP', 'slip', now(), 'operator:kim' from transfers where deal_id = :deal`,
  },
  {
    law: 'paid-by-hand-is-evidenced',
    of: 'paidByHand',
    also: ['checks-are-valid'],
    sql: `alter table transfers drop constraint transfers_by_hand;
      update transfers set evidence = null where deal_id = :deal and bank_reference is not null`,
  },
  {
    law: 'paid-by-hand-is-evidenced',
    of: 'paidByHand',
    sql: `insert into sends (deal_id, leg, key, sent_at) select deal_id, 'transfer', reference, now() from transfers
      where deal_id = :deal and bank_reference is not null`,
  },
  {
    law: 'paid-by-hand-is-evidenced',
    of: 'paidByHand',
    also: ['requests-have-two-people'],
    sql: `delete from deal_events where deal_id = :deal and cause = 'manual-transfer'`,
  },
];
