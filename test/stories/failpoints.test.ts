/**
 * A worker that dies at each moment of each activity that moves money (faults F1–F4). While the deals before are still being
 * recovered, the next worker dies at the next point; the last one is left in peace, and every deal must end as if nothing had happened.
 */

import { refundFee } from '../../workflows/deal/messages';
import type { DealId } from '../../workflows/domain/ids';
import { type Failpoint, MONEY_POINTS } from '../faults/failpoint-names';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { accountEnding, type Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type ProcessHouse, startProcesses } from '../servers/processes';

/** What an operator gives back of a fee, won. */
const FEE_PART = 1_000;

interface Course {
  /** Last four digits of the account. */
  readonly account: string;
  readonly end: 'COMPLETED' | 'REFUNDED';
  /** What the journals of the PG and the bank must hold, one effect each. */
  readonly truth: { readonly charges: number; readonly transfersOut: number; readonly refunded?: number };
}

/** A deal that comes by the activity, and how it must end. */
const COURSES: Readonly<Record<string, Course>> = {
  chargeCard: { account: '1234', end: 'COMPLETED', truth: { charges: 1, transfersOut: 1 } },
  transferToRecipient: { account: '1234', end: 'COMPLETED', truth: { charges: 1, transfersOut: 1 } },
  refundPayment: { account: '0202', end: 'REFUNDED', truth: { charges: 1, transfersOut: 0 } },
  refundFee: { account: '1234', end: 'COMPLETED', truth: { charges: 1, transfersOut: 1, refunded: FEE_PART } },
};

const activityOf = (point: Failpoint): string => point.split('.')[0] ?? '';
const momentOf = (point: Failpoint): string => point.split('.')[1] ?? '';
/** The activities take turns, so that one deal is not struck at every try. */
const POINTS = [...MONEY_POINTS].sort((a, b) => momentOf(a).localeCompare(momentOf(b)));
/** A payer has five deals a day. */
const DEALS_PER_PAYER = 5;

interface Struck extends Course {
  readonly point: Failpoint;
  readonly payer: Payer;
  readonly cardId: string;
  readonly id: DealId;
  readonly dealNo: string;
}

let house: ProcessHouse;
const struck = new Map<Failpoint, Struck>();

async function dealFor(point: Failpoint, payer: Payer): Promise<Struck> {
  const course = COURSES[activityOf(point)];
  if (!course) throw new Error(`no deal comes by ${point}`);
  const cardId = await payer.registerCard();
  const quote = await payer.createDeal(await payer.addRecipient(accountEnding(course.account)));
  const [id, dealNo] = [quote.id as DealId, quote.dealNo];
  const deal = { ...course, point, payer, cardId, id, dealNo };
  if (isFeeRefund(deal)) {
    await payer.confirm(id, cardId);
    await payer.waitForStatus(id, 'COMPLETED');
  }
  return deal;
}

async function refundIsDone(dealId: DealId): Promise<void> {
  await poll(
    () => house.db('refunds').where({ deal_id: dealId }).pluck('status'),
    (statuses) => statuses.length > 0 && statuses.every((status) => status === 'DONE'),
    { what: `the part of the fee of ${dealId} is given back` },
  );
}

/** It begins with an order about a completed deal, all others with the payer's confirm. */
const isFeeRefund = ({ point }: Pick<Struck, 'point'>): boolean => activityOf(point) === 'refundFee';

function begin({ point, payer, id, cardId }: Struck): Promise<unknown> {
  if (!isFeeRefund({ point })) return payer.confirm(id, cardId);
  const request = { actor: 'operator:kim', reason: 'a delay', amount: FEE_PART, requestId: point };
  return house.engine.orderAfterEnd(id, refundFee, request);
}

/** The next worker lives until a deal brings it to the point. */
async function strike(deal: Struck): Promise<void> {
  house.worker.start({ dieAt: deal.point });
  begin(deal).catch(() => undefined);
  expect(await house.worker.died()).toBe('SIGKILL');
}

beforeAll(async () => {
  house = await startProcesses();
  let payer: Payer | undefined;
  for (const [index, point] of POINTS.entries()) {
    payer = payer && index % DEALS_PER_PAYER > 0 ? payer : await house.payer();
    struck.set(point, await dealFor(point, payer));
  }
  await house.worker.kill();
  for (const deal of struck.values()) await strike(deal);
  house.worker.start();
}, 900_000);
afterAll(() => house.stop());

test('every failpoint of the worker is reached, in the order of the plan', () => {
  expect(house.hits()).toEqual(POINTS);
});

test.each(POINTS)('a worker that dies at %s leaves one effect, and the next one finishes the deal', async (point) => {
  const { payer, id, dealNo, end, truth } = struck.get(point) as Struck;
  await payer.waitForStatus(id, end);
  if (truth.refunded !== undefined) await refundIsDone(id);
  expect(await groundTruth(house, dealNo)).toMatchObject(truth);
  await expectMoneyBalanced(house, dealNo);
});
