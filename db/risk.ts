/**
 * Risk counters and decisions in PostgreSQL (spec §7): the truth behind the counters in Redis. Everything with a `trx`
 * belongs in the charge-intent or result transaction.
 */
import { kstDayOf } from '../workflows/domain/bank-calendar';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import { judge, type RiskDecision } from '../workflows/domain/screening';
import type { Db, Trx } from './connection';

/** A card's hour opens with its first charge and lasts this long. */
export const CARD_HOUR_MS = 3_600_000;

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

/** What counts already, this deal left out. */
interface RiskStanding {
  readonly userDailyCount: number;
  /** Won. */
  readonly userDailyAmount: number;
  readonly cardHour: { readonly openedAt: Date; readonly charges: number } | null;
  readonly memberSince: Date;
  /** The membership was ended; nothing of it is charged any more. */
  readonly hasLeft: boolean;
}

interface CardRow {
  card_id: string;
  created_at: Date;
  left_at: Date | null;
  hour_opened_at: Date | null;
  hour_charges: number;
}

/** The payer and the principal of a deal. Throws when there is no such deal. */
export async function riskFactsOf(
  db: Db,
  dealId: DealId,
): Promise<{ readonly userId: string; readonly principal: Won; readonly memberSince: Date }> {
  const row = await db('deals')
    .join('users', 'users.id', 'deals.user_id')
    .where('deals.id', dealId)
    .first<{ user_id: string; principal: string; created_at: Date }>('user_id', 'principal', 'users.created_at');
  if (!row) throw new Error(`no deal ${dealId}`);
  return { userId: row.user_id, principal: parseWon(row.principal), memberSince: row.created_at };
}

/** The counters as PostgreSQL knows them at an instant. Throws when the card is not the payer's. */
export async function loadStanding(db: Db, subject: RiskSubject, at: Date): Promise<RiskStanding> {
  return standingOf(db, subject, await memberAndCard(db, subject), at);
}

/**
 * The decision that counts: locks the payer's and the card's rows until the transaction ends, recounts with this
 * attempt included and judges again. Two deals of one payer are decided one after the other.
 */
export async function recheckLimits(
  trx: Trx,
  { principal, at, ...subject }: ChargeSubject & { readonly principal: Won; readonly at: Date },
): Promise<RiskDecision> {
  const standing = await standingOf(trx, subject, await memberAndCard(trx, subject, true), at);
  const counters = {
    userDailyCount: standing.userDailyCount + 1,
    userDailyAmount: standing.userDailyAmount + principal,
    cardHourlyCount: (standing.cardHour?.charges ?? 0) + 1,
    ...(await accountsPaidFrom(trx, subject, at)),
  };
  const kstDay = kstDayOf(at);
  if (standing.hasLeft) return { verdict: 'BLOCK', rules: ['member-withdrawn'], counters, kstDay };
  const memberForMs = at.getTime() - standing.memberSince.getTime();
  return { ...judge({ principal, memberForMs, counters }), counters, kstDay };
}

/** Keeps the decision; one that lets the charge go on is a reservation of the payer's day. */
export async function storeDecision(
  trx: Trx,
  { decision, ...subject }: ChargeSubject & { readonly principal: Won; readonly decision: RiskDecision },
): Promise<void> {
  const ofUser = (column: string) => trx('users').where({ id: subject.userId }).select(column);
  await trx('risk_decisions').insert({
    deal_id: subject.dealId,
    attempt: subject.attempt,
    user_id: subject.userId,
    card_id: subject.cardId,
    device_id: subject.deviceId,
    device_text_hash: subject.deviceTextHash,
    principal: subject.principal,
    verdict: decision.verdict,
    rules: JSON.stringify(decision.rules),
    counters: JSON.stringify(decision.counters),
    kst_day: decision.kstDay,
    reserved: decision.verdict === 'PASS' || decision.verdict === 'ALERT',
    phone_hash: ofUser('phone_hash'),
    phone_hash_even: ofUser('phone_hash_even'),
    person_hash: ofUser('ci_hash'),
    memo_changed: trx('deals').where({ id: subject.dealId }).select('memo_changed'),
  });
}

/** What was decided of this attempt; undefined when it was never judged. */
export async function findDecision(
  db: Db,
  dealId: DealId,
  attempt: number,
): Promise<Pick<RiskDecision, 'verdict' | 'rules'> | undefined> {
  return db('risk_decisions').where({ deal_id: dealId, attempt }).first('verdict', 'rules');
}

/**
 * The rules that blocked an attempt of this deal with this card, on a device that the client called the same, within
 * the last `withinMs` by the database's clock; undefined when none did.
 */
