/** Decisions of the past as they were stored, for those who ask what other rules would have said of them. */
import type { Measures } from '../workflows/domain/risk-measures';
import type { RiskVerdict } from '../workflows/domain/screening';
import type { Db } from './connection';

interface PastDecision {
  readonly verdict: RiskVerdict;
  /** What was measured then. */
  readonly measures: Measures;
  /** The charge was taken back by the card issuer, and not won. */
  readonly chargedBack: boolean;
}

interface Row {
  deal_id: string;
  attempt: number;
  made: string;
  verdict: RiskVerdict;
  principal: string;
  counters: Measures;
  charged_back: boolean;
}

const PAGE = 2_000;

/** Those of `[from, to)`, the oldest first: of a year as of a day no more than a page is in memory. */
export async function* pastDecisions(db: Db, from: Date, to: Date): AsyncGenerator<readonly PastDecision[]> {
  for (let after: Pick<Row, 'deal_id' | 'attempt' | 'made'> | null = null; ; ) {
    const page: Row[] = await pageAfter(db, from, to, after);
    if (page.length > 0)
      yield page.map((row) => ({
        ...{ verdict: row.verdict, chargedBack: row.charged_back },
        measures: { principal: Number(row.principal), ...row.counters },
      }));
    after = page.at(-1) ?? null;
    if (page.length < PAGE) return;
  }
}

async function pageAfter(
  db: Db,
  from: Date,
  to: Date,
  after: Pick<Row, 'deal_id' | 'attempt' | 'made'> | null,
): Promise<Row[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select r.deal_id, r.attempt, r.created_at::text as made, r.verdict, r.principal, r.counters,
       coalesce((select true from payments p join chargebacks b on b.payment_id = p.id and b.status <> 'WON'
         where p.deal_id = r.deal_id and p.attempt = r.attempt limit 1), false) as charged_back
     from risk_decisions r
     where r.created_at >= coalesce(:made::timestamptz, :from) and r.created_at < :to
       and (:made::timestamptz is null
         or (r.created_at, r.deal_id, r.attempt) > (:made::timestamptz, :deal::uuid, :attempt::int))
     order by r.created_at, r.deal_id, r.attempt limit :page`,
    { from, to, made: after?.made ?? null, deal: after?.deal_id ?? null, attempt: after?.attempt ?? null, page: PAGE },
  );
  return rows;
}
