/** What docs/database.md says beside what the database itself tells: groups, the purpose of each table, its columns. */
import type { GroupWords } from './table-words';
import { ARCHIVE } from './words-of-archive';
import { BOOKS, MONEY } from './words-of-money';
import { OPERATORS } from './words-of-operators';
import { OPERATIONS, PEOPLE, REQUESTS } from './words-of-people';
import { RISK } from './words-of-risk';

/** Each group has a picture of its own. */
export const GROUPS: Readonly<Record<string, GroupWords>> = {
  People: PEOPLE,
  'Deals and their money': MONEY,
  Risk: RISK,
  'Books and reconciliation': BOOKS,
  'Requests, news and notices': REQUESTS,
  Operations: { ...OPERATIONS, ...ARCHIVE },
  Operators: OPERATORS,
};

/** Columns that mean the same in every table. */
export const COMMON: Readonly<Record<string, string>> = {
  id: 'the row',
  version: 'optimistic lock: one more with each change',
  created_at: 'when the row was made',
  updated_at: 'when the row was last changed',
  deleted_at: 'soft delete; null: it lives',
  user_id: 'the member',
  deal_id: 'the deal',
  card_id: 'the card',
  payment_id: 'the charge',
  recipient_id: 'the recipient’s account',
  operator_id: 'the operator',
  device_id: 'the device as the server knows it; no reference, since devices are forgotten',
  device_text_hash: 'what the client called the device',
  attempt: 'the number of the attempt, from 1',
  actor: 'who: an operator, the payer, or a part of the system',
  at: 'when it happened',
  decided_at: 'when it was decided; null: it is not',
  opened_at: 'when it was opened',
  closed_at: 'when it was closed; null: it is open',
  leg: 'which money: charge, transfer or refund',
  reason: 'why',
  principal: 'won that the recipient gets',
  fee: 'won that we keep',
  amount: 'won',
  line_no: 'its place in the list, from 1',
};

/** Tables of spec §10 that a later step brings with what fills them. */
export const TO_COME: Readonly<Record<string, string>> = {
  payment_slices: 'split payment (v2): the parts of one charge on several cards',
};
