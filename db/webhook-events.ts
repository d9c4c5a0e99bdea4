/** The webhook inbox: every verified event is stored before anything is done with it, once for ever by its id (spec §6). */

import type { DealId } from '../workflows/domain/ids';
import {
  type Claim,
  judgeClaim,
  type LegFacts,
  newsOf,
  type Provider,
  type ProviderEvent,
  type Verdict,
} from '../workflows/domain/provider-news';
import type { ProviderNews } from '../workflows/messages';
import type { Db } from './connection';

export interface InboxEvent extends ProviderEvent {
  readonly provider: Provider;
  readonly eventId: string;
}

/** Stores the event with its raw body; false when it came before. One that tells nothing of a deal needs no processing. */
export async function storeEvent(db: Db, event: InboxEvent, body: string): Promise<boolean> {
  const { provider, eventId, type, claim } = event;
  const rows = await db('pg_webhook_events')
    .insert({
      provider,
      event_id: eventId,
      type,
      deal_no: claim?.dealNo ?? null,
      leg: claim?.leg ?? null,
      attempt: claim?.attempt ?? null,
      body,
      processed_at: claim ? null : db.fn.now(),
    })
    .onConflict()
    .ignore()
    .returning('event_id');
  return rows.length === 1;
}

/** Wakes or reopens the deal's workflow with the news. */
export type Wake = (dealId: DealId, news: ProviderNews) => Promise<void>;

/**
 * Does with a stored event what its claim asks for: marks it, wakes the deal, or leaves it to the transaction that is deciding
 * the leg. Safe to repeat; throws what `wake` throws, and the event stays open.
 */
export async function actOnEvent(db: Db, { provider, eventId, claim }: InboxEvent, wake: Wake): Promise<Verdict> {
  const facts = claim ? await factsOf(db, claim) : undefined;
  const verdict = claim && facts ? judgeClaim(claim, facts) : 'settled';
  if (verdict === 'settled') {
    const open = db('pg_webhook_events').where({ provider, event_id: eventId }).whereNull('processed_at');
    await open.update({ processed_at: db.fn.now() });
  }
  if (verdict === 'wake' && claim && facts) await wake(facts.dealId, newsOf(claim));
  return verdict;
}

/** The claimed leg as stored; undefined when there is no such deal. Amounts come as JSON numbers: they are safe integers. */
async function factsOf(db: Db, { dealNo, attempt }: Claim): Promise<LegFacts | undefined> {
  const { rows } = await db.raw<{ rows: LegFacts[] }>(
    `select d.id as "dealId", d.waiting_reason as "waitingReason",
       case when p.id is not null then
         jsonb_build_object('status', p.status, 'amount', p.amount, 'paymentKey', p.payment_key) end as payment,
       case when t.id is not null then jsonb_build_object(
         'status', t.status, 'amount', t.amount, 'tradingDate', t.trading_date::text) end as transfer,
       (select coalesce(jsonb_agg(jsonb_build_object('status', r.status, 'amount', r.amount)), '[]')
         from refunds r where r.payment_id = p.id) as refunds
     from deals d
     left join payments p on p.deal_id = d.id and p.attempt = :attempt
     left join transfers t on t.deal_id = d.id and t.attempt = :attempt
     where d.deal_no = :dealNo`,
    { dealNo, attempt },
  );
  return rows[0];
}
