/** Doubts that breaks are (workflows/domain/reconciliation.ts): raised when one is found, ended with it. */
import type { DoubtKind } from '../../workflows/domain/doubts';
import type { DealId } from '../../workflows/domain/ids';
import { BREAK_KINDS, type BreakClass, doubtOfBreak } from '../../workflows/domain/reconciliation';
import type { Trx } from '../connection';
import { endDoubts } from '../doubts';

const DOUBTFUL = (Object.keys(BREAK_KINDS) as BreakClass[]).flatMap((kind) => {
  const doubt = doubtOfBreak(kind);
  return doubt ? [{ class: kind, kind: doubt }] : [];
});

/** Of a withdrawn acceptance too: its facts are other ones. In the order of the deals, whose locks it takes. */
const RAISE = `
insert into doubts (deal_id, kind, attempt, raised_by, detail)
select b.deal_id, k.kind, b.attempt, 'reconciliation', 'break #' || b.id from reconciliation_breaks b
  join jsonb_to_recordset(:doubtful::jsonb) as k(class text, kind text) on k.class = b.class
where b.id = any(:ids) and b.deal_id is not null and b.resolved_at is null order by b.deal_id, b.id
on conflict do nothing`;

const END = `
update doubts d set closed_at = clock_timestamp(), closed_by = 'matching'
where d.closed_at is null and d.raised_by = 'reconciliation' and not exists (select 1 from reconciliation_breaks b
  join jsonb_to_recordset(:doubtful::jsonb) as k(class text, kind text) on k.class = b.class
  where b.deal_id = d.deal_id and k.kind = d.kind and b.resolved_at is null)`;

/** Doubts the deals of the breaks that were found just now, by id, and ends what no open break doubts any more. */
export async function doubtFound(trx: Trx, found: readonly string[]): Promise<void> {
  const doubtful = JSON.stringify(DOUBTFUL);
  if (found.length > 0) await trx.raw(RAISE, { doubtful, ids: found as string[] });
  await trx.raw(END, { doubtful });
}

/** The operator's answer for the break settles what its deal was doubted for. */
export async function endAccepted(
  trx: Trx,
  { dealId, class: kind }: { readonly dealId: DealId | null; readonly class: BreakClass },
): Promise<void> {
  const doubt = doubtOfBreak(kind);
  if (dealId === null || doubt === null) return;
  const kinds: DoubtKind[] = kind === 'paid-after-failure' ? [doubt, 'paid-after-failure'] : [doubt];
  await endDoubts(trx, dealId, { kinds }, 'acceptance');
}
