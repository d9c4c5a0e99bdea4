/** Doubts that breaks are (workflows/domain/breaks.ts): raised when one is found, ended with it. */

import { BREAK_KINDS, type BreakClass, doubtOfBreak } from '../../workflows/domain/breaks';
import { DOUBTS } from '../../workflows/domain/doubts';
import type { DealId } from '../../workflows/domain/ids';
import type { Trx } from '../connection';
import { endDoubts } from '../doubts';

const OF_THE_CHARGE: readonly string[] = ['standing-charge', 'refund'];
const DOUBTFUL = (Object.keys(BREAK_KINDS) as BreakClass[]).flatMap((kind) => {
  const doubt = doubtOfBreak(kind);
  return doubt ? [{ class: kind, kind: doubt, standing: OF_THE_CHARGE.includes(DOUBTS[doubt].about) }] : [];
});

/**
 * Of an attempt that is not the standing charge a break doubts nothing else. In the order of the deals, whose locks it
 * takes.
 */
const RAISE = `
insert into doubts (deal_id, kind, attempt, raised_by, break_id)
select b.deal_id, case when k.standing and (p.late or p.status = 'FAILED') then 'second-charge' else k.kind end,
  b.attempt, 'reconciliation', b.id
from reconciliation_breaks b
  join jsonb_to_recordset(:doubtful::jsonb) as k(class text, kind text, standing boolean) on k.class = b.class
  left join payments p on p.deal_id = b.deal_id and p.attempt = b.attempt
where b.id = any(:ids) and b.deal_id is not null and b.resolved_at is null order by b.deal_id, b.id
on conflict do nothing`;

const END = `
update doubts d set closed_at = clock_timestamp(), closed_by = 'matching' from reconciliation_breaks b
where d.closed_at is null and b.id = d.break_id and b.resolved_at is not null`;

/** Doubts the deals of the breaks that were found just now, by id, and ends the doubts whose breaks have ended. */
export async function doubtFound(trx: Trx, found: readonly string[]): Promise<void> {
  if (found.length > 0) await trx.raw(RAISE, { doubtful: JSON.stringify(DOUBTFUL), ids: found as string[] });
  await trx.raw(END);
}

interface AcceptedBreak {
  readonly id: number;
  readonly dealId: DealId | null;
  readonly class: BreakClass;
}

/** The operator's answer for the break settles what its deal was doubted for, by whatever channel that was told. */
export async function endAccepted(trx: Trx, { id, dealId, class: kind }: AcceptedBreak): Promise<void> {
  const doubt = doubtOfBreak(kind);
  if (dealId === null || doubt === null) return;
  const doubts = trx('doubts').where({ break_id: id }).whereNull('closed_at');
  await doubts.update({ closed_at: trx.raw('clock_timestamp()'), closed_by: 'acceptance' });
  const told = kind === 'paid-after-failure' ? ([doubt, 'paid-after-failure'] as const) : [doubt];
  const isLast =
    (await trx('doubts')
      .where({ deal_id: dealId, kind: doubt })
      .whereNull('closed_at')
      .whereNotNull('break_id')
      .first('id')) === undefined;
  if (isLast) await endDoubts(trx, dealId, { kinds: told }, 'acceptance');
}
