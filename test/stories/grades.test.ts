/** Grades: what a member completes in a month lowers the fee of the next one; a quote of before is charged as it was made. */
import { kstDayOf, kstMonthStart } from '../../workflows/domain/bank-calendar';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import type { Payer } from '../fixtures/payer';
import { runMonthly } from '../fixtures/scheduled';
import { prepareDeal, type Story } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const thisMonth = kstMonthStart(new Date());

/** Completed for real, and dated into the last minute of the month before. */
async function completedLastMonth({ payer, id, cardId }: Pick<Story, 'payer' | 'id' | 'cardId'>): Promise<void> {
  expect((await payer.confirm(id, cardId)).status).toBe(200);
  await payer.waitForStatus(id, 'COMPLETED');
  await house.db.transaction(async (trx) => {
    await trx.raw('set local session_replication_role = replica');
    await trx('deals')
      .where({ id })
      .update({ completed_at: new Date(thisMonth.getTime() - 60_000) });
  });
}

const gradeOf = async (payer: Payer) => (await payer.call<{ grade: object }>('GET', '/v1/users/me')).body.grade;

test('a quote of before the first of the month is charged as it was made; the next one has the rate of the new grade', async () => {
  const story = await prepareDeal(house, { principal: 990_000 });
  const { payer, recipientId } = story;
  await completedLastMonth(story);
  const more = await payer.createDeal(recipientId, 20_000);
  await completedLastMonth({ ...story, id: more.id as Story['id'] });
  const before = await payer.createDeal(recipientId, 100_000);
  expect(before).toMatchObject({ fee: 3_000, total: 103_000 });

  expect(await runMonthly(house, 'gradeUpdateWorkflow', thisMonth)).toMatchObject({ counts: { changed: 1 } });
  expect(await gradeOf(payer)).toMatchObject({
    ...{ code: 'SILVER', feeBps: 290, fromPrincipal: 1_000_000 },
    ...{ since: kstDayOf(thisMonth), completedLastMonth: 1_010_000 },
  });
  const after = await payer.createDeal(recipientId, 100_000);
  expect(after).toMatchObject({ fee: 2_900, total: 102_900 });

  const otherCard = await payer.registerCard(); // a card pays three times an hour
  for (const { id, dealNo, total } of [before, after]) {
    expect((await payer.confirm(id, otherCard)).status).toBe(200);
    await payer.waitForStatus(id, 'COMPLETED');
    await expectMoneyBalanced(house, dealNo);
    expect((await groundTruth(house, dealNo)).charged).toBe(total);
  }
  const month = await runMonthly(house, 'monthlyResetWorkflow', thisMonth);
  expect(month.counts).toEqual({ active: 1, deals: 2, principal: 1_010_000, fee: 30_300 });
  const told = await house.db('notices').where({ template: 'grade-changed' }).pluck('channel');
  expect(told).toEqual(['sms']);
});
