/**
 * How API, batches and commands talk to the workflow of a deal. `resume` is the only way that reopens a deal
 * (spec §4): everything else starts with REJECT_DUPLICATE and never brings a closed deal back.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/common';
import {
  type CancelOutcome,
  type ConfirmOutcome,
  type ConfirmRequest,
  cancelDeal,
  confirmDeal,
  DEAL_WORKFLOW,
  type DealInput,
  dealView,
  knock,
  providerNews,
  retryDue,
  SEARCH_ATTRIBUTES,
} from '../../workflows/deal/messages';
import type { ActionBy } from '../../workflows/domain/deal-actions';
import { confirmUpdateIdOf, type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import type { Desk } from '../../workflows/domain/operator-waits';
import type { DealPolicy } from '../../workflows/domain/policy';
import type { ProviderNews } from '../../workflows/domain/provider-news';

/** What the start of a deal's workflow tells the server, in the clear: no personal data. */
export interface DealHeader {
  readonly dealId: DealId;
  readonly dealNo: string;
  readonly payerId: string;
  /** KST day of creation, `YYYY-MM-DD`. */
  readonly createdDay: string;
  /** E.g. `<1M`; see `amountBandOf`. */
  readonly amountBand: string;
}

/**
 * `decided`: the workflow answered. `closed`: the run has ended, ask the database. `pending`: no answer in time,
 * `durable` says whether the message is surely kept. `unreachable`: the engine did not take it; repeating is safe.
 */
export type EngineAnswer<T> =
  | { readonly kind: 'decided'; readonly outcome: T }
  | { readonly kind: 'refused'; readonly type: string; readonly message: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'pending'; readonly durable: boolean }
  | { readonly kind: 'unreachable' };

export interface DealEngine {
  /** Confirms by update-with-start; equal attempts are one update. Waits at most `deadlineMs`. */
  confirm(deal: DealHeader, request: ConfirmRequest, deadlineMs: number): Promise<EngineAnswer<ConfirmOutcome>>;
  /** Cancels by update-with-start of the same workflow; all cancels of a run are one update. */
  cancel(deal: DealHeader, by: ActionBy, deadlineMs: number): Promise<EngineAnswer<CancelOutcome>>;
  /** Wakes or reopens the deal's workflow and tells it the news; it continues from PostgreSQL alone. */
  resume(dealId: DealId, news?: ProviderNews): Promise<void>;
  /** Has the deal's workflow look at the database again, wherever it waits; adopts an orphan. */
  knock(dealId: DealId): Promise<void>;
  /**
   * Carries out an operator's order. A deal without a running
   * workflow is adopted first. `refused` says in words why not now;
   * `closed`: the deal has ended, nothing to order.
   */
  order<A extends ActionBy>(dealId: DealId, update: UpdateDefinition<void, [A]>, args: A): Promise<EngineAnswer<void>>;
  /**
   * Carries out an operator's order about a deal that may have ended; it reopens
   * the deal's workflow when it must. Given again without a key it is judged again: the database knows what was done.
   * Never `closed`: an order whose run ended under it may have been carried out.
   */
  orderAfterEnd<A extends ActionBy>(
    dealId: DealId,
    update: UpdateDefinition<void, [A]>,
    args: A,
  ): Promise<EngineAnswer<void>>;
  /** The retry batch's knock; reaches an orphan too. `batch`: the run that knocks. */
  retryDue(dealId: DealId, batch: string): Promise<void>;
}

/** However often a payer presses, a run has one cancel: it takes 2,000 updates, and operators need room. */
const CANCEL_UPDATE_ID = 'cancel';
/** A knock that the engine does not take in this time is left to the sweep, ms. */
const KNOCK_DEADLINE_MS = 5_000;
/** How long an operator's order may take, and the adoption of an orphan before it, ms. */
const ORDER_DEADLINE_MS = 15_000;
const ADOPT_DEADLINE_MS = 10_000;

interface EngineOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly policy: DealPolicy;
  /** What Temporal Web links a deal to; absent: the names of documents alone. */
  readonly desk?: Desk;
}

