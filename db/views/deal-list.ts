/** A payer's deals as a list, and what all of it comes to. */
import type { Knex } from 'knex';
import { isDealNo } from '../../workflows/domain/deal-no';
import type { DealState } from '../../workflows/domain/deal-state';
import { parseWon, type Won } from '../../workflows/domain/money';
import type { Db } from '../connection';
import type { Page, PageRequest } from '../cursor';
import { type DealView, listDealViews } from './payer-deals';

/** Which of the payer's deals; what is absent narrows nothing. */
interface DealFilter {
  readonly states?: readonly DealState[] | undefined;
  /** Made at this instant or later. */
  readonly since?: Date | undefined;
  /** Made before this instant. */
  readonly until?: Date | undefined;
  /** The number of a deal, or a part of its purpose, whatever the case. */
  readonly text?: string | undefined;
  /** Beside the text: deals for these recipients are found too. */
  readonly recipientIds?: readonly string[] | undefined;
}

interface DealTotals {
  readonly count: number;
  readonly principal: Won;
  readonly fee: Won;
  readonly total: Won;
}

/** The sums of the filtered deals, all of them; RangeError beyond the safe integers. */
export async function dealTotals(db: Db, userId: string, filter: DealFilter): Promise<DealTotals> {
  const query = db('deals').where({ user_id: userId });
  narrow(query, filter);
  const sums = ['principal', 'fee', 'total'].map((name) => db.raw('coalesce(sum(??), 0) as ??', [name, name]));
  const row = await query.first(db.raw('count(*) as count'), ...sums);
  return {
    count: Number(row.count),
    principal: parseWon(row.principal),
    fee: parseWon(row.fee),
    total: parseWon(row.total),
  };
}

/** A page of the filtered deals, newest first. */
export async function listDeals(
  db: Db,
  userId: string,
  { filter, ...page }: PageRequest & { readonly filter: DealFilter },
): Promise<Page<DealView>> {
  return listDealViews(db, userId, { ...page, narrow: (query) => narrow(query, filter) });
}

function narrow(query: Knex.QueryBuilder, { states, since, until, text, recipientIds = [] }: DealFilter): void {
  if (states) query.whereIn('deals.status', states);
  if (since) query.where('deals.created_at', '>=', since);
  if (until) query.where('deals.created_at', '<', until);
  if (text === undefined) return;
  if (isDealNo(text.toUpperCase())) query.where('deals.deal_no', text.toUpperCase());
  else
    query.where((found) => {
      found.whereRaw(`deals.purpose ilike ? escape '!'`, [`%${text.replace(/[!%_]/g, '!$&')}%`]);
      if (recipientIds.length > 0) found.orWhereIn('deals.recipient_id', recipientIds);
    });
}
