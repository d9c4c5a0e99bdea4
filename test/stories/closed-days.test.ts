/** What is not sent again, and what the lists of days that are over decide (spec/verdicts.md). */
import { randomUUID } from 'node:crypto';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { faultBoard } from '../faults/faults';
import { expectMoneyBalanced } from '../fixtures/balance';
import { type KstClock, kstClockAt } from '../fixtures/kst-clock';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
const SHINHAN = '088'; // closed from 23:30 to 00:30 KST

interface Stage {
  readonly house: House;
  readonly clock: KstClock;
  /** Reconciles the day on which it began. */
  reconcile(): Promise<void>;
}

async function withHouseAt(kst: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = kstClockAt(kst);
  const day = kstDayOf(clock.now());
  const policy = { ...NO_ANSWERS, unknownTimetableMs: [300], quoteMs: 3 * DAY_MS };
  const house = await startHouse({ clock: clock.now, policy });
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  const reconcile = async () => {
    const run = { taskQueue, workflowId: `reconcile-${randomUUID()}`, args: [{ day, wakePatienceMs: 500 }] };
    await house.client.workflow.execute(RECONCILE_WORKFLOW, run);
  };
  try {
    await play({ house, clock, reconcile });
  } finally {
    await house.stop();
  }
}

const sendsOf = ({ db }: House, key: string): Promise<object[]> => db('sends').where({ key }).orderBy('id');

/** How often the provider's query was asked about this reference. */
const queriesOf = async ({ sandboxes }: House, reference: string): Promise<number> =>
  (await sandboxes.bank.journal()).filter((entry) => entry.method === 'GET' && entry.reference === reference).length;

/** Told by the rows: sessions end when the clock moves on. */
const untilDeal = (house: House, { id }: Story, column: 'status' | 'waiting_reason', value: string) =>
  poll(
    () => house.db('deals').where({ id }).first(column),
    (row) => row[column] === value,
    { what: `its ${column} is ${value}` },
  );

test('a transfer is not sent again into a closed window, nor on another day; then the list of its day decides', () =>
  withHouseAt('23:20:00', async ({ house, clock, reconcile }) => {
    const story = await prepareDeal(house, { bankCode: SHINHAN });
    const reference = `${story.dealNo}-T1`;
    const match = { path: 'POST /transfers', reference };
    await faultBoard(house.sandboxes.bank).strike({ fault: 'error-500', match });
    void beginConfirm(story);
    await poll(
      () => sendsOf(house, reference),
      (sends) => sends.length > 1,
      { what: 'it is sent again while the bank is open' },
    );
    for (const [kst, days] of [
      ['23:40:00', 0],
      ['00:40:00', 1],
    ] as const) {
      clock.set(kst, days);
      const asked = await queriesOf(house, reference);
      await poll(
        () => queriesOf(house, reference),
        (now) => now > asked + 1, // one may have been under way
        { what: 'the bank is asked on' },
      );
      const sent = await sendsOf(house, reference);
      await poll(
        () => queriesOf(house, reference),
        (now) => now > asked + 4,
        { what: 'the bank is asked again and again' },
      );
      expect(await sendsOf(house, reference)).toEqual(sent);
    }
    await reconcile();
    await untilDeal(house, story, 'status', 'COMPLETED');
    const codes: string[] = await house.db('transfers').where({ deal_id: story.id }).orderBy('attempt').pluck('code');
    expect(codes).toEqual(['not-listed', '0000']);
    await expectMoneyBalanced(house, story.dealNo);
  }));

test('a charge that was ruled failed is decided by the complete settlement file of the day it was sent on', () =>
  withHouseAt('12:00:00', async ({ house, clock, reconcile }) => {
    const story = await prepareDeal(house);
    const match = { path: '/billing/payment', orderId: `${story.dealNo}-1` };
    await faultBoard(house.sandboxes.softpayment).strike({ fault: 'error-500', match });
    void beginConfirm(story);
    await story.waits('charge-unknown');
    clock.set('12:05:00');
    const evidenceAt = clock.now().toISOString();
    await story.operator.rule({ leg: 'charge', verdict: 'failed', evidenceAt });
    await story.waits('operator-needed');
    clock.set('15:00:00');
    await reconcile(); // the file of a day that goes on
    expect(await house.db('payments').where({ deal_id: story.id }).pluck('status')).toEqual(['PENDING']);
    clock.set('23:30:00', 1);
    await reconcile();
    await untilDeal(house, story, 'waiting_reason', 'card-needed');
    expect(await house.db('payments').where({ deal_id: story.id })).toMatchObject([
      { status: 'FAILED', decline_code: 'ruled-failed' },
    ]);
    expect(await house.db('rulings').where({ deal_id: story.id }).pluck('standing')).toEqual(['carried-out']);
  }));
