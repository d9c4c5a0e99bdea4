/**
 * What the books of a money event are to be: the postings of
 * the domain for the row that the event's key names, or none.
 */
import type { TransferState } from '../../workflows/domain/deal-state';
import type { Quote } from '../../workflows/domain/fees';
import {
  chargePostings,
  directPayoutPostings,
  type Posting,
  refundPostings,
  returnPostings,
  transferIntentPostings,
} from '../../workflows/domain/ledger';
import { parseWon, subtractWon, type Won } from '../../workflows/domain/money';
import type { Trx } from '../connection';

const CHARGED = ['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED'];

/** Expected postings of the event, e.g. `charge:<orderId>`; empty when no row of ours posts it. */
export function expectedOf(trx: Trx, key: string): Promise<Posting[]> {
  const [kind, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
  if (kind === 'charge') return ofCharge(trx, name);
  if (kind === 'refund') return ofRefund(trx, name);
  if (kind === 'transfer') return ofTransfer(trx, name, TRANSFERRED);
  if (kind === 'return') return ofTransfer(trx, name, { RETURNED: returnPostings });
  throw new Error(`no row is behind a journal ${kind}`);
}

async function ofCharge(trx: Trx, orderId: string): Promise<Posting[]> {
  const row = await trx('payments as p')
    .join('deals as d', 'd.id', 'p.deal_id')
    .where('p.order_id', orderId)
    .whereIn('p.status', CHARGED)
    .first('d.principal', 'd.fee', 'd.total');
  if (!row) return [];
  const quote: Quote = { principal: parseWon(row.principal), fee: parseWon(row.fee), total: parseWon(row.total) };
  return chargePostings(quote);
}

async function ofRefund(trx: Trx, refundKey: string): Promise<Posting[]> {
  const row = await trx('refunds as r')
    .join('payments as p', 'p.id', 'r.payment_id')
    .where({ 'r.idempotency_key': refundKey, 'r.status': 'DONE' })
    .first(
      ...['r.principal', 'r.fee', 'p.amount'],
      trx.raw(`(select coalesce(sum(e.amount), 0)::int8 from refunds e
        where e.payment_id = r.payment_id and e.status = 'DONE' and e.n < r.n) as earlier`),
    );
  if (!row) return [];
  const remaining = subtractWon(parseWon(row.amount), parseWon(row.earlier));
  return refundPostings({ principal: parseWon(row.principal), fee: parseWon(row.fee), remaining });
}

type ByState = Partial<Readonly<Record<TransferState, (amount: Won) => Posting[]>>>;

/**
 * All that a transfer's journals leave behind, whichever of them there are: on its way while it is undecided, out of
 * the float once it arrived, nothing when it failed.
 */
const TRANSFERRED: ByState = {
  PENDING: transferIntentPostings,
  PROCESSING: transferIntentPostings,
  COMPLETED: directPayoutPostings,
  RETURNED: directPayoutPostings,
};

async function ofTransfer(trx: Trx, reference: string, byState: ByState): Promise<Posting[]> {
  const row: { status: TransferState; amount: string } | undefined = await trx('transfers')
    .where({ reference })
    .first('status', 'amount');
  return (row && byState[row.status]?.(parseWon(row.amount))) ?? [];
}
