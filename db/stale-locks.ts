/** What somebody who died left locked, and what nobody needs any more. Each step is safe to repeat. */
import type { DealId } from '../workflows/domain/ids';
import { CODE_NOTICES } from '../workflows/domain/notices';
import type { Db } from './connection';
import { FORGOTTEN } from './outbox';

/**
 * Frees the leases of idempotency keys whose request died long ago; answers how many. The rows stay, answered or not:
 * they hold which body the key came with and when it came first, and without these a repeated request could begin a
 * second payment (spec §5.7).
 */
export async function freeKeyLeases(db: Db): Promise<number> {
  let freed = 0;
  for (const table of ['idempotency_keys', 'admin_idempotency_keys'])
    freed += await db(table)
      .where('lease_until', '<', db.raw(`pg_catalog.now() - interval '10 minutes'`))
      .update({ lease_until: null });
  return freed;
}

/** Empties what operators were answered more than 30 days ago; answers how many. Their keys are refused then. */
export async function emptyOperatorAnswers(db: Db): Promise<number> {
  return db('admin_idempotency_keys')
    .whereNotNull('response_encrypted')
    .where('created_at', '<', db.raw(`now() - interval '30 days'`))
    .update({ response_encrypted: null, answer_emptied_at: db.raw('now()') });
}

/**
 * Gives up notices that cannot be sent any more, and forgets what they held: codes that have long run out (3 min), and
 * those whose taker died again and again. Answers how many.
 */
export async function giveUpNotices(db: Db): Promise<number> {
  return db('notices')
    .whereNull('sent_at')
    .whereNull('failed_at')
    .where('next_attempt_at', '<', db.raw(`now() + interval '1 hour'`)) // the index of what is due
    .whereRaw(`((template = any(?) and created_at < now() - interval '1 hour') or attempts > 500)`, [[...CODE_NOTICES]])
    .update({
      failed_at: db.raw('now()'),
      ended_reason: db.raw(`case when template = any(?) then 'expired' else 'given-up' end`, [[...CODE_NOTICES]]),
      ...FORGOTTEN,
    });
}

/** Forgets whose codes of more than an hour ago were: none of them can make another one void. */
export async function forgetCodeHashes(db: Db): Promise<void> {
  await db('notices')
    .whereNotNull('code_hash')
    .where('created_at', '<', db.raw(`now() - interval '1 hour'`))
    .update({ code_hash: null });
}

/**
 * An attempt that no longer counts towards the payer's day. `sent`: its charge reached the PG, so the card's hour keeps
 * it.
 */
export interface GivenUpAttempt {
  readonly dealId: DealId;
  readonly attempt: number;
  readonly sent: boolean;
}
const PAGE = 500;

/** The refused and the released attempts of one KST day, in pages; pass the last one of the page before. */
export async function givenUpAttempts(db: Db, kstDay: string, after: GivenUpAttempt | null): Promise<GivenUpAttempt[]> {
  const { rows } = await db.raw<{ rows: GivenUpAttempt[] }>(
    `select r.deal_id as "dealId", r.attempt, p.sent_at is not null as sent
     from risk_decisions r left join payments p on p.deal_id = r.deal_id and p.attempt = r.attempt
     where r.kst_day = :kstDay and (not r.reserved or r.released_at is not null)
       and (:dealId::uuid is null or (r.deal_id, r.attempt) > (:dealId::uuid, :attempt::int))
     order by r.deal_id, r.attempt limit :page`,
    { kstDay, dealId: after?.dealId ?? null, attempt: after?.attempt ?? null, page: PAGE },
  );
  return rows;
}

/** Deals that have ended while their transfer job says it is under way: nobody may decide that by editing a row. */
export async function endedDealsWithOpenJob(db: Db): Promise<DealId[]> {
  return db('transfer_jobs')
    .join('deals', 'deals.id', 'transfer_jobs.deal_id')
    .whereIn('transfer_jobs.status', ['PENDING', 'PROCESSING'])
    .whereIn('deals.status', ['COMPLETED', 'REFUNDED', 'CANCELLED'])
    .limit(PAGE)
    .pluck('deals.id');
}
