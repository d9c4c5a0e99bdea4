/** Where the ledger has the principal between the intent of a transfer and what became of it (spec/verdicts.md, "Books"). */
import { CLEARING_INVARIANTS } from '../../db/invariants/clearing';
import { examineAll } from '../../db/invariants/invariant';
import { LEDGER_INVARIANTS } from '../../db/invariants/ledger';
import { type FaultBoard, faultBoard, WHEN_HURRIED } from '../faults/faults';
import { balancesOf, expectMoneyBalanced } from '../fixtures/balance';
import { ruleTransferFailed } from '../fixtures/operator';
import { NO_ANSWERS } from '../fixtures/policy';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
let bank: FaultBoard;
beforeAll(async () => {
  house = await startHouse({ policy: { ...NO_ANSWERS, unknownTimetableMs: [600_000] } });
  bank = faultBoard(house.sandboxes.bank);
});
afterAll(() => house.stop());

const kindsOf = (id: string) => house.db('ledger_journals').where({ deal_id: id }).orderBy('id').pluck('kind');

/** Those that the books of all deals break now. */
async function brokenLaws(): Promise<string[]> {
  const laws = [...LEDGER_INVARIANTS, ...CLEARING_INVARIANTS];
  const { findings, unchecked } = await examineAll(house.db, laws, { now: new Date(), stuckAfterS: 600 });
  expect(unchecked).toEqual([]);
  return findings.filter(({ total }) => total > 0).map(({ name }) => name);
}

test('a transfer is in flight from its intent on, and stays so while its outcome is unknown', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  await bank.strike({ fault: 'processing', match: { reference: `${dealNo}-T1` }, delayMs: WHEN_HURRIED });
  void beginConfirm(story);
  await story.waits('transfer-unknown');
  const flying = { transfers_in_flight: -100_000, recipient_payable: 0, bank_float: 0 };
  expect(await balancesOf(house, id)).toMatchObject(flying);
  expect(await brokenLaws()).toEqual([]);
  bank.hurry(`${dealNo}-T1`);
  await payer.waitForStatus(id, 'COMPLETED');
  expect(await kindsOf(id)).toEqual(['charge', 'transfer-intent', 'transfer']);
  await expectMoneyBalanced(house, dealNo);
});

test('a failure in line is reversed with its verdict, before the next attempt is begun', async () => {
  const story = await prepareDeal(house, { account: '0207' });
  const { payer, id, dealNo } = story;
  void beginConfirm(story);
  await payer.waitForStatus(id, 'COMPLETED');
  const failed = ['transfer-intent', 'transfer-failed'];
  expect(await kindsOf(id)).toEqual(['charge', ...failed, ...failed, 'transfer-intent', 'transfer']);
  await expectMoneyBalanced(house, dealNo);
});

test('a transfer that was called failed, its intent reversed, is paid out of what is owed when it arrives after all', async () => {
  const story = await prepareDeal(house);
  const { payer, id, dealNo } = story;
  const reference = `${dealNo}-T3`;
  for (const n of [1, 2]) await bank.strike({ fault: 'bank-closed', match: { reference: `${dealNo}-T${n}` } });
  await bank.strike({ fault: 'lands-late', match: { reference }, delayMs: WHEN_HURRIED });
  await bank.strike({ fault: 'bank-closed', match: { reference } });
  void beginConfirm(story);
  await poll(
    () => house.db('transfers').where({ deal_id: id, attempt: 3 }),
    (third) => third.length === 1,
    { what: 'the third transfer is begun' },
  );
  await story.waits('transfer-unknown');
  await ruleTransferFailed(house, id, 3);
  await story.waits('retry-due');
  const owed = { recipient_payable: -100_000, transfers_in_flight: 0, bank_float: 0 };
  expect(await balancesOf(house, id)).toMatchObject(owed);
  expect(await brokenLaws()).toEqual([]);
  bank.hurry(reference);
  await payer.waitForStatus(id, 'COMPLETED');
  expect((await kindsOf(id)).slice(-3)).toEqual(['transfer-intent', 'transfer-failed', 'transfer']);
  expect(await brokenLaws()).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});
