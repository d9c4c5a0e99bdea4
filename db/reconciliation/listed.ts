/** Transfers of which the stored bank lists say what their deals do not know. */

import type { DealId } from '../../workflows/domain/ids';
import { CARRY_OVER_MS } from '../../workflows/domain/reconciliation';
import type { Db } from '../connection';
import { lockDeal } from '../deals';
import { raiseDoubt } from '../doubts';
import { TOLD_BY_LINE } from './match-transfers';
import { unprovenTransfer } from './proof';

/** A payout beside another one stays in the list, and people were told of it. */
const TO_TELL = `
select t.deal_id as "dealId", t.attempt, ${TOLD_BY_LINE.late} as late
from bank_lines l join transfers t on t.reference = l.reference
where l.trading_date = any(:days::date[]) and (${TOLD_BY_LINE.decided} or ${TOLD_BY_LINE.returned}
  or (${TOLD_BY_LINE.late} and not exists (select 1 from doubts x where x.deal_id = t.deal_id
    and x.kind = 'paid-after-failure' and coalesce(x.attempt, t.attempt) = t.attempt)))
union
select u.deal_id, u.attempt, false from transfers u
where u.trading_date = any(:days::date[]) and u.status in ('PENDING', 'PROCESSING')
  and not exists (select 1 from bank_lines l where l.reference = u.reference)
  and ${unprovenTransfer('u.reference', 'u.trading_date')} is null`;

/** A transfer about which its deal has to ask. */
export interface Listed {
  readonly dealId: DealId;
  readonly attempt: number;
  /** It counts as failed, and the list has it paid. */
  readonly late: boolean;
}

/** What the list says against the row is in doubt from now on; judged again under the deal's lock. */
export async function doubtListed(db: Db, { dealId, attempt }: Listed): Promise<void> {
  await db.transaction(async (trx) => {
    await lockDeal(trx, dealId);
    const { rows } = await trx.raw(
      `select 1 from bank_lines l join transfers t on t.reference = l.reference
       where t.deal_id = :dealId and t.attempt = :attempt and ${TOLD_BY_LINE.late}`,
      { dealId, attempt },
    );
    if (rows.length > 0) await raiseDoubt(trx, { dealId, kind: 'transfer-claimed', attempt, raisedBy: 'list' });
  });
}

/** Of the lists of these days (`YYYY-MM-DD`): presence counts at once, absence once the list is complete. */
export async function transfersToTell(db: Db, days: readonly string[]): Promise<Listed[]> {
  const { rows } = await db.raw<{ rows: Listed[] }>(TO_TELL, {
    ...{ days: [...days], carry: `${CARRY_OVER_MS / 1_000} seconds` },
    settled: '0 seconds', // of the other list
  });
  return rows;
}
