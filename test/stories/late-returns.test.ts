/** A return whose webhook was lost is heard however late: on the next of the nights that read the list of its day again. */
import { beginRun } from '../../db/reconciliation/runs';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { NIGHTS } from '../../workflows/domain/reconciliation';
import { faultBoard, WHEN_HURRIED } from '../faults/faults';
import { groundTruth } from '../fixtures/balance';
import { kstClockAt } from '../fixtures/kst-clock';
import { poll } from '../fixtures/poll';
import { runNight } from '../fixtures/scheduled';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

const DAY_MS = 86_400_000;
/** Not on the hour: a worker's clock and the engine's are not the same. */
const NIGHT = '23:00:01';
const LOOKS: readonly number[] = NIGHTS;

const clock = kstClockAt('12:00:00');
const today = clock.now();
let house: House;
beforeAll(async () => {
  house = await startHouse({ clock: clock.now, policy: { unknownTimetableMs: [300] } });
});
afterAll(() => house.stop());

/** The n-th night, which finds that all the nights before it did the other days. */
async function night(n: number): Promise<string[]> {
  clock.set(NIGHT, n);
  for (let other = 1; other < n; other++) {
    const day = kstDayOf(new Date(today.getTime() + other * DAY_MS));
    const id = await beginRun(house.db, { engineRun: `before-${n}/${day}`, day, at: clock.now() });
    await house.db('reconciliation_runs').where({ id }).update({ status: 'done' });
  }
  // The sandboxes have the real clock: what comes back late stands on a statement that was read before.
  await house.db('statement_days').delete();
  const results = await runNight(house, clock.now());
  return results.map(({ day }) => day);
}

const CASES: readonly (readonly [
  heardOn: number,
  returnedOn: number,
  before: readonly number[],
  after: readonly number[],
])[] = [
  [14, 9, [7], [9, 13]],
  [60, 60, [30, 59], []],
];

test.each(CASES)(
  'a return whose webhook was lost is known on the night of D+%i when it came on D+%i, and its deal is reopened',
  async (heardOn, _returnedOn, before, after) => {
    clock.set('12:00:00');
    const bank = faultBoard(house.sandboxes.bank);
    const story = await prepareDeal(house);
    const reference = `${story.dealNo}-T1`;
    const status = async () => (await house.db('deals').where({ id: story.id }).first('status')).status;
    const staysCompleted = async (nights: readonly number[]) => {
      for (const n of nights) {
        const days = await night(n);
        expect([n, days.includes(kstDayOf(today)), await status()]).toEqual([n, LOOKS.includes(n), 'COMPLETED']);
      }
    };
    const lift = [await bank.strike({ fault: 'late-return', match: { reference }, delayMs: WHEN_HURRIED })];
    lift.push(await bank.strike({ fault: 'webhook-missing', match: { reference } }));
    void beginConfirm(story);
    await story.payer.waitForStatus(story.id, 'COMPLETED');
    await staysCompleted([1, ...before]);
    bank.hurry(reference);
    await poll(
      () => groundTruth(house, story.dealNo),
      ({ transfersOut }) => transfersOut === 0,
      { what: 'the money comes back' },
    );
    await staysCompleted(after);
    await night(heardOn);
    await poll(status, (now) => now === 'TRANSFER_FAILED', { what: 'the deal is reopened' });
    expect(await house.db('transfers').where({ deal_id: story.id }).pluck('status')).toEqual(['RETURNED']);
    for (const mend of lift) await mend();
  },
);
