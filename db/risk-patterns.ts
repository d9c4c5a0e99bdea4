/**
 * What the charges of a KST day that stand have in common (spec §7): an account that cards pay, a device that pays
 * accounts. PostgreSQL's own count, behind the counters in Redis.
 */
import { kstDayOf } from '../workflows/domain/bank-calendar';
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';

/** Whose limits, and for which attempt. */
export interface RiskSubject {
  readonly dealId: DealId;
  readonly attempt: number;
  readonly userId: string;
  readonly cardId: string;
}

/** And on which device: as the server knows it, and the hash of what the client calls it. */
export interface ChargeSubject extends RiskSubject {
  readonly deviceId: string;
  readonly deviceTextHash: string;
}

/** By deal: the card that pays, or the hash of the account that is paid. */
export type Entries = Readonly<Record<string, string | number>>;

/** What counts already of the recipient's account and of the device; of each the first 200 are enough. */
export interface PatternStanding {
  readonly accountCards: Entries;
  readonly deviceAccounts: Entries;
  readonly deviceTextAccounts: Entries;
}

/** Of a device, or of a text that a client gives all its devices: more say nothing more. */
const CHARGES_LOOKED_AT = 200;

/**
 * How many accounts the charges of the instant's KST day that stand go to, this one included: from the device as the
 * server knows it, and from those that clients call the same. Who sends another text each time is counted by the first.
 */
export async function accountsPaidFrom(
  db: Db,
  { dealId, deviceId, deviceTextHash }: ChargeSubject,
  at: Date,
): Promise<{ readonly deviceAccounts: number; readonly deviceTextAccounts: number }> {
  const { rows } = await db.raw<{ rows: [{ by_id: string; by_text: string }] }>(
    // Of the two hashes of an account one is complete at any time, and the other counts no more.
    `select greatest(count(distinct account_hash) filter (where by_id),
         count(distinct account_hash_even) filter (where by_id)) as by_id,
       greatest(count(distinct account_hash) filter (where by_text),
         count(distinct account_hash_even) filter (where by_text)) as by_text
     from (
       select recipient_id, true as by_id, true as by_text from deals where id = :dealId
       union all
       (select recipient_id, true, device_text_hash = :deviceTextHash
       from risk_decisions r join deals on deals.id = deal_id
       where kst_day = :kstDay and reserved and r.released_at is null and device_id = :deviceId limit :most)
       union all
       (select recipient_id, false, true
       from risk_decisions r join deals on deals.id = deal_id
       where kst_day = :kstDay and reserved and r.released_at is null and device_text_hash = :deviceTextHash
         and device_id <> :deviceId limit :most)
     ) charges join bank_accounts on bank_accounts.id = recipient_id`,
    { dealId, deviceId, deviceTextHash, kstDay: kstDayOf(at), most: CHARGES_LOOKED_AT },
  );
  return { deviceAccounts: Number(rows[0].by_id), deviceTextAccounts: Number(rows[0].by_text) };
}

/** The charges of the KST day that stand to the account of this deal, each with its card; this deal's own left out. */
const TO_THE_ACCOUNT = `
  from deals asked join bank_accounts own on own.id = asked.recipient_id
  join bank_accounts same on same.account_hash = own.account_hash or same.account_hash_even = own.account_hash_even
  join deals d on d.recipient_id = same.id and d.id <> asked.id
    and d.created_at > (:kstDay::date - 1)::timestamp at time zone 'Asia/Seoul' -- a quote does not live so long
  join risk_decisions r on r.deal_id = d.id and r.kst_day = :kstDay and r.reserved and r.released_at is null
  join cards c on c.id = r.card_id
  where asked.id = :dealId`;

/** How many cards pay the account of this deal, this one included. */
export async function cardsPaying(db: Db, { dealId, cardId }: RiskSubject, at: Date): Promise<number> {
  const { rows } = await db.raw<{ rows: [{ cards: string }] }>(
    `select count(distinct card_key) as cards from (
       select card_key from cards where id = :cardId
       union all (select c.card_key ${TO_THE_ACCOUNT} limit :most)) paying`,
    { dealId, cardId, kstDay: kstDayOf(at), most: CHARGES_LOOKED_AT },
  );
  return Number(rows[0].cards);
}

const PATTERNS = `
with devices as (
  select d.id::text as deal, coalesce(b.account_hash, b.account_hash_even) as account, r.device_id = :deviceId as by_id,
    r.device_text_hash = :deviceTextHash as by_text
  from risk_decisions r join deals d on d.id = r.deal_id join bank_accounts b on b.id = d.recipient_id
  where r.kst_day = :kstDay and r.reserved and r.released_at is null and r.deal_id <> :dealId
    and (r.device_id = :deviceId or r.device_text_hash = :deviceTextHash)
  limit :most)
(select 'accountCards' as of, d.id::text as deal, c.card_key::text as member ${TO_THE_ACCOUNT} limit :most)
union all
select 'deviceAccounts', deal, account from devices where by_id and account is not null
union all
select 'deviceTextAccounts', deal, account from devices where by_text and account is not null`;

/** What counts of this deal's account and device, the deal itself left out. */
export async function patternStandingOf(
  db: Db,
  { dealId, deviceId, deviceTextHash }: ChargeSubject,
  at: Date,
): Promise<PatternStanding> {
  const { rows } = await db.raw<{ rows: { of: keyof PatternStanding; deal: string; member: string }[] }>(PATTERNS, {
    ...{ dealId, deviceId, deviceTextHash, kstDay: kstDayOf(at), most: CHARGES_LOOKED_AT },
  });
  const entries = (asked: keyof PatternStanding): Entries =>
    Object.fromEntries(rows.filter(({ of }) => of === asked).map(({ deal, member }) => [deal, member]));
  return {
    accountCards: entries('accountCards'),
    deviceAccounts: entries('deviceAccounts'),
    deviceTextAccounts: entries('deviceTextAccounts'),
  };
}
