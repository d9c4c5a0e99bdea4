/**
 * An order of an operator: what it takes, checked by its schema, and what carries it out. `npm run deal` and `npm run
 * reconcile` give these, and a route gives the same ones: its body is `input`, its answer comes from `OrderAnswer`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../../db/connection';
import { factsOf, findAdminDeal } from '../../db/views/admin-deal';
import { dealStanding, findDeal } from '../../db/views/operator-deals';
import type { DealEngine, EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import type { DealId } from '../../workflows/domain/ids';
import { type OperatorAction, whyNotAction } from '../../workflows/domain/operator-actions';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import type { z } from '../http/zod';

export interface OperatorDeps {
  readonly db: Db;
  /** Asked for when an order goes through a deal's workflow, and not before: the others work while Temporal is away. */
  engine(): Promise<DealEngine>;
}

/** Who gives an order: the operator's handle; of two people its maker's, and the request that was approved. */
export interface By {
  readonly operator: string;
  readonly request?: string | undefined;
  /** Of one operator's order over the API: the same key is one order, also when its answer came too late. */
  readonly orderKey?: string | undefined;
}

/**
 * An order was carried out, asked for (`requested`: nothing happens before another operator approves it), or
 * (`refused`) understood and not carried out. `words` are for the operator, and hold no personal data.
 */
export type OrderAnswer = Outcome | Requested;
/** Of what was tried. */
export type Outcome = Done | Refusal;

interface Done {
  readonly kind: 'done';
  readonly words: string;
  /** For whoever gave the order, or approved it, and for nobody else: it is in no audit. */
  readonly token?: string;
}

export interface Requested {
  readonly kind: 'requested';
  readonly requestId: string;
  readonly words: string;
}

export interface Refusal {
  readonly kind: 'refused';
  /**
   * `no-right`: the operator's role does not hold it. `not-found`: what it names is not there. `not-now`: it does not
   * fit what the deal, or the house, is at. `pending`: nobody knows yet whether it was carried out. `unreachable`:
   * nothing was changed, and repeating is safe.
   */
  readonly why: 'no-right' | 'not-found' | 'not-now' | 'pending' | 'unreachable';
  readonly words: string;
}

/** What an order is about, and what that looks like now. */
export interface Subject {
  readonly kind: string;
  /** Null: the whole system. */
  readonly id: string | null;
  readonly state: object | null;
  /** The deal that it is about, if any. */
  readonly dealId?: DealId | undefined;
}

export interface Order<I = unknown, B extends By = By> {
  /** As operators, and the audit, name it. */
  readonly name: string;
  /** Who gives it holds this. */
  readonly right: OperatorRight;
  readonly input: z.ZodType<I>;
  /** It can pay twice, or books money that moved by hand: two different people give it, always or of such a subject. */
  readonly two?: true | ((subject: Subject) => boolean);
  /**
   * For the audit, before and after; without personal data. What two people give is approved while this is as it was
   * when it was asked for.
   */
  look(db: Db, by: B, input: I): Promise<Subject>;
  /** Of what two people give: what can be answered before anybody approves it; undefined: nothing stands against it. */
  judge?(db: Db, by: B, input: I): Promise<Outcome | undefined>;
  /** Of an operator who may: `give` asks, and audits. */
  carryOut(deps: OperatorDeps, by: B, input: I): Promise<Outcome>;
}

/** An order about one deal. */
export type DealOrder<I = unknown> = Order<I, By & { readonly dealNo: string }>;

/** Of an order about one deal. */
export async function lookAtDeal(db: Db, { dealNo }: { readonly dealNo: string }): Promise<Subject> {
  const { id: dealId, ...state } = (await dealStanding(db, dealNo)) ?? {};
  return { kind: 'deal', id: dealNo, state: dealId ? state : null, dealId };
}

/** Whether what an order is about is as its maker saw it, who has it from a row. */
export const isAsSeen = (seen: object | null, state: object | null): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(state)), seen);

export const done = (words: string, token?: string): Outcome => ({ kind: 'done', words, ...(token && { token }) });
export const refused = (why: Refusal['why'], words: string): Refusal => ({ kind: 'refused', why, words });
export const noSuchDeal = (dealNo: string): Refusal => refused('not-found', `there is no deal ${dealNo}`);

/** As the stories of deals and breaks name an operator. */
export const actorOf = ({ operator }: By): string => `operator:${operator}`;

/** Who orders it and why, as the workflow and the rows have it. */
export const actionBy = (by: By, reason: string): ActionBy => ({
  ...{ actor: actorOf(by), reason },
  ...(by.request !== undefined && { request: by.request }),
  ...(by.orderKey !== undefined && { orderKey: by.orderKey }),
});

/** What the workflow's answer is for an operator; `words` when it carried the order out. */
export function answerOf(answer: EngineAnswer<void>, words: string): Outcome {
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

interface Told<I> extends Pick<Order<I>, 'right' | 'input' | 'two'> {
  readonly name: OperatorAction;
  /** Tells the deal's workflow. */
  tell(engine: DealEngine, dealId: DealId, order: I & ActionBy): Promise<EngineAnswer<void>>;
}

/**
 * An order that the workflow of a deal carries out, or refuses in words. A quote that was never confirmed has no
 * workflow.
 */
export function workflowOrder<I extends { readonly reason: string }>(told: Told<I>): DealOrder<I> {
  const { name, right, two, input, tell } = told;
  return {
    ...{ name, right, input, look: lookAtDeal, ...(two && { two }) },
    async judge(db, { dealNo }) {
      const deal = await findDeal(db, dealNo);
      if (!deal) return noSuchDeal(dealNo);
      const whole = await findAdminDeal(db, deal.id);
      const why = whole && whyNotAction(name, factsOf(whole));
      return why ? refused('not-now', `not now: the deal is ${whole.deal.status}; ${why}`) : undefined;
    },
    async carryOut({ db, engine }, by, given) {
      const { dealNo } = by;
      const deal = await findDeal(db, dealNo);
      if (!deal) return noSuchDeal(dealNo);
      if (!deal.confirmed) return refused('not-now', 'the payer never confirmed it: there is nothing to order');
      const { evidenceId: _, ...told } = given as I & { readonly evidenceId?: string }; // of the request and the audit
      const answer = await tell(await engine(), deal.id, { ...(told as I), ...actionBy(by, given.reason) });
      return answerOf(answer, `${dealNo}: ${name} accepted`);
    },
  };
}
