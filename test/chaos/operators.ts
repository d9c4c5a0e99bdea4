/** The operators of a run: they give the orders of its plan (plan-orders.ts) as `npm run deal` would, and rule on what nobody else can decide. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine, type EngineAnswer } from '../../infra/temporal/deal-engine';
import * as messages from '../../workflows/deal/messages';
import type { DealId } from '../../workflows/domain/ids';
import { approvedOf } from '../fixtures/requests';
import { journalOf } from '../servers/sandboxes';
import { LAST_WORDS_MS } from './phone';
import type { OrderKind, OrderPlan } from './plan-orders';
import type { System } from './system';

const BY = { actor: 'operator:chaos', reason: 'chaos' } as const;
/** A card issuer that took a charge back decides so much later, ms. */
const VERDICT_AFTER_MS = 3_000;
/** An order whose answer did not come is given again after so long, ms. */
const AGAIN_AFTER_MS = 2_000;

interface Candidate {
  readonly id: DealId;
  readonly dealNo: string;
  readonly fee: number;
  /** Another verified account of the payer. */
  readonly otherRecipient: string | null;
}

/** Which deals could take an order of this kind now, as SQL over `deals d`. */
const COULD_TAKE: Readonly<Record<OrderKind, string>> = {
  release: `d.status = 'PAID' and d.waiting_reason = 'risk-review'`,
  refund: `(d.status = 'PAID' and d.waiting_reason = 'risk-review')
    or (d.status = 'TRANSFER_FAILED' and d.waiting_reason in ('retry-due', 'operator-needed'))`,
  retry: `d.status = 'TRANSFER_FAILED' and d.waiting_reason = 'retry-due'`,
  'correct-account': `d.status = 'TRANSFER_FAILED' and d.waiting_reason in ('retry-due', 'operator-needed')`,
  'refund-fee': `d.status = 'COMPLETED'`,
  chargeback: `d.status = 'COMPLETED' and not exists (select 1 from chargebacks c where c.deal_id = d.id)`,
};

/** A part of a fee that an operator was told is given back. */
interface FeePromise {
  readonly dealNo: string;
  readonly requestId: string;
  readonly amount: number;
}

export interface Office {
  /** Gives these orders; `startedAt` (epoch ms) is their plan's zero. Resolves when all are given and answered. */
  send(orders: readonly OrderPlan[], startedAt: number): Promise<void>;
  /** What was begun may be asked about for a minute more. */
  calm(): void;
  /**
   * After peace: gives the verdicts that are missing, and rules on the parts of fees that the PG contradicted itself about, by what the
   * PG's own list says.
   */
  settle(): Promise<void>;
  /** Orders by kind and answer. */
  readonly answers: ReadonlyMap<string, number>;
  /** Orders that were answered as carried out and are not, in words. */
  broken(): Promise<string[]>;
}