export async function findFreshBlock(
  db: Db,
  { dealId, cardId, deviceTextHash }: Pick<ChargeSubject, 'dealId' | 'cardId' | 'deviceTextHash'>,
  withinMs: number,
): Promise<RiskDecision['rules'] | undefined> {
  const block = await db('risk_decisions')
    .where({ deal_id: dealId, card_id: cardId, device_text_hash: deviceTextHash, verdict: 'BLOCK' })
    .whereRaw("created_at > now() - ? * interval '1 ms'", [withinMs])
    .orderBy('attempt', 'desc')
    .first<Pick<RiskDecision, 'rules'> | undefined>('rules');
  return block?.rules;
}

/**
 * Counts a charge that is about to be sent; it stays counted, whatever becomes of it, and whoever has the card then:
 * every row of its billing key counts it. Call it under the lock of these rows.
 */
export async function countCardCharge(trx: Trx, cardId: string, at: Date): Promise<void> {
  const hourOver = trx.raw('coalesce(hour_opened_at, ?) <= ?', [new Date(0), new Date(at.getTime() - CARD_HOUR_MS)]);
  await trx('cards')
    .where('card_key', trx('cards').where({ id: cardId }).select('card_key'))
    .update({
      hour_opened_at: trx.raw('case when ? then ?::timestamptz else hour_opened_at end', [hourOver, at]),
      hour_charges: trx.raw('case when ? then 1 else hour_charges + 1 end', [hourOver]),
    });
}

/** Ends the reservation of an attempt that was declined, cancelled or refunded; a second time changes nothing. */
export async function releaseDecision(trx: Trx, dealId: DealId, attempt: number): Promise<void> {
  await trx('risk_decisions')
    .where({ deal_id: dealId, attempt, reserved: true, released_at: null })
    .update({ released_at: trx.fn.now() });
}

/**
 * The payer's deals of the instant's KST day whose reservations stand, and their principal in all. `except`: an attempt
 * follows only a definite no, so the deal that is judged counts once. Whoever leaves and joins again, with a
 * phone of then or as the same proven person, begins no new day.
 */
export async function reservedOn(
  db: Db,
  userId: string,
  at: Date,
  except: DealId | null = null,
): Promise<{ readonly deals: number; readonly amount: Won }> {
  // One value each, so that an index finds it.
  const ofUser = (column: string) => db('users').where({ id: userId }).select(column);
  const day = await db('risk_decisions')
    .where((whose) =>
      whose
        .where({ user_id: userId })
        .orWhere('phone_hash', ofUser('phone_hash'))
        .orWhere('phone_hash_even', ofUser('phone_hash_even'))
        .orWhere('person_hash', ofUser('ci_hash')),
    )
    .where({ kst_day: kstDayOf(at), reserved: true, released_at: null })
    .whereRaw('deal_id is distinct from ?', [except])
    .first<{ count: string; amount: string }>(db.raw('count(*), coalesce(sum(principal), 0) as amount'));
  return { deals: Number(day.count), amount: parseWon(day.amount) };
}

/** Of a device, or of a text that a client gives all its devices: more say nothing more. */
const CHARGES_LOOKED_AT = 200;

/**
 * How many accounts the charges of the instant's KST day that stand go to, this one included: from the device as the
 * server knows it, and from those that clients call the same. Who sends another text each time is counted by the first.
 */
async function accountsPaidFrom(
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

/** With `lock`, every row of the card's billing key is locked, one after the other, and not the payer's own alone. */
async function memberAndCard(db: Db, { userId, cardId }: RiskSubject, lock = false): Promise<CardRow> {
  const query = db('users')
    .join('cards as own', 'own.user_id', 'users.id')
    .join('cards', 'cards.card_key', 'own.card_key')
    .where({ 'users.id': userId, 'own.id': cardId })
    .orderBy('cards.id')
    .select<CardRow[]>('users.created_at', 'users.deleted_at as left_at', 'cards.id as card_id')
    .select('cards.hour_opened_at', 'cards.hour_charges');
  // "No key": rows that refer to the payer (notices, new deals) need not wait.
  const rows: CardRow[] = await (lock ? query.forNoKeyUpdate('users', 'cards') : query);
  const row = rows.find(({ card_id }) => card_id === cardId);
  if (!row) throw new Error(`card ${cardId} is not of user ${userId}`);
  return row;
}

async function standingOf(db: Db, subject: RiskSubject, row: CardRow, at: Date): Promise<RiskStanding> {
  const day = await reservedOn(db, subject.userId, at, subject.dealId);
  const { hour_opened_at: openedAt, hour_charges: charges } = row;
  const open = openedAt !== null && openedAt.getTime() + CARD_HOUR_MS > at.getTime();
  return {
    userDailyCount: day.deals,
    userDailyAmount: day.amount,
    cardHour: open ? { openedAt, charges } : null,
    memberSince: row.created_at,
    hasLeft: row.left_at !== null,
  };
}
