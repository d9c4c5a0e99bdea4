/**
 * A worker that dies at each moment of each activity that moves money (faults F1–F4). While the deals before are still being
 * recovered, the next worker dies at the next point; the last one is left in peace, and every deal must end as if nothing had happened.
 */
import { expectMoneyBalanced, groundTruth } from '../support/balance';
import { type Failpoint, MONEY_POINTS } from '../support/failpoint-names';
import { accountEnding, type Payer } from '../support/payer';
import { type ProcessHouse, startProcesses } from '../support/processes';

interface Course {
  /** Last four digits of the account. */
  readonly account: string;
  readonly end: 'COMPLETED' | 'REFUNDED';
  /** What the journals of the PG and the bank must hold, one effect each. */
  readonly truth: { readonly charges: number; readonly transfersOut: number };
}

/** A deal that comes by the activity, and how it must end. */
const COURSES: Readonly<Record<string, Course>> = {
  chargeCard: { account: '1234', end: 'COMPLETED', truth: { charges: 1, transfersOut: 1 } },
  transferToRecipient: { account: '1234', end: 'COMPLETED', truth: { charges: 1, transfersOut: 1 } },
  refundPayment: { account: '0202', end: 'REFUNDED', truth: { charges: 1, transfersOut: 0 } },
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
  readonly id: string;
  readonly dealNo: string;
}

let house: ProcessHouse;
const struck = new Map<Failpoint, Struck>();

async function dealFor(point: Failpoint, payer: Payer): Promise<Struck> {
  const course = COURSES[activityOf(point)];
  if (!course) throw new Error(`no deal comes by ${point}`);
  const cardId = await payer.registerCard();
  const { id, dealNo } = await payer.createDeal(await payer.addRecipient(accountEnding(course.account)));
  return { ...course, point, payer, cardId, id, dealNo };
}

/** The next worker lives until a deal brings it to the point. */
async function strike({ point, payer, id, cardId }: Struck): Promise<void> {
  house.worker.start(point);
  payer.confirm(id, cardId).catch(() => undefined);
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
}, 240_000);
afterAll(() => house.stop());

test('every failpoint of the worker is reached, in the order of the plan', () => {
  expect(house.hits()).toEqual(POINTS);
});

test.each(POINTS)(
  'a worker that dies at %s leaves one effect, and the next one finishes the deal',
  async (point) => {
    const { payer, id, dealNo, end, truth } = struck.get(point) as Struck;
    await payer.waitForStatus(id, end, 60_000);
    expect(await groundTruth(house, dealNo)).toMatchObject(truth);
    await expectMoneyBalanced(house, dealNo);
  },
  90_000,
);
