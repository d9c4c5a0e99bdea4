/** I9, the database's half: which deals need an open workflow. */
import type { Db } from '../connection';
import { onSnapshot } from './invariant';

/** A deal as I9 sees it. */
export interface Standing {
  readonly dealId: string;
  readonly dealNo: string;
  readonly status: string;
  /** Confirmed and not ended, or ended with a refund still to be made. */
  readonly needsRun: boolean;
  /** Since its row was last touched. */
  readonly quietForS: number;
}

const CONFIRMED = `(d.confirmed_at is not null or d.cancel_requested_at is not null)
  and d.status in ('PENDING', 'PAID', 'TRANSFERRING', 'TRANSFER_FAILED')`;
const OWES_REFUND = `
  select deal_id from refunds where status = 'PENDING' 
  union select deal_id from payments where late and status = 'PAID'`;
const STANDING = `d.id as "dealId", d.deal_no as "dealNo", d.status,
  (${CONFIRMED} or d.id in (${OWES_REFUND})) as "needsRun",
  extract(epoch from now() - d.updated_at)::float8 as "quietForS"`;

/** Every deal that needs an open workflow. */
export async function dealsThatNeedRun(db: Db): Promise<Standing[]> {
  return onSnapshot(db, async (trx) => {
    const sql = `select ${STANDING} from deals d where ${CONFIRMED} or d.id in (${OWES_REFUND})`;
    return (await trx.raw<{ rows: Standing[] }>(sql)).rows;
  });
}

/** How these deals stand now; an id without a deal is left out. */
export async function standingsOf(db: Db, dealIds: readonly string[]): Promise<Standing[]> {
  return onSnapshot(db, async (trx) => {
    const sql = `select ${STANDING} from deals d where d.id = any(:dealIds::uuid[])`;
    return (await trx.raw<{ rows: Standing[] }>(sql, { dealIds })).rows;
  });
}
