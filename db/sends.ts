/** POSTs of a key at a provider: noted before they go, and what was answered (spec/verdicts.md, "Words"). */
import type { DealId } from '../workflows/domain/ids';
import type { Leg } from '../workflows/domain/provider-news';
import type { Db } from './connection';

export interface Send {
  readonly dealId: DealId;
  readonly leg: Leg;
  /** The orderId, the transfer's reference or the refund's key. */
  readonly key: string;
}

/** What is known of one POST; `unknown`: it may have had an effect that nobody has told us of. */
export interface Answered {
  readonly answer: string;
  readonly unknown: boolean;
}

/** What a key names, while it is undecided and nothing bars its POST; locked after its deal. */
const UNDECIDED: Readonly<Record<Leg, string>> = {
  charge: `select 1 from deals d join payments p on p.deal_id = d.id
    where p.order_id = :key and p.status = 'PENDING' for update of d, p`,
  transfer: `select 1 from deals d join transfers t on t.deal_id = d.id
    where t.reference = :key and t.status in ('PENDING', 'PROCESSING') and barred_by(d.id, 'transfer') is null
    for update of d, t`,
  refund: `select 1 from deals d join refunds r on r.deal_id = d.id
    where r.idempotency_key = :key and r.status = 'PENDING'
      and refund_barred_by(d.id, r.payment_id, r.principal) is null for update of d, r`,
};

/**
 * Notes a POST that is about to go, unless what it is about was decided meanwhile, or is barred by now; answers with
 * its id, or null. Nobody sends before this is committed, nor while another transaction holds the deal's lock.
 */
export async function recordSend(db: Db, { dealId, leg, key }: Send, at: Date): Promise<string | null> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `insert into sends (deal_id, leg, key, sent_at)
     select :dealId, :leg, :key, :at from (${UNDECIDED[leg]}) as undecided returning id`,
    { dealId, leg, key, at },
  );
  return rows[0]?.id ?? null;
}

/** Notes what was answered to it. */
export async function answerSend(db: Db, id: string, { answer, unknown }: Answered): Promise<void> {
  await db('sends').where({ id }).update({ answer, unknown });
}

/** The other POSTs of a key. */
export interface EarlierSends {
  /** When those that are unknown went, the youngest first. */
  readonly unknownAt: readonly Date[];
  readonly answers: readonly string[];
}

/** Every POST of the key but this one. */
export async function otherSends(db: Db, key: string, id: string | null): Promise<EarlierSends> {
  const query = db('sends').where({ key }).orderBy('sent_at', 'desc').select('sent_at', 'answer', 'unknown');
  if (id !== null) query.whereNot({ id });
  const rows: { sent_at: Date; answer: string | null; unknown: boolean }[] = await query;
  return {
    unknownAt: rows.flatMap((row) => (row.unknown ? [row.sent_at] : [])),
    answers: rows.flatMap((row) => row.answer ?? []),
  };
}

/** When the last POST of the key went, whatever was answered; null when none is known. */
export async function lastSendAt(db: Db, key: string): Promise<Date | null> {
  const row = await db('sends').where({ key }).orderBy('sent_at', 'desc').first('sent_at');
  return row?.sent_at ?? null;
}