/** The engine of deals over this client; it opens and closes nothing. */
export function createDealEngine(options: EngineOptions): DealEngine {
  const { client } = options;
  const inTime = (call: () => Promise<unknown>) => client.connection.withDeadline(Date.now() + KNOCK_DEADLINE_MS, call);
  return {
    confirm: (deal, request, deadlineMs) => confirm(options, { deal, request, deadlineMs }),
    cancel: (deal, by, deadlineMs) => cancel(options, { deal, by, deadlineMs }),
    order: (dealId, update, args) => order(options, dealId, (handle) => handle.executeUpdate(update, updateOf(args))),
    orderAfterEnd: (dealId, update, args) =>
      orderAfterEnd(options, () =>
        client.workflow.executeUpdateWithStart(update, {
          ...updateOf(args),
          startWorkflowOperation: new WithStartWorkflowOperation(DEAL_WORKFLOW, resumeOf(options, dealId)),
        }),
      ),
    async resume(dealId, news) {
      const resume = resumeOf(options, dealId);
      await inTime(() =>
        news
          ? client.workflow.signalWithStart(DEAL_WORKFLOW, { ...resume, signal: providerNews, signalArgs: [news] })
          : client.workflow.start(DEAL_WORKFLOW, resume),
      );
    },
    async knock(dealId) {
      const knocking = { ...resumeOf(options, dealId), signal: knock, signalArgs: [] as [] };
      await inTime(() => client.workflow.signalWithStart(DEAL_WORKFLOW, knocking));
    },
    async retryDue(dealId, batch) {
      const knocking = { ...resumeOf(options, dealId), signal: retryDue, signalArgs: [batch] as [string] };
      await inTime(() => client.workflow.signalWithStart(DEAL_WORKFLOW, knocking));
    },
  };
}

/** An order of two people, or one that came with a key, is one update of a run, however often it is told. */
function updateOf<A extends ActionBy>({ orderKey, ...told }: A): { args: [A]; updateId?: string } {
  const args: [A] = [told as A];
  if (told.request !== undefined) return { args, updateId: `request-${told.request}` };
  return orderKey === undefined ? { args } : { args, updateId: `order-${orderKey}` };
}

