/** What operators read: what waits, and one deal whole; every open task with its meaning and what to do. */
import type { Db } from '../../db/connection';
import {
  type DealReport,
  findDeal,
  type OpenTask,
  reportOf,
  systemTasks,
  type WaitingDeal,
  waitingDeals,
} from '../../db/views/operator-deals';
import { type ActingRole, holdsRight } from '../../workflows/domain/operator-roles';
import { taskNamed } from '../../workflows/domain/operator-tasks';
import { noSuchDeal, type Refusal } from './order';

/** Of an open task: what its reason means. */
export interface Advice {
  readonly reason: string;
  readonly meaning: string;
  readonly toDo: string;
}

export interface Waiting {
  /** The longest wait first. */
  readonly deals: readonly WaitingDeal[];
  /** Of the whole system, the oldest first. */
  readonly tasks: readonly OpenTask[];
  /** Of every task that is open, of a deal or of the system. */
  readonly advice: readonly Advice[];
}

/** Each reason once. Waits that have been told of have none: docs/operations.md explains them. */
function adviceOn(reasons: readonly string[]): Advice[] {
  return [...new Set(reasons)].flatMap((reason) => {
    const task = taskNamed(reason);
    return task ? [{ reason, meaning: task.meaning, toDo: task.toDo }] : [];
  });
}

/** Deals that wait for anything but a payer's card, and everything that is told to operators. */
export async function whatWaits(db: Db): Promise<Waiting> {
  const [deals, tasks] = await Promise.all([waitingDeals(db), systemTasks(db)]);
  const told = [...tasks.map(({ reason }) => reason), ...deals.flatMap((deal) => deal.tasks)];
  return { deals, tasks, advice: adviceOn(told) };
}

export interface DealStory {
  readonly kind: 'done';
  readonly report: Omit<DealReport, 'ledger'> & {
    /** Null: who asks may not see it. */
    readonly ledger: DealReport['ledger'] | null;
  };
  readonly advice: readonly Advice[];
}

/** One deal whole; its ledger for whoever holds `money.read`. */
export async function dealReport(db: Db, dealNo: string, role: ActingRole): Promise<DealStory | Refusal> {
  const deal = await findDeal(db, dealNo);
  if (!deal) return noSuchDeal(dealNo);
  const { ledger, ...rest } = await reportOf(db, deal.id);
  const report = { ...rest, ledger: holdsRight(role, 'money.read') ? ledger : null };
  return { kind: 'done', report, advice: adviceOn(report.tasks.map(({ reason }) => reason)) };
}
