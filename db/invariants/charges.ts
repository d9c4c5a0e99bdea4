/** I2 and I5: at most one standing charge per deal, made for its quote; refunds within what was charged. */
import type { Invariant } from './invariant';

const CHARGED = `('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')`;

/**
 * What the state of a deal says of its own charge; late charges stand
 * beside it. One lost to the card issuer is not refunded again.
 */
const CHARGE_OF_STATE = `case d.status
  when 'PENDING' then coalesce(p.paid, 0) = 0 or d.cancel_requested_at is not null
  when 'CANCELLED' then coalesce(p.live, 0) = 0
  when 'REFUNDED' then (p.live = 0 and p.refunded = 1)
    or exists (select 1 from chargebacks b where b.deal_id = d.id and b.status = 'LOST')
  else p.live = 1 and p.paid = 1 end`;

export const CHARGE_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I2',
    name: 'one-standing-charge',
    law: 'a deal has at most one charge that stands or may stand (late ones are given back beside it)',
    over: 'payments',
    breaks: `
      select p.deal_id as "dealId", d.deal_no as "dealNo", format('%s charges stand or may stand', p.n) as fact
      from (select deal_id, count(*) as n from payments where status in ('PENDING', 'PAID', 'PARTIALLY_REFUNDED')
        and not late
            group by deal_id having count(*) > 1) p join deals d on d.id = p.deal_id`,
  },
  {
    id: 'I2',
    name: 'charges-fit-their-deal',
    law: 'a charge is of the quoted total, by a card of the payer, under the key of its attempt, and can be refunded',
    over: 'payments',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('charge %s (%s) does not fit', p.order_id, p.status) as fact
      from payments p join deals d on d.id = p.deal_id join cards c on c.id = p.card_id
      where p.amount <> d.total or p.order_id <> d.deal_no || '-' || p.attempt or c.user_id <> d.user_id
        or (p.status in ${CHARGED} and p.payment_key is null) or (p.status <> 'FAILED' and p.sent_at is null)
        or (p.status <> 'PENDING' and p.decided_at is null) or d.confirmed_at is null`,
  },
  {
    id: 'I2',
    name: 'charge-attempts-in-turn',
    law: 'charge attempts are numbered from 1 without a gap, each after a definite no',
    over: 'payments',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo", a.fact
      from (select deal_id, format('%s attempts, numbered up to %s', count(*), max(attempt)) as fact
            from payments group by deal_id having count(*) <> max(attempt) or min(attempt) <> 1
            union all
            select p.deal_id, format('attempt %s followed one that is %s', p.attempt, before.status)
            from payments p join payments before on before.deal_id = p.deal_id and before.attempt = p.attempt - 1
            where before.status <> 'FAILED' and not before.late) a
      join deals d on d.id = a.deal_id`,
  },
  {
    id: 'I2',
    name: 'deal-and-charge-agree',
    law: 'a deal is paid exactly when its charge stands, refunded exactly when it was given back',
    over: 'deals',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('%s with %s paid, %s live and %s refunded charges', d.status, coalesce(p.paid, 0), coalesce(p.live, 0),
          coalesce(p.refunded, 0)) as fact
      from deals d left join (
        select deal_id, count(*) filter (where status in ('PAID', 'PARTIALLY_REFUNDED')) as paid,
          count(*) filter (where status in ('PENDING', 'PAID', 'PARTIALLY_REFUNDED')) as live,
          count(*) filter (where status = 'REFUNDED') as refunded
        from payments where not late group by deal_id) p on p.deal_id = d.id
      where (${CHARGE_OF_STATE}) is not true`,
  },
  {
    id: 'I5',
    name: 'refunds-within-charge',
    law: 'given back of a charge is the sum of its refunds, never more than the charge; all is principal and fee',
    over: 'payments',
    breaks: `
      select p.deal_id as "dealId", d.deal_no as "dealNo",
        format('charge %s of %s (%s): %s given back, refunds done %s, undecided %s', p.order_id, p.amount, p.status,
          p.refunded_amount, coalesce(r.done, 0), coalesce(r.pending, 0)) as fact
      from payments p join deals d on d.id = p.deal_id
      left join (select payment_id, coalesce(sum(amount) filter (where status = 'DONE'), 0) as done,
          coalesce(sum(amount) filter (where status = 'PENDING'), 0) as pending,
          coalesce(sum(principal) filter (where status = 'DONE'), 0) as principal,
          coalesce(sum(fee) filter (where status = 'DONE'), 0) as fee
        from refunds group by payment_id) r on r.payment_id = p.id
      where p.refunded_amount <> coalesce(r.done, 0) or coalesce(r.done + r.pending, 0) > p.amount
        or (p.refunded_amount > 0) <> (p.status in ('REFUNDED', 'PARTIALLY_REFUNDED'))
        or (p.refunded_amount = p.amount) <> (p.status = 'REFUNDED')
        or coalesce(r.fee, 0) > d.fee
        or coalesce(r.principal, 0) <> case when p.status = 'REFUNDED' then d.principal else 0 end`,
  },
  {
    id: 'I5',
    name: 'refunds-fit-their-deal',
    law: 'a refund is of a charge of its deal, of its whole principal or of fee alone, in turn, under its own key',
    over: 'refunds',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('refund %s (%s) does not fit', r.idempotency_key, r.status) as fact
      from (select *, row_number() over (partition by deal_id order by n) as turn from refunds) r
      join payments p on p.id = r.payment_id join deals d on d.id = r.deal_id
      where r.idempotency_key <> d.deal_no || '-R' || r.n or r.turn <> r.n or p.deal_id <> r.deal_id
        or r.amount <> r.principal + r.fee or r.principal not in (0, d.principal)
        or (p.payment_key is null and r.status <> 'REJECTED')`,
  },
  {
    id: 'I5',
    name: 'one-undecided-refund',
    law: 'refunds of one charge follow one another',
    over: 'refunds',
    breaks: `
      select r.deal_id as "dealId", d.deal_no as "dealNo", format('%s refunds are undecided', r.n) as fact
      from (select deal_id, payment_id, count(*) as n from refunds where status = 'PENDING' group by deal_id, payment_id
            having count(*) > 1) r join deals d on d.id = r.deal_id`,
  },
  {
    id: 'I5',
    name: 'disputes-within-charge',
    law: 'the card issuer takes back no more than what was not refunded, and nothing is refunded beside it',
    over: 'chargebacks',
    breaks: `
      select d.id as "dealId", d.deal_no as "dealNo",
        format('chargeback %s (%s) of %s, charge of %s with %s given back', b.reference,
        b.status, b.amount, p.amount, p.refunded_amount) as fact
      from chargebacks b join payments p on p.id = b.payment_id join deals d on d.id = b.deal_id
      where b.status <> 'WON' and (b.amount + p.refunded_amount > p.amount or p.deal_id <> b.deal_id
        or exists (select 1 from refunds r where r.payment_id = p.id and r.status = 'PENDING'))`,
  },
];
