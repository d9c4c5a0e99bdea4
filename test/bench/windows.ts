/** One window: so many deals, so many at a time, each from its confirm to the end of its workflow. */
import { WithStartWorkflowOperation } from '@temporalio/client';
import { createDealEngine, type DealEngine } from '../../infra/temporal/deal-engine';
import { confirmDeal, type DealInput } from '../../workflows/deal/messages';
import { type DealId, dealWorkflowIdOf } from '../../workflows/domain/ids';
import { poll } from '../fixtures/poll';
import { cpuBetween, cpuTimes } from './cpu';
import type { ReadyDeal } from './deals';
import type { Stand } from './stand';

const DEADLINE_MS = 30_000;

export interface Window {
  readonly count: number;
  readonly perSecond: number;
  /** Confirm to answer, one for each deal, ms. */
  readonly confirmMs: readonly number[];
  /** CPU time by process, until the notices are sent, ms a deal. */
  readonly cpuMs: ReadonlyMap<string, number>;
}

/** How a deal is played: answers with the time of its confirm, ms, once its workflow has ended. */
export type Play = (deal: ReadyDeal) => Promise<number>;

const engineOn = ({ client, config }: Stand, taskQueue: string): DealEngine =>
  createDealEngine({ client, taskQueue, policy: config.policy });

async function ended({ client }: Stand, dealId: DealId): Promise<void> {
  await client.workflow.getHandle(dealWorkflowIdOf(dealId)).result();
}

/** By the house's engine on this queue: the real deal on its own, the bare workflow on the other. */
export function playOn(stand: Stand, taskQueue: string): Play {
  const engine = engineOn(stand, taskQueue);
  return async ({ header, confirm }) => {
    const began = performance.now();
    const answer = await engine.confirm(header, confirm, DEADLINE_MS);
    const tookMs = performance.now() - began;
    if (answer.kind !== 'decided' || answer.outcome.kind !== 'charged')
      throw new Error(`${header.dealNo} was not charged: ${JSON.stringify(answer)}`);
    await ended(stand, header.dealId);
    return tookMs;
  };
}

/** The least update-with-start, with the same input. */
export function playBareAnswer(stand: Stand): Play {
  const { client, config, queues } = stand;
  return async ({ header, confirm }) => {
    const input: DealInput = { mode: 'confirm', dealId: header.dealId, policy: config.policy, confirm };
    const startWorkflowOperation = new WithStartWorkflowOperation('answerWorkflow', {
      workflowId: dealWorkflowIdOf(header.dealId),
      taskQueue: queues.floor,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    const began = performance.now();
    await client.workflow.executeUpdateWithStart(confirmDeal, { args: [confirm], startWorkflowOperation });
    const tookMs = performance.now() - began;
    await ended(stand, header.dealId);
    return tookMs;
  };
}

/** Plays all the deals, `concurrency` at a time, and measures. */
export async function runWindow(
  stand: Stand,
  play: Play,
  deals: readonly ReadyDeal[],
  concurrency: number,
): Promise<Window> {
  const waiting = [...deals];
  const confirmMs: number[] = [];
  const before = cpuTimes(stand.processes);
  const began = performance.now();
  const players = Array.from({ length: concurrency }, async () => {
    for (let deal = waiting.pop(); deal; deal = waiting.pop()) confirmMs.push(await play(deal));
  });
  await Promise.all(players);
  const seconds = (performance.now() - began) / 1_000;
  await settled(stand);
  const used = cpuBetween(before, cpuTimes(stand.processes));
  const cpuMs = new Map([...used].map(([name, ms]) => [name, ms / deals.length]));
  return { count: deals.length, perSecond: deals.length / seconds, confirmMs, cpuMs };
}

/** Until every notice is sent, so that one window's rest is not the next one's load. */
export async function settled({ db }: Stand): Promise<void> {
  const open = async () => Number((await db('notices').whereNull('sent_at').whereNull('failed_at').count())[0]?.count);
  await poll(open, (count) => count === 0, { what: 'notices sent' });
}
