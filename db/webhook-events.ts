/**
 * The webhook inbox: every verified event is stored before anything is done with it, once for ever by its id (spec §6).
 */
import type { DealId } from '../workflows/domain/ids';
import { parseWon } from '../workflows/domain/money';
import {
  type Claim,
  doubtOf,
  judgeClaim,
  type Leg,
  type LegFacts,
  newsOf,
  type ProviderEvent,
  type ProviderNews,
  type Says,
} from '../workflows/domain/provider-news';
import type { Db, Trx } from './connection';
import { raiseDoubt } from './doubts';

/** An event as it lies in the inbox: judged again and again by what it claims, in our own words. */
export interface InboxEvent {
  /** Whose webhook brought it; event ids are a provider's own. */
  readonly provider: string;
  readonly eventId: string;
  readonly claim: Claim | null;
}

/** The columns that `eventOf` reads. */
export const EVENT_COLUMNS = [
  'provider',
  'event_id',
  'deal_no',
  'leg',
  'attempt',
  'says',
  'amount',
  'payment_key',
  'trading_date',
] as const;

/** A row of the inbox; the columns of a claim are all null when the event tells nothing of a deal of ours. */
export interface EventRow {
  provider: string;
  event_id: string;
  deal_no: string | null;
  leg: Leg | null;
  attempt: number | null;
  says: Says | null;
  amount: string | null;
  payment_key: string | null;
  trading_date: string | null;
}

export function eventOf(row: EventRow): InboxEvent {
  const { provider, event_id: eventId, deal_no: dealNo, leg, attempt, says, amount } = row;
  if (dealNo === null || leg === null || attempt === null || says === null || amount === null)
    return { provider, eventId, claim: null };
  const told = { paymentKey: row.payment_key, tradingDate: row.trading_date };
  return { provider, eventId, claim: { dealNo, leg, attempt, says, amount: parseWon(amount), ...told } };
}

/**
 * Stores the event with its body, which is evidence, and the doubt that it raises; false when it came before. One that
 * tells nothing of a deal needs no processing; one that could not be read stays open, to be read anew.
 */
export async function storeEvent(db: Db, event: InboxEvent & ProviderEvent, body: Buffer): Promise<boolean> {
  const { provider, eventId, type, claim, unread } = event;
  return db.transaction(async (trx) => {
    if (claim) await lockDealNo(trx, claim.dealNo); // so that it is as old as it is visible
    const rows = await trx('pg_webhook_events')
      .insert({
        received_at: trx.raw('clock_timestamp()'),
        provider,
        event_id: eventId,
        type,
        ...(claim && columnsOf(claim)),
        body,
        processed_at: claim || unread ? null : trx.raw('now()'),
      })
      .onConflict()
      .ignore()
      .returning('event_id');
    if (claim && rows.length === 1) await doubtClaim(trx, claim);
    return rows.length === 1;
  });
}

/** Nobody decides the deal's money meanwhile. */
export const lockDealNo = (trx: Trx, dealNo: string) => trx('deals').where({ deal_no: dealNo }).forUpdate().first('id');

/**
 * Raises the doubt, if what is claimed contradicts what is stored; `known`: that, as it was read just now. The caller
 * holds the deal's lock.
 */
export async function doubtClaim(trx: Trx, claim: Claim, known?: LegFacts): Promise<void> {
  const facts = known ?? (await factsOf(trx, claim));
  const kind = facts && doubtOf(claim, facts);
  if (facts && kind) await raiseDoubt(trx, { dealId: facts.dealId, kind, attempt: claim.attempt, raisedBy: 'webhook' });
}

/** A claim as its columns. */
export const columnsOf = (claim: Claim) => ({
  deal_no: claim.dealNo,
  leg: claim.leg,
  attempt: claim.attempt,
  says: claim.says,
  amount: claim.amount,
  payment_key: claim.paymentKey,
  trading_date: claim.tradingDate,
});

/** Wakes or reopens the deal's workflow with the news. */
type Wake = (dealId: DealId, news: ProviderNews) => Promise<void>;

/**
 * Does with stored events what their claims ask for: marks them, wakes the deal, or leaves them to the transaction that
 * is deciding the leg. The stored facts are read once an attempt, and each leg is woken once, however many events tell
 * of it. Safe to repeat; throws what `wake` throws, and the events that it was called for stay open.
 */
