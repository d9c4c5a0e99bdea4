/** The webhook inbox, as the money activities see it: an event is news until a transaction agrees with it. */
import type { DoubtKind } from '../workflows/domain/doubts';
import type { DealId } from '../workflows/domain/ids';
import { doubtOf, type Leg, type Says, storedOf } from '../workflows/domain/provider-news';
import type { Db, Trx } from './connection';
import { lockDeal } from './deals';
import { endDoubts } from './doubts';
import { serverTime } from './server-time';
import { actOnEvents, doubtClaim, EVENT_COLUMNS, eventOf, factsOf, type InboxEvent, settle } from './webhook-events';

export interface NewsKey {
  readonly dealNo: string;
  /** Absent: any. */
  readonly leg?: Leg;
  /** The attempt it tells of; absent: any. */
  readonly attempt?: number;
  /** Only events that say this; absent: all, since the provider itself was asked. */
  readonly says?: Says;
  /** Only events that name this one. */
  readonly paymentKey?: string;
  /** Only events that came before the provider was asked. */
  readonly receivedBefore?: Date;
}

function openEvents(db: Db, { dealNo, leg, attempt, says, paymentKey, receivedBefore }: NewsKey) {
  const open = db('pg_webhook_events').where({ deal_no: dealNo }).whereNull('processed_at');
  if (leg !== undefined) open.where({ leg });
  if (attempt !== undefined) open.where({ attempt });
  if (says) open.where({ says });
  if (paymentKey !== undefined) open.where({ payment_key: paymentKey });
  if (receivedBefore) open.where('received_at', '<=', receivedBefore);
  return open;
}

const eventsOf = async (db: Db, key: NewsKey): Promise<InboxEvent[]> =>
  (await openEvents(db, key).select(EVENT_COLUMNS)).map(eventOf);

/**
 * Marks stored events as dealt with. An event that says otherwise than the result stays open, and the sweep wakes the
 * deal.
 */
export async function closeNews(db: Db, key: NewsKey): Promise<void> {
  await openEvents(db, key).update({ processed_at: db.raw('now()') });
}

/** Until when events of the deal have come that whoever asks from now on can see. */
export function newsTime(db: Db, dealId: DealId): Promise<Date> {
  return db.transaction(async (trx) => {
    await lockDeal(trx, dealId); // an event is stored under this lock
    return serverTime(trx);
  });
}

/** What open events say against the result that was just stored is in doubt from now on. */
export async function doubtNews(trx: Trx, key: NewsKey): Promise<void> {
  for (const { claim } of await eventsOf(trx, key)) if (claim) await doubtClaim(trx, claim);
}

/**
 * Nobody can be asked about them: open events that agree with what is stored, or contradict it, are done; what they
 * contradict is in doubt. Those of what is undecided stay. The caller holds the deal's lock.
 */
export async function settleAsDoubt(trx: Trx, key: NewsKey): Promise<void> {
  for (const event of await eventsOf(trx, key)) {
    const { claim } = event;
    const facts = claim ? await factsOf(trx, claim) : undefined;
    if (claim && facts && storedOf(claim, facts) === 'undecided') continue;
    if (claim && facts) await doubtClaim(trx, claim, facts);
    await settle(trx, [event]);
  }
}

/**
 * An attempt that was called failed is booked as charged: what agrees is closed, and another charge told of under its
 * order is in doubt from now on.
 */
export async function endClaim(
  trx: Trx,
  dealId: DealId,
  { dealNo, attempt }: { readonly dealNo: string; readonly attempt: number },
): Promise<void> {
  await endDoubts(trx, dealId, { kinds: ['charge-claimed'], attempt }, 'booking');
  await settleAsDoubt(trx, { dealNo, leg: 'charge', attempt });
}

/** A person has settled these doubts: what open events say to the same end is done. */
export async function settleDoubted(trx: Trx, dealNo: string, kinds: readonly DoubtKind[]): Promise<void> {
  for (const event of await eventsOf(trx, { dealNo })) {
    const facts = event.claim ? await factsOf(trx, event.claim) : undefined;
    const kind = event.claim && facts ? doubtOf(event.claim, facts) : null;
    if (kind !== null && kinds.includes(kind)) await settle(trx, [event]);
  }
}

/** What open events say of a charge that was done, each with the PG's key and the amount (won). */
export async function claimedKeys(db: Db, key: NewsKey): Promise<{ paymentKey: string; amount: number }[]> {
  const events = await eventsOf(db, { ...key, says: 'done' });
  return events.flatMap(({ claim }) =>
    claim?.paymentKey ? [{ paymentKey: claim.paymentKey, amount: claim.amount }] : [],
  );
}

/** Closes the events that agree with what is stored; answers whether others contradict it, and stay open. */
export async function hasContradiction(db: Db, key: NewsKey): Promise<boolean> {
  const events = await eventsOf(db, key);
  let contradicted = false;
  await actOnEvents(db, events, async () => {
    contradicted = true;
  });
  return contradicted;
}