/** The operators' side of a run. */
export function openOffice({ config, client, db, sandboxes }: System): Office {
  const taskQueue = taskQueuesOf(config.temporal.taskQueue).deals;
  const engine = createDealEngine({ client, taskQueue, policy: config.policy });
  const answers = new Map<string, number>();
  const promised: FeePromise[] = [];
  let deadline = Number.POSITIVE_INFINITY;

  async function candidate({ kind, which }: OrderPlan): Promise<Candidate | undefined> {
    const { rows } = await db.raw<{ rows: (Omit<Candidate, 'fee'> & { fee: string })[] }>(
      `select d.id, d.deal_no as "dealNo", d.fee, (select a.id from bank_accounts a
         where a.user_id = d.user_id and a.id <> d.recipient_id and a.verified_at is not null limit 1) as "otherRecipient"
       from deals d where ${COULD_TAKE[kind]} order by md5(d.deal_no || :which) limit 1`,
      { which: `${which}` },
    );
    return rows[0] && { ...rows[0], fee: Number(rows[0].fee) };
  }

  const count = (kind: string, answer: string): void => {
    answers.set(`${kind}: ${answer}`, (answers.get(`${kind}: ${answer}`) ?? 0) + 1);
  };

  /** One order, given again until it is answered one way or the other: what is asked twice under one name is one order. */
  async function give(kind: string, order: () => Promise<EngineAnswer<void>>): Promise<EngineAnswer<void>['kind']> {
    for (;;) {
      const answer = await order().catch(() => ({ kind: 'unreachable' }) as const);
      count(kind, answer.kind);
      if (answer.kind !== 'pending' && answer.kind !== 'unreachable') return answer.kind;
      // An operator would look before ordering what has no name a second time.
      if (!isNamed(kind) || Date.now() > deadline) return answer.kind;
      await delay(AGAIN_AFTER_MS);
    }
  }

  async function refundFee(deal: Candidate, shareBps: number, requestId: string): Promise<void> {
    const amount = Math.max(1, Math.floor((deal.fee * shareBps) / 10_000));
    const request = { ...BY, amount, requestId };
    const order = () => engine.orderAfterEnd(deal.id, messages.refundFee, request);
    if ((await give('refund-fee', order)) === 'decided') promised.push({ dealNo: deal.dealNo, requestId, amount });
  }

  async function chargeback(deal: Candidate, isWon: boolean): Promise<void> {
    const reference = `CB-${randomUUID().slice(0, 8)}`;
    const note = (standing: 'open' | 'won' | 'lost') => () => {
      const told = { ...BY, standing, reference, evidence: 'mail of the PG' };
      return engine.orderAfterEnd(deal.id, messages.noteChargeback, told);
    };
    if ((await give('chargeback', note('open'))) !== 'decided') return;
    await delay(VERDICT_AFTER_MS);
    await give('verdict', note(isWon ? 'won' : 'lost'));
  }

  /** Verdicts that nobody gave: the answer to the opening had got lost, or came too late. */
  async function endDisputes(): Promise<void> {
    const forgotten: { deal_id: DealId; reference: string }[] = await db('chargebacks')
      .where({ status: 'OPEN' })
      .whereRaw(`opened_at < now() - interval '15 seconds'`)
      .select('deal_id', 'reference');
    for (const { deal_id: id, reference } of forgotten) {
      const lost = { ...BY, standing: 'lost', reference, evidence: 'mail of the PG' } as const;
      await give('verdict', () => engine.orderAfterEnd(id, messages.noteChargeback, lost));
    }
  }

  async function carryOut({ kind, manner, shareBps }: OrderPlan, deal: Candidate): Promise<void> {
    switch (kind) {
      case 'refund-fee': {
        const names = [randomUUID(), randomUUID()] as const;
        const requests = manner === 'once' ? [names[0]] : [names[0], manner === 'twice' ? names[0] : names[1]];
        await Promise.all(requests.map((requestId) => refundFee(deal, shareBps, requestId)));
        return;
      }
      case 'chargeback':
        return chargeback(deal, shareBps < 5_000);
      case 'correct-account': {
        const recipientId = deal.otherRecipient;
        if (recipientId === null) return;
        const request = await approvedOf(db, 'correct-account', deal.id, { recipientId });
        await give(kind, () => engine.order(deal.id, messages.correctAccount, { ...BY, recipientId, request }));
        return;
      }
      default: {
        const update = { release: messages.releaseDeal, refund: messages.refundDeal, retry: messages.retryTransfer };
        const orders = Array.from({ length: manner === 'once' ? 1 : 2 }, () =>
          give(kind, () => engine.order(deal.id, update[kind], BY)),
        );
        await Promise.all(orders);
      }
    }
  }

  return {
    answers,
    async send(orders, startedAt) {
      const play = async (order: OrderPlan) => {
        await delay(startedAt + order.atMs - Date.now());
        const deal = await candidate(order).catch(() => undefined); // PostgreSQL may be what is broken just now
        if (deal) await carryOut(order, deal);
        else count(order.kind, 'no such deal');
      };
      await Promise.all(orders.map(play));
    },
    calm() {
      deadline = Date.now() + LAST_WORDS_MS;
    },
    async settle() {
      await endDisputes();
      const contradicted: { id: DealId; order_id: string; n: number; amount: string; done: string }[] = await db(
        'refunds as r',
      )
        .join('payments as p', 'p.id', 'r.payment_id')
        .join('deals as d', 'd.id', 'r.deal_id')
        .where({ 'r.status': 'PENDING' })
        .whereNotNull('r.request_id')
        .whereNotNull('r.contradicted_at')
        .select('d.id', 'p.order_id', 'r.n', 'r.amount', 'p.refunded_amount as done');
      if (contradicted.length === 0) return;
      const journal = await journalOf(sandboxes.softpayment);
      for (const { id, order_id, n, amount, done } of contradicted) {
        const cancelled = journal
          .filter(({ kind, effect, orderId }) => kind === 'effect' && effect === 'cancelled' && orderId === order_id)
          .reduce((sum, entry) => sum + (entry.amount ?? 0), 0);
        const verdict = cancelled - Number(done) === Number(amount) ? 'done' : 'failed';
        const evidence = { evidence: `the PG cancelled ${cancelled} won`, evidenceAt: new Date().toISOString() };
        const ruled = { ...evidence, leg: 'refund', attempt: n, verdict } as const;
        const request = await approvedOf(db, 'rule', id, ruled);
        await give('rule', () => engine.order(id, messages.ruleOutcome, { ...BY, ...ruled, request }));
      }
    },
    async broken() {
      const rows: { request_id: string; status: string; amount: string }[] = await db('refunds')
        .whereNotNull('request_id')
        .select('request_id', 'status', 'amount');
      const known = new Map(rows.map((row) => [row.request_id, row]));
      return promised.flatMap(({ dealNo, requestId, amount }) => {
        const row = known.get(requestId);
        const holds = row?.status === 'DONE' && Number(row.amount) === amount;
        return holds
          ? []
          : [`${dealNo}: ${amount} won of its fee were given back, they said, and it is ${row?.status ?? 'no refund'}`];
      });
    },
  };
}

/** Orders that carry a name of their own: repeating one is safe, and gets the same answer. */
const isNamed = (kind: string): boolean => ['refund-fee', 'chargeback', 'verdict'].includes(kind);
