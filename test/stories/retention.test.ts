/** Operators have personal data destroyed, see the proofs, and hold what must be kept, at their command line. */
import { operatorCommand } from '../fixtures/commands';
import { ENDED } from '../fixtures/ended-terms';
import { insertDeal, insertPerson } from '../fixtures/rows';
import { type House, startHouse } from '../servers/house';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const retention = (...args: string[]) => operatorCommand('retention', house, ...args);
const WHY = ['--reason', 'case 2026-17'];
const TWO_MONTHS_AGO = new Date(Date.now() - 60 * 86_400_000);

async function forgottenDevice() {
  const person = await insertPerson(house.db);
  const { table, key } = await ENDED['forgotten-devices'](house.db, person, TWO_MONTHS_AGO);
  return { person, read: () => house.db(table).where(key).first('label', 'emptied_at') };
}

test('the worker destroys what is due but what is held; once the hold is lifted that, too', async () => {
  const [due, ofMember, ofDeal] = [await forgottenDevice(), await forgottenDevice(), await forgottenDevice()];
  const dealId = await insertDeal(house.db, ofDeal.person);
  const { deal_no: dealNo } = await house.db('deals').where({ id: dealId }).first('deal_no');
  const { userId } = ofMember.person;
  const member = await retention('hold', 'member', userId, '--code', 'investigation', ...WHY);
  expect(member).toEqual({ code: 0, text: `member ${userId}: hold 1 stands\n` });
  const deal = await retention('hold', 'deal', dealNo, '--code', 'dispute', '--until', '2099-12-31', ...WHY);
  expect(deal).toEqual({ code: 0, text: `${dealNo}: hold 2 stands until 2099-12-31\n` });
  const run = await retention('run');
  expect(run).toEqual({ code: 0, text: expect.stringMatching(/\n {2}forgotten-devices +1 +2\n/) });
  expect(await due.read()).toEqual({ label: null, emptied_at: expect.any(Date) });
  for (const held of [ofMember, ofDeal]) expect(await held.read()).toEqual({ label: 'phone', emptied_at: null });
  const holds = await retention('holds');
  for (const told of [userId, dealNo, 'operator:kim', 'case 2026-17', '2099-12-31']) expect(holds.text).toContain(told);
  const lifted = await retention('lift', '1', '--reason', 'closed');
  expect(lifted).toEqual({ code: 0, text: 'hold 1 is lifted\n' });
  expect((await retention('run')).text).toMatch(/\n {2}forgotten-devices +1 +1\n/);
  expect(await ofMember.read()).toMatchObject({ label: null });
  expect((await retention('proofs')).text).toMatch(/forgotten-devices +1 +1 .*\n.*forgotten-devices +1 +2 /);
});

test('a wrong order is told why, and holds nothing', async () => {
  const nobody = '0193a003-0000-7000-8000-000000000001';
  const before = await house.db('legal_holds').count();
  const code = ['--code', 'dispute'];
  const wrong: readonly (readonly [string[], string])[] = [
    [['hold', 'deal', 'PL0', ...code, ...WHY], 'there is no deal PL0'],
    [['hold', 'member', nobody, ...code, ...WHY], `there is no member ${nobody}`],
    [['hold', 'member', 'kim', ...code, ...WHY], '--member must be an id'],
    [['hold', 'deal', 'PL0', '--code', 'because', ...WHY], '--code must be one of'],
    [['hold', 'deal', 'PL0', ...code, ...WHY, '--until', 'soon'], '--until must be a day'],
    [['hold', 'deal', 'PL0', ...code, ...WHY, '--until', '2020-01-01'], '--until is over already'],
    [['hold', 'deal', 'PL0', ...code], '--reason is missing'],
    [['hold', 'deal', 'PL0', ...code, '--reason', 'told by kim@example.com'], '--reason holds'],
    [['hold', 'deal'], 'name the deal or the member'],
    [['hold', 'card', 'x'], 'of a "deal" or of a "member"'],
    [['lift', '77', ...WHY], 'there is no hold 77'],
    [['lift', 'all', ...WHY], 'a hold is named by its number'],
    [['destroy'], 'unknown: "destroy"'],
  ];
  for (const [args, told] of wrong)
    expect(await retention(...args)).toEqual({ code: 1, text: expect.stringContaining(told) });
  expect(await house.db('legal_holds').count()).toEqual(before);
});
