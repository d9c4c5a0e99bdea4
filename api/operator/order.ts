/**
 * An order of an operator: what it takes, checked by its schema, and what carries it out. `npm run deal` and `npm run
 * reconcile` give these, and a route gives the same ones: its body is `input`, its answer comes from `OrderAnswer`.
 */
import type { Db } from '../../db/connection';
import { findDeal } from '../../db/views/operator-deals';
import type { DealEngine, EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
import type { z } from '../http/zod';

export interface OperatorDeps {
  readonly db: Db;
  /** Asked for when an order goes through a deal's workflow, and not before: the others work while Temporal is away. */
  engine(): Promise<DealEngine>;
}

/** Who gives an order: the operator's name, checked by `operatorName`. */
export interface By {
  readonly operator: string;
}

/**
 * An order was carried out, or (`refused`) understood and not carried out. `words` are for the operator, and hold no
 * personal data.
 */
type OrderAnswer = { readonly kind: 'done'; readonly words: string } | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  /**
   * `not-found`: what it names is not there. `not-now`: it does not fit what the deal, or the house, is at. `pending`:
   * nobody knows yet whether it was carried out. `unreachable`: nothing was changed, and repeating is safe.
   */
  readonly why: 'not-found' | 'not-now' | 'pending' | 'unreachable';
  readonly words: string;
}

export interface Order<I = unknown, B extends By = By> {
  readonly input: z.ZodType<I>;
  carryOut(deps: OperatorDeps, by: B, input: I): Promise<OrderAnswer>;
}

/** An order about one deal. */
export type DealOrder<I = unknown> = Order<I, By & { readonly dealNo: string }>;

export const done = (words: string): OrderAnswer => ({ kind: 'done', words });
export const refused = (why: Refusal['why'], words: string): Refusal => ({ kind: 'refused', why, words });
export const noSuchDeal = (dealNo: string): Refusal => refused('not-found', `there is no deal ${dealNo}`);

/** As the stories of deals and breaks name an operator. */
export const actorOf = ({ operator }: By): string => `operator:${operator}`;

/** What the workflow's answer is for an operator; `words` when it carried the order out. */
export function answerOf(answer: EngineAnswer<void>, words: string): OrderAnswer {
  switch (answer.kind) {
    case 'decided':
      return done(words);
    case 'refused':
      return refused('not-now', answer.message);
    case 'closed':
      return refused('not-now', 'the deal has ended');
    case 'pending':
      return refused('pending', 'the engine has not answered yet; look with "show" before you repeat it');
    case 'unreachable':
      return refused('unreachable', 'Temporal does not take it just now; nothing was changed');
  }
}

interface Told<I> {
  /** As operators name it. */
  readonly name: string;
  readonly input: z.ZodType<I>;
  /** Tells the deal's workflow. */
  tell(engine: DealEngine, dealId: DealId, order: I & ActionBy): Promise<EngineAnswer<void>>;
}

/**
 * An order that the workflow of a deal carries out, or refuses in words. A quote that was never confirmed has no
 * workflow.
 */
export function workflowOrder<I extends { readonly reason: string }>({ name, input, tell }: Told<I>): DealOrder<I> {
  return {
    input,
    async carryOut({ db, engine }, { operator, dealNo }, given) {
      const deal = await findDeal(db, dealNo);
      if (!deal) return noSuchDeal(dealNo);
      if (!deal.confirmed) return refused('not-now', 'the payer never confirmed it: there is nothing to order');
      const answer = await tell(await engine(), deal.id, { ...given, actor: actorOf({ operator }) });
      return answerOf(answer, `${dealNo}: ${name} accepted`);
    },
  };
}
