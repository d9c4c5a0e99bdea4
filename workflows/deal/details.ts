/**
 * What Temporal Web shows of a deal that waits: why, until when, what an operator may order now, and where to read on.
 * Markdown, without personal data; encrypted on its way like all payloads (docs/operations.md, "Temporal Web").
 */
import { workflowInfo } from '@temporalio/workflow';
import { type Desk, OPERATOR_WAITS, runbookOf } from '../domain/operator-waits';
import { ORDER_WAITS, type WaitingOrder, whyNotOrder } from '../domain/order-rules';
import { SEARCH_ATTRIBUTES } from './messages';
import { type DealRun, standingOf } from './run';

/** Of a run of which nobody said where. */
const HERE: Pick<Desk, 'runbook'> = { runbook: 'docs/operations.md' };

/** As the deal stands now. */
export function detailsOf(run: DealRun): string {
  const { state, waiting } = run.view;
  if (!waiting) return [`${nameOf()}**${state}**`, ...linkOf(run)].join('\n\n');
  const { reason, nextMoveAt } = waiting;
  const { meaning, movedBy, toDo } = OPERATOR_WAITS[reason];
  const until = nextMoveAt === null ? '' : ` until ${new Date(nextMoveAt).toISOString()}`;
  const { runbook } = deskOf() ?? HERE;
  return [
    `${nameOf()}**${state}**, waiting **${reason}**${until}`,
    `${meaning}.`,
    `Moved by: ${movedBy}.`,
    `Orders: ${toDo}. Taken just now: ${ordersNow(run)}.`,
    `Runbook: ${addressOf(runbookOf(runbook, reason))}`,
    ...linkOf(run),
  ].join('\n\n');
}

/** Those of the rules alone: what bars one is said when it comes, and among the deal's `actions`. */
function ordersNow(run: DealRun): string {
  const standing = { ...standingOf(run), ordering: false };
  const taken = (Object.keys(ORDER_WAITS) as WaitingOrder[]).filter((order) => whyNotOrder(order, standing) === null);
  return taken.length === 0 ? 'none' : taken.map((order) => `\`${order}\``).join(', ');
}

/** A run that resumed has no summary of its own. */
function nameOf(): string {
  const dealNo = workflowInfo().typedSearchAttributes.get(SEARCH_ATTRIBUTES.dealNo);
  return dealNo === undefined ? '' : `Deal ${dealNo}: `;
}

/** The deal where operators work at it. */
function linkOf({ dealId }: DealRun): string[] {
  const desk = deskOf();
  return desk ? [`The deal: ${addressOf(`${desk.admin}/v1/admin/deals/${dealId}`)}`] : [];
}

const deskOf = (): Desk | undefined => workflowInfo().memo?.desk as Desk | undefined;

const addressOf = (address: string): string =>
  /^https?:/.test(address) ? `[${address}](${address})` : `\`${address}\``;
