/**
 * What the PG pays (정산): Dr bank_float, Cr pg_receivable, one journal for each settlement
 * file and settle date, of the amount that our ledger says the PG owes for those lines. What
 * the file pays beyond it is in its breaks, and is not posted before they end; one that an
 * operator accepts ends with the journal (corrections.ts) that makes our ledger say so.
 */
import type { SettlementPosted } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';
import { postEntries } from '../ledger';

/** The net of the file less what its open and carried breaks hold back; the rest is not posted yet. */
const DUE = `
select to_char(s.file_day, 'YYYY-MM-DD') as "fileDay", to_char(s.settle_date, 'YYYY-MM-DD') as "settleDate", s.postings,
  (s.net - s.posted - coalesce((select sum(unsettled) from reconciliation_breaks b
      where b.file_day = s.file_day and b.settle_date = s.settle_date and b.resolved_at is null), 0)
    - coalesce((select sum(unsettled) from reconciliation_carried c
      where c.file_day = s.file_day and c.settle_date = s.settle_date), 0))::int8 as amount
from settlement_days s where s.settle_date <= :day order by s.settle_date, s.file_day for update of s`;

/** Posts what is due by the end of the KST day `day`; running it again posts only what has become due since. */
export async function postSettlements(trx: Trx, day: string): Promise<SettlementPosted[]> {
  const { rows } = await trx.raw<{ rows: { fileDay: string; settleDate: string; postings: number; amount: string }[] }>(
    DUE,
    {
      day,
    },
  );
  const posted: SettlementPosted[] = [];
  for (const { fileDay, settleDate, postings, amount: text } of rows) {
    const amount = Number(text);
    if (amount === 0) continue;
    await postEntries(trx, {
      dealId: null,
      kind: 'settlement',
      key: `settlement:${settleDate}/${fileDay}${postings === 0 ? '' : `#${postings + 1}`}`,
      postings: [
        { account: 'bank_float', amount },
        { account: 'pg_receivable', amount: 0 - amount },
      ],
    });
    await trx.raw(
      `update settlement_days set posted = posted + :amount, postings = postings + 1
       where file_day = :fileDay and settle_date = :settleDate`,
      { amount, fileDay, settleDate },
    );
    posted.push({ fileDay, settleDate, amount });
  }
  return posted;
}
