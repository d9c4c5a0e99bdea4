/** One deal on the stage: made over the API, confirmed with a policy of its own, and watched through its workflow. */
import type { UpdateDefinition, WorkflowHandle } from '@temporalio/client';
import { taskQueuesOf } from '../../infra/temporal/client';
import { createDealEngine, type DealEngine, type DealHeader } from '../../infra/temporal/deal-engine';
import { dealView } from '../../workflows/deal/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import { amountBandOf } from '../../workflows/domain/deal-header';
import type { DealState, WaitReason } from '../../workflows/domain/deal-state';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import { won } from '../../workflows/domain/money';
import type { RequestKind } from '../../workflows/domain/operator-requests';
import type { DealPolicy } from '../../workflows/domain/policy';
import { DEVICE } from '../fixtures/device';
import { ALWAYS_OPEN_BANK, accountEnding, cardEnding, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { approvedOf } from '../fixtures/requests';
import type { House } from '../servers/house';

export interface Cast {
  /** Last four digits; default an ordinary card. */
  readonly card?: string;
  /** Last four digits; default an ordinary account. */
  readonly account?: string;
  readonly bankCode?: string;
  /** Won; default 100,000. */
  readonly principal?: number;
  /** The deal's durations. */
  readonly policy: DealPolicy;
}

/** How long a confirm or a cancel is listened to; by itself the deal goes on. */
const LISTEN_MS = 3_000;

export class StagedDeal {
  private readonly asked: Promise<unknown>[] = [];

  private constructor(
    readonly house: House,
    readonly payer: Payer,
    readonly header: DealHeader,
    private readonly firstCard: string,
    readonly engine: DealEngine,
    readonly handle: WorkflowHandle,
  ) {}

  static async make(house: House, { card, account, bankCode, principal = 100_000, policy }: Cast): Promise<StagedDeal> {
    const payer = await house.payer();
    const cardId = await payer.registerCard(cardEnding(card ?? '1234'));
    const recipient = await payer.addRecipient(accountEnding(account ?? '1234'), bankCode ?? ALWAYS_OPEN_BANK);
    const { id, dealNo } = await payer.createDeal(recipient, principal);
    const dealId = id as DealId;
    const createdDay = kstDayOf(new Date());
    const header = { dealId, dealNo, payerId: payer.userId, createdDay, amountBand: amountBandOf(won(principal)) };
    const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).deals;
    const engine = createDealEngine({ client: house.client, taskQueue, policy });
    return new StagedDeal(
      house,
      payer,
      header,
      cardId,
      engine,
      house.client.workflow.getHandle(dealWorkflowIdOf(dealId)),
    );
  }

  /** Sends the confirm of this attempt and does not wait for its answer. */
  confirm(attempt = 1, cardId = this.firstCard): void {
    const request = { attempt, cardId, ...DEVICE };
    this.asked.push(this.engine.confirm(this.header, request, LISTEN_MS));
  }

  cancel(): void {
    this.asked.push(this.engine.cancel(this.header, { actor: 'payer', reason: 'by the payer' }, LISTEN_MS));
  }

  /** Until nobody waits for an answer of this deal any more. */
  async silence(): Promise<void> {
    await Promise.allSettled(this.asked);
  }

  /** An operator's order; `args` without who and why. */
  order<T extends object>(update: UpdateDefinition<void, [T]>, args: object = {}): Promise<void> {
    const asked = { ...args, actor: 'operator:1', reason: 'recorded' } as unknown as T;
    return this.handle.executeUpdate(update, { args: [asked] });
  }

  /** The same of a deal that has ended; listened to for a while only. */
  async orderAfterEnd<T extends ActionBy>(
    update: UpdateDefinition<void, [T]>,
    args: Omit<T, keyof ActionBy>,
  ): Promise<void> {
    const asked = { ...args, actor: 'operator:1', reason: 'recorded' } as T;
    const answer = this.engine.orderAfterEnd(this.header.dealId, update, asked);
    this.asked.push(answer);
    await answer;
  }

  /** What two operators have agreed on. */
  agreed(kind: RequestKind, input: object = {}): Promise<string> {
    return approvedOf(this.house.db, kind, this.header.dealId, input);
  }

  /** Until the workflow itself waits for this. */
  async waits(reason: WaitReason): Promise<void> {
    await poll(
      () => this.handle.query(dealView).catch(() => null),
      (view) => view?.waiting?.reason === reason,
      { what: `${this.header.dealNo} waits ${reason}` },
    );
  }

  async ends(state: DealState): Promise<void> {
    const ended = await this.handle.result();
    if (ended !== state) throw new Error(`${this.header.dealNo} ended ${ended}, not ${state}`);
  }

  /** Until a timer is the last thing its workflow began. */
  async sleeps(): Promise<void> {
    await poll(
      async () => (await this.handle.fetchHistory()).events?.at(-1),
      (last) => Boolean(last?.timerStartedEventAttributes),
      { what: `${this.header.dealNo} sleeps` },
    );
  }

  /** The quote ends this soon, ms. */
  async expireIn(ms: number): Promise<void> {
    const expiresAt = new Date(Date.now() + ms);
    await this.house.db('deals').where({ id: this.header.dealId }).update({ expires_at: expiresAt });
  }

  /** Until as many rows of the deal in this table look like this. */
  async rows(table: string, like: Record<string, unknown>, count = 1): Promise<void> {
    await poll(
      () => this.house.db(table).where({ deal_id: this.header.dealId, ...like }),
      (found) => found.length >= count,
      { what: `${this.header.dealNo}: ${count} in ${table}` },
    );
  }
}