/** How a payer's message begins the workflow of a deal, if it has none. */
const startOf = ({ taskQueue, desk }: EngineOptions, deal: DealHeader, input: DealInput) =>
  new WithStartWorkflowOperation(DEAL_WORKFLOW, {
    workflowId: dealWorkflowIdOf(deal.dealId),
    taskQueue,
    args: [input],
    memo: { begunBy: input.mode, ...(desk && { desk }) },
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: `Deal ${deal.dealNo}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.dealStatus, value: 'PENDING' },
      { key: SEARCH_ATTRIBUTES.payerId, value: deal.payerId },
      { key: SEARCH_ATTRIBUTES.createdDay, value: deal.createdDay },
      { key: SEARCH_ATTRIBUTES.amountBand, value: deal.amountBand },
      { key: SEARCH_ATTRIBUTES.dealNo, value: deal.dealNo },
    ],
  });

/** How a deal is reopened from the database alone, if its run has ended or is lost. */
const resumeOf = ({ taskQueue, policy, desk }: EngineOptions, dealId: DealId) => ({
  workflowId: dealWorkflowIdOf(dealId),
  taskQueue,
  args: [{ mode: 'resume', dealId, policy }] as [DealInput],
  ...(desk && { memo: { desk } }),
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
});

interface Asking<T> {
  readonly deadlineMs: number;
  readonly update: () => Promise<T>;
  /** Whether a message without an answer is surely kept. */
  readonly isKept: () => Promise<boolean>;
}

const nobodyKnows = async (): Promise<boolean> => false;

/** Runs one update within the deadline and names what its failure means. */
async function ask<T>({ client }: EngineOptions, { deadlineMs, update, isKept }: Asking<T>): Promise<EngineAnswer<T>> {
  try {
    return { kind: 'decided', outcome: await client.connection.withDeadline(Date.now() + deadlineMs, update) };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError)
      return { kind: 'closed' };
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      if (error.cause.type === 'AcceptedUpdateCompletedWorkflow') return { kind: 'closed' };
      if (error.cause.type === 'AskDatabase') return { kind: 'closed' };
      return { kind: 'refused', type: error.cause.type ?? '', message: error.cause.message };
    }
    // The run was ended under it: it may have been carried out.
    if (error instanceof WorkflowUpdateFailedError) return { kind: 'pending', durable: false };
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'pending', durable: await isKept() };
    if (isGrpcServiceError(error)) return { kind: 'unreachable' };
    throw error;
  }
}

interface Confirm {
  readonly deal: DealHeader;
  readonly request: ConfirmRequest;
  readonly deadlineMs: number;
}

function confirm(
  options: EngineOptions,
  { deal, request, deadlineMs }: Confirm,
): Promise<EngineAnswer<ConfirmOutcome>> {
  const { client, policy } = options;
  const input: DealInput = { mode: 'confirm', dealId: deal.dealId, policy, confirm: request };
  return ask(options, {
    deadlineMs,
    update: () =>
      client.workflow.executeUpdateWithStart(confirmDeal, {
        args: [request],
        updateId: confirmUpdateIdOf(request.attempt),
        startWorkflowOperation: startOf(options, deal, input),
      }),
    isKept: async () => request.attempt === 1 && (await isBegunByConfirm(options, deal.dealId)),
  });
}

/** Whether the engine holds a run that a confirm began: its input carries the first confirm, which cannot be lost. */
async function isBegunByConfirm({ client }: EngineOptions, dealId: DealId): Promise<boolean> {
  try {
    const { memo } = await client.connection.withDeadline(Date.now() + 1_000, () =>
      client.workflow.getHandle(dealWorkflowIdOf(dealId)).describe(),
    );
    return memo?.begunBy === 'confirm';
  } catch {
    return false; // not known to be durable: the caller answers 503 and repeating is safe
  }
}

interface Cancel {
  readonly deal: DealHeader;
  readonly by: ActionBy;
  readonly deadlineMs: number;
}

function cancel(options: EngineOptions, { deal, by, deadlineMs }: Cancel): Promise<EngineAnswer<CancelOutcome>> {
  const { client, policy } = options;
  const input: DealInput = { mode: 'cancel', dealId: deal.dealId, policy, cancel: by };
  return ask(options, {
    deadlineMs,
    update: () =>
      client.workflow.executeUpdateWithStart(cancelDeal, {
        args: [by],
        updateId: CANCEL_UPDATE_ID,
        startWorkflowOperation: startOf(options, deal, input),
      }),
    isKept: nobodyKnows, // the caller asks the database: the workflow records an accepted cancel there
  });
}

/** Tells the run; a deal without one is adopted, and told again. */
async function order(
  options: EngineOptions,
  dealId: DealId,
  tell: (handle: WorkflowHandle) => Promise<void>,
): Promise<EngineAnswer<void>> {
  const { client } = options;
  const handle = client.workflow.getHandle(dealWorkflowIdOf(dealId));
  const asking = { deadlineMs: ORDER_DEADLINE_MS, update: () => tell(handle), isKept: nobodyKnows };
  const answer = await ask(options, asking);
  if (answer.kind !== 'closed') return answer;
  try {
    await client.workflow.start(DEAL_WORKFLOW, resumeOf(options, dealId));
    await untilWaiting(handle);
  } catch (error) {
    if (isGrpcServiceError(error)) return { kind: 'unreachable' };
    throw error;
  }
  return ask(options, asking);
}

/** Gives an adopted run a moment to read the database, so that it can judge an order; an ended deal ends again. */
async function untilWaiting(handle: WorkflowHandle): Promise<void> {
  for (const deadline = Date.now() + ADOPT_DEADLINE_MS; Date.now() < deadline; await delay(100)) {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING' || (await handle.query(dealView)).waiting !== null) return;
  }
}

async function orderAfterEnd(options: EngineOptions, update: () => Promise<void>): Promise<EngineAnswer<void>> {
  const answer = await ask(options, { deadlineMs: ORDER_DEADLINE_MS, update, isKept: nobodyKnows });
  return answer.kind === 'closed' ? { kind: 'pending', durable: false } : answer;
}
