/** The beginning that many stories share: a payer, a card, a recipient and a deal between them. */
import type { DealHeader } from '../../infra/deal-engine';
import type { WaitReason } from '../../workflows/domain/deal-state';
import type { DealId } from '../../workflows/domain/ids';
import type { House } from './house';
import { operatorOf, workflowOf, workflowWaits } from './operator';
import { type Answer, accountEnding, cardEnding, type DealView, type Payer } from './payer';
import { poll } from './poll';

export interface Cast {
  /** Last four digits; default an ordinary card. */
  readonly card?: string;
  /** Last four digits; default an ordinary account. */
  readonly account?: string;
  /** Default a bank that never closes. */
  readonly bankCode?: string;
  /** Won; default 100,000. */
  readonly principal?: number;
}

export interface Story {
  readonly payer: Payer;
  readonly id: DealId;
  readonly dealNo: string;
  readonly total: number;
  readonly cardId: string;
  readonly accountNumber: string;
  readonly recipientId: string;
  readonly operator: ReturnType<typeof operatorOf>;
  readonly workflow: ReturnType<typeof workflowOf>;
  /** Until the workflow itself waits for this. */
  waits(reason: WaitReason): Promise<void>;
}

/** High enough that a new member's deal is held for review, won. */
export const REVIEWED = 1_000_000;

/** A deal that is ready to be confirmed. */
export async function prepareDeal(
  house: House,
  { card = '1234', account = '1234', bankCode, principal }: Cast = {},
): Promise<Story> {
  const payer = await house.payer();
  const accountNumber = accountEnding(account);
  const [cardId, recipientId] = await Promise.all([
    payer.registerCard(cardEnding(card)),
    payer.addRecipient(accountNumber, bankCode),
  ]);
  const { id, dealNo, total } = await payer.createDeal(recipientId, principal);
  return {
    payer,
    id: id as DealId,
    dealNo,
    total,
    cardId,
    accountNumber,
    recipientId,
    operator: operatorOf(house, id),
    workflow: workflowOf(house, id),
    waits: (reason) => workflowWaits(house, id, reason),
  };
}

/** With which its run is begun past the API. */
export const headerOf = ({ id, dealNo, payer }: Story): DealHeader => ({
  ...{ dealId: id, dealNo, payerId: payer.userId },
  ...{ createdDay: '2026-01-01', amountBand: '<1M' },
});

/** Until the engine has a run of the deal, whether or not anybody works on it. */
export async function untilBegun({ workflow }: Story): Promise<void> {
  await poll(
    () => workflow.describe().catch(() => null),
    (run) => run !== null,
    { what: 'the run is begun' },
  );
}

/** Confirms without waiting for the answer: it may stay away for long, and longer than the house. */
export function beginConfirm({ payer, id, cardId }: Story): Promise<Answer<DealView & { code?: string }>> {
  const answer = payer.confirm(id, cardId);
  answer.catch(() => undefined);
  return answer;
}

/** A confirmed deal whose workflow waits for this. */
export async function waitingDeal(house: House, reason: WaitReason, cast: Cast = {}): Promise<Story> {
  const story = await prepareDeal(house, cast);
  void beginConfirm(story);
  await story.waits(reason);
  return story;
}
