/** Finding a payer's deal, and what every route of a deal checks first. */
import type { Request } from 'express';
import type { Db } from '../../db/connection';
import { type DealView, findDealView } from '../../db/views/payer-deals';
import type { DealHeader } from '../../infra/temporal/deal-engine';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { amountBandOf } from '../../workflows/domain/deal-header';
import { namesVersion } from '../http/if-match';
import { Problem } from '../http/problem';

/** The payer's deal; `not-found` for an unknown one and for another payer's alike. */
export async function ownedDeal(db: Db, userId: string, dealId: string): Promise<DealView> {
  const deal = await findDealView(db, userId, dealId);
  if (!deal) throw new Problem('not-found');
  return deal;
}

/** Honours `If-Match` when it is sent: `version-mismatch` unless it names the deal's version. */
export function requireVersion(req: Request, { version }: DealView): void {
  const wanted = req.get('if-match');
  if (wanted !== undefined && !namesVersion(wanted, version)) throw new Problem('version-mismatch');
}

/** What the engine needs to start the deal's workflow. */
export function dealHeaderOf(deal: DealView): DealHeader {
  return {
    dealId: deal.id,
    dealNo: deal.dealNo,
    payerId: deal.userId,
    createdDay: kstDayOf(deal.createdAt),
    amountBand: amountBandOf(deal.principal),
  };
}
