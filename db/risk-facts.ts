/** What a screening has to know of a deal beside its counters (spec §7). */
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import type { Measures } from '../workflows/domain/risk-measures';
import type { RiskPeople } from '../workflows/domain/screening';
import type { Db } from './connection';
import type { ChargeSubject } from './risk-patterns';

export interface RiskFacts {
  readonly userId: string;
  readonly principal: Won;
  readonly memberSince: Date;
  /** The payer's name; null: nobody has verified it. */
  readonly payerNameEncrypted: string | null;
  readonly recipientId: string;
  readonly holderNameEncrypted: string;
  /** By which counters know the account: one of its look-up hashes. */
  readonly accountHash: string;
  /** What all rows of the card have in common. */
  readonly cardKey: string;
}

interface Row {
  user_id: string;
  principal: string;
  created_at: Date;
  name: string | null;
  recipient_id: string;
  holder: string;
  account: string;
  card_key: string;
}

/** Throws when there is no such deal, or the card is not of its payer. */
export async function riskFactsOf(db: Db, dealId: DealId, cardId: string): Promise<RiskFacts> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select d.user_id, d.principal, u.created_at, d.recipient_id, c.card_key,
       case when u.identity_verified_at is not null then u.name_encrypted end as name,
       b.holder_name_encrypted as holder, coalesce(b.account_hash, b.account_hash_even) as account
     from deals d join users u on u.id = d.user_id join bank_accounts b on b.id = d.recipient_id
     join cards c on c.user_id = u.id and c.id = :cardId where d.id = :dealId`,
    { dealId, cardId },
  );
  const row = rows[0];
  if (!row) throw new Error(`no deal ${dealId}, or card ${cardId} is not of its payer`);
  return {
    userId: row.user_id,
    principal: parseWon(row.principal),
    memberSince: row.created_at,
    payerNameEncrypted: row.name,
    recipientId: row.recipient_id,
    holderNameEncrypted: row.holder,
    accountHash: row.account,
    cardKey: row.card_key,
  };
}

type Pattern = 'newDevice' | 'newRecipient' | 'membersPayEachOther';

const STANDS = 'r.reserved and r.released_at is null and r.deal_id <> :dealId';
/** Long enough for a payer to notice that somebody else pays in their name: a charge makes nothing known at once. */
const KNOWN = `${STANDS} and r.created_at < now() - interval '24 hours'`;
const PATTERNS = `
select
  not exists (select from risk_decisions r where r.user_id = :userId and r.device_id = :deviceId and ${KNOWN})
    as "newDevice",
  not exists (select from bank_accounts own join bank_accounts b on b.user_id = own.user_id
      and (b.account_hash = own.account_hash or b.account_hash_even = own.account_hash_even)
    join deals d on d.recipient_id = b.id join risk_decisions r on r.deal_id = d.id
    where own.id = :recipientId and ${KNOWN}) as "newRecipient",
  exists (select from risk_decisions r where r.payer_name_hash = :holder and r.holder_name_hash = :payer
    and r.user_id <> :userId and r.created_at > now() - interval '30 days' and ${STANDS}) as "membersPayEachOther"`;

/** Patterns of the past that are looked up, not counted. Without the payer's name nothing is known of two members. */
export async function patternsOf(
  db: Db,
  { dealId, userId, deviceId }: Pick<ChargeSubject, 'dealId' | 'userId' | 'deviceId'>,
  recipientId: string,
  { payerNameHash: payer, holderNameHash: holder }: RiskPeople,
): Promise<Pick<Measures, Pattern>> {
  const { rows } = await db.raw<{ rows: [Record<Pattern, boolean>] }>(PATTERNS, {
    ...{ dealId, userId, deviceId, recipientId, payer, holder },
  });
  const { newDevice, newRecipient, membersPayEachOther } = rows[0];
  return {
    newDevice: Number(newDevice),
    newRecipient: Number(newRecipient),
    ...(payer !== null && { membersPayEachOther: Number(membersPayEachOther) }),
  };
}
