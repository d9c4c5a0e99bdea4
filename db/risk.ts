/**
 * Risk counters and decisions in PostgreSQL (spec §7): the truth behind the counters in Redis. Everything with a `trx`
 * belongs in the charge-intent or result transaction.
 */
import { kstDayOf } from '../workflows/domain/bank-calendar';
import type { DealId } from '../workflows/domain/ids';
import { parseWon, type Won } from '../workflows/domain/money';
import { judge } from '../workflows/domain/risk-rules';
import { mayCharge, type RiskDecision } from '../workflows/domain/screening';
import type { Db, Trx } from './connection';
import {
  accountsPaidFrom,
  type ChargeSubject,
  cardsPaying,
  type PatternStanding,
  patternStandingOf,
  type RiskSubject,
} from './risk-patterns';
import { activeSet, findSet } from './risk-sets';

/** A card's hour opens with its first charge and lasts this long. */
export const CARD_HOUR_MS = 3_600_000;

/** What counts already, this deal left out. */
interface RiskStanding {
  readonly day: readonly ReservedDeal[];
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

/** The counters as PostgreSQL knows them at an instant. Throws when the card is not the payer's. */
export async function loadStanding(db: Db, subject: ChargeSubject, at: Date): Promise<RiskStanding & PatternStanding> {
  const standing = await standingOf(db, subject, await memberAndCard(db, subject), at);
  return { ...standing, ...(await patternStandingOf(db, subject, at)) };
}

interface Rechecked extends ChargeSubject {
  readonly principal: Won;
  /**
   * What the screening said: its set is judged by, and what is not counted here stays as it was measured. Absent: the
   * set that is active.
   */
  readonly screened?: Pick<RiskDecision, 'set' | 'counters' | 'people'>;
  readonly at: Date;
}

/**
 * The decision that counts: locks the payer's and the card's rows until the transaction ends, recounts with this
 * attempt included and judges again, by the set of the screening. Two deals of one payer are decided one after the
 * other.
 */
export async function recheckLimits(
  trx: Trx,
  { principal, screened = { counters: {} }, at, ...subject }: Rechecked,
): Promise<RiskDecision> {
  const standing = await standingOf(trx, subject, await memberAndCard(trx, subject, true), at);
  const set = screened.set === undefined ? await activeSet(trx, at) : await findSet(trx, screened.set);
  const counters = {
    ...screened.counters,
    principal,
    memberForMs: at.getTime() - standing.memberSince.getTime(),
    userDailyCount: standing.day.length + 1,
    userDailyAmount: amountOf(standing.day) + principal,
    cardHourlyCount: (standing.cardHour?.charges ?? 0) + 1,
    accountCards: await cardsPaying(trx, subject, at),
    ...(await accountsPaidFrom(trx, subject, at)),
  };
  const judged = judge(set, counters);
  const { people } = screened;
  const decision = { ...judged, counters, kstDay: kstDayOf(at), set: set.number, ...(people && { people }) };
  return standing.hasLeft ? { ...decision, verdict: 'BLOCK', rules: ['member-withdrawn'] } : decision;
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
    reserved: mayCharge(decision),
    set_number: decision.set ?? null,
    answers: decision.answers ? JSON.stringify(decision.answers) : null,
    payer_name_hash: decision.people?.payerNameHash ?? null,
    holder_name_hash: decision.people?.holderNameHash ?? null,
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
 * the last `withinMs` by the database's clock, and on the KST day of `at`; undefined when none did.
 */
export async function findFreshBlock(
  db: Db,
  { dealId, cardId, deviceTextHash }: Pick<ChargeSubject, 'dealId' | 'cardId' | 'deviceTextHash'>,
  { withinMs, at }: { readonly withinMs: number; readonly at: Date },
): Promise<RiskDecision['rules'] | undefined> {
  const block = await db('risk_decisions')
    .where({ deal_id: dealId, card_id: cardId, device_text_hash: deviceTextHash, verdict: 'BLOCK' })
    .where({ kst_day: kstDayOf(at) })
    .whereRaw("created_at > now() - ? * interval '1 ms'", [withinMs])
    .orderBy('attempt', 'desc')
    .first<Pick<RiskDecision, 'rules'> | undefined>('rules');
  return block?.rules;
}

/** The rules that blocked the last attempt of this deal; none: it was not blocked. */
export async function lastBlock(db: Db, dealId: DealId): Promise<RiskDecision['rules']> {
  const last = await db('risk_decisions')
    .where({ deal_id: dealId })
    .orderBy('attempt', 'desc')
    .first<Pick<RiskDecision, 'verdict' | 'rules'> | undefined>('verdict', 'rules');
  return last?.verdict === 'BLOCK' ? last.rules : [];
}

/**
 * Whether the deal is still held by what the rules said of its charge: nobody has released it, and it is not past the
 * end of a hold that only slows down, by the database's clock.
 */
export async function isUnderReview(db: Db, dealId: DealId): Promise<boolean> {
  const held = await db('deals as d')
    .where({ id: dealId, released_at: null })
    .whereNotNull('review_due_at')
    .whereRaw(
      `(review_due_at > now() or not exists (select from risk_decisions r
         join payments p on p.deal_id = r.deal_id and p.attempt = r.attempt and not p.late and p.payment_key is not null
         where r.deal_id = d.id and r.verdict = 'HOLD'))`,
    )
    .first('id');
  return held !== undefined;
}

/** When the hour of the card is over; null: none is open at the instant. */
export async function cardHourEndsAt(db: Db, cardId: string, at: Date): Promise<Date | null> {
  const row = await db('cards').where({ id: cardId }).first<{ hour_opened_at: Date | null }>('hour_opened_at');
  const end = row?.hour_opened_at ? new Date(row.hour_opened_at.getTime() + CARD_HOUR_MS) : null;
  return end && end > at ? end : null;
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
    .update({ released_at: trx.raw('now()') });
}

/**
 * The payer's deals of the instant's KST day whose reservations stand. `except`: an attempt
 * follows only a definite no, so the deal that is judged counts once. Whoever leaves and joins again, with a
 * phone of then or as the same proven person, begins no new day.
 */
export async function reservedOn(
  db: Db,
  userId: string,
  at: Date,
  except: DealId | null = null,
): Promise<readonly ReservedDeal[]> {
  // One value each, so that an index finds it.
  const ofUser = (column: string) => db('users').where({ id: userId }).select(column);
  const rows: { deal_id: string; principal: string }[] = await db('risk_decisions')
    .where((whose) =>
      whose
        .where({ user_id: userId })
        .orWhere('phone_hash', ofUser('phone_hash'))
        .orWhere('phone_hash_even', ofUser('phone_hash_even'))
        .orWhere('person_hash', ofUser('ci_hash')),
    )
    .where({ kst_day: kstDayOf(at), reserved: true, released_at: null })
    .whereRaw('deal_id is distinct from ?', [except])
    .select('deal_id', 'principal');
  return rows.map(({ deal_id, principal }) => ({ dealId: deal_id, principal: parseWon(principal) }));
}

/** A deal that counts towards its payer's day. */
interface ReservedDeal {
  readonly dealId: string;
  readonly principal: Won;
}

/** The principal of these deals in all, won. */
export const amountOf = (deals: readonly ReservedDeal[]): number =>
  deals.reduce((sum, { principal }) => sum + principal, 0);

/**
 * Of what counters hold, what counts no more: deals whose every decision was a refusal or was released, and attempts
 * (`<deal>:<attempt>`) that ended without being sent. What has no row yet is under way, and counts.
 */
export async function countsNoMore(
  db: Db,
  { deals, charges }: { readonly deals: readonly string[]; readonly charges: readonly string[] },
): Promise<{ readonly deals: string[]; readonly charges: string[] }> {
  const { rows } = await db.raw<{ rows: { deal: string | null; charge: string | null }[] }>(
    `select deal_id::text as deal, null as charge from risk_decisions where deal_id = any(:deals::uuid[])
     group by deal_id having bool_and(not reserved or released_at is not null)
     union all
     select null, deal_id || ':' || attempt from payments
     where deal_id || ':' || attempt = any(:charges) and deal_id = any(:charged::uuid[])
       and sent_at is null and status = 'FAILED'`,
    { deals, charges, charged: charges.filter((one) => !one.startsWith(STORED)).map((one) => one.split(':')[0]) },
  );
  return {
    deals: rows.flatMap(({ deal }) => (deal === null ? [] : [deal])),
    charges: rows.flatMap(({ charge }) => (charge === null ? [] : [charge])),
  };
}

/** Charges of a card that are known by their number alone. */
const STORED = 'stored';

/** So many charges, as counters hold them. */
export const storedCharges = (charges: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Array.from({ length: charges }, (_, n) => [`${STORED}:${n + 1}`, 1]));

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
    day,
    cardHour: open ? { openedAt, charges } : null,
    memberSince: row.created_at,
    hasLeft: row.left_at !== null,
  };
}