export async function actOnEvents(db: Db, events: readonly InboxEvent[], wake: Wake): Promise<void> {
  const known = new Map<string, LegFacts | undefined>();
  const settled: InboxEvent[] = [];
  const contradicted = new Map<string, Parameters<Wake>>();
  for (const event of events) {
    const { claim } = event;
    const attempt = claim && `${claim.dealNo}-${claim.attempt}`;
    if (attempt && !known.has(attempt)) known.set(attempt, await factsOf(db, claim));
    const facts = attempt ? known.get(attempt) : undefined;
    const verdict = claim && facts ? judgeClaim(claim, facts) : 'settled';
    if (verdict === 'settled') settled.push(event);
    if (verdict === 'wake' && claim && facts) {
      const news = newsOf(claim);
      contradicted.set(JSON.stringify([facts.dealId, news]), [facts.dealId, news]);
    }
  }
  await settle(db, settled);
  for (const news of contradicted.values()) await wake(...news);
}

/** The event as the inbox has it, and how it stands; undefined: there is none. */
export async function findEvent(
  db: Db,
  { provider, eventId }: Pick<InboxEvent, 'provider' | 'eventId'>,
): Promise<(InboxEvent & { readonly isProcessed: boolean }) | undefined> {
  const row = await db('pg_webhook_events')
    .where({ provider, event_id: eventId })
    .first(...EVENT_COLUMNS.filter((column) => column !== 'trading_date'), 'processed_at', {
      trading_date: db.raw('trading_date::text'),
    });
  return row && { ...eventOf(row), isProcessed: row.processed_at !== null };
}

/** Marks them as dealt with. */
export async function settle(db: Db, events: readonly InboxEvent[]): Promise<void> {
  for (const provider of new Set(events.map((event) => event.provider))) {
    const ids = events.filter((event) => event.provider === provider).map(({ eventId }) => eventId);
    await db.raw(
      `update pg_webhook_events set processed_at = now()
       where provider = :provider and event_id = any(:ids) and processed_at is null`,
      { provider, ids },
    );
  }
}

/** An honest provider has two or three things to tell about one attempt. */
const HEARD_AT_ONCE = 5;

/**
 * Whether the event is one of the first that are open about its leg. Later ones are left to the sweep: the deal is
 * woken for the first, one question to the provider answers them all, and a flood does not fill the deal's history.
 */
export async function isHeardAtOnce(db: Db, eventId: string, { dealNo, leg, attempt }: Claim): Promise<boolean> {
  const first = await db('pg_webhook_events')
    .where({ deal_no: dealNo, leg, attempt })
    .whereNull('processed_at')
    .orderBy(['received_at', 'event_id'])
    .limit(HEARD_AT_ONCE)
    .pluck('event_id');
  return first.includes(eventId);
}

/**
 * The claimed leg as stored; undefined when there is no such deal. Amounts come as JSON numbers: they are safe
 * integers.
 */
export async function factsOf(db: Db, { dealNo, attempt, paymentKey }: Claim): Promise<LegFacts | undefined> {
  const { rows } = await db.raw<{ rows: LegFacts[] }>(
    `select d.id as "dealId", d.waiting_reason as "waitingReason",
       case when p.id is not null then
         jsonb_build_object('status', p.status, 'amount', p.amount, 'paymentKey', p.payment_key,
           'isSent', p.sent_at is not null, 'isLate', p.late, 'mayHaveBeenDeclined', (select coalesce(
             bool_or(s.unknown or s.answer is distinct from 'done'), true) from sends s
             where s.key = p.order_id)) end as payment,
       exists (select 1 from payments o where o.payment_key = :paymentKey and o.id is distinct from p.id)
         as "isKeyOfAnother",
       case when t.id is not null then jsonb_build_object(
         'status', t.status, 'amount', t.amount, 'tradingDate', t.trading_date::text) end as transfer,
       (select coalesce(jsonb_agg(jsonb_build_object('status', r.status, 'amount', r.amount)), '[]')
         from refunds r where r.payment_id = p.id) as refunds
     from deals d
     left join payments p on p.deal_id = d.id and p.attempt = :attempt
     left join transfers t on t.deal_id = d.id and t.attempt = :attempt and t.bank_reference is null
     where d.deal_no = :dealNo`,
    { dealNo, attempt, paymentKey },
  );
  return rows[0];
}
