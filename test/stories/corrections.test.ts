/** A break is ended through the workflow of its deal, also when the deal ended long ago. */
import { onSnapshot } from '../../db/invariants/invariant';
import { type BankEffect, breaksOfJournals, JOURNAL_LAWS, type PgEffect } from '../../db/invariants/journals';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { expectMoneyBalanced } from '../fixtures/balance';
import { givenByTwo, operatorCommand } from '../fixtures/commands';
import { openTasks } from '../fixtures/operator';
import { forgetJournal } from '../fixtures/reconciling';
import { prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';
import type { SandboxView } from '../servers/sandboxes';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

const effectsOf = async <T>(sandbox: SandboxView): Promise<T[]> =>
  (await sandbox.journal()).filter(({ kind }) => kind === 'effect') as T[];

/** The laws that our ledger breaks beside the providers' own journals. */
async function brokenLaws(): Promise<string[]> {
  const { softpayment, bank } = house.sandboxes;
  const truth = { pg: await effectsOf<PgEffect>(softpayment), bank: await effectsOf<BankEffect>(bank) };
  const broken: string[] = [];
  for (const law of JOURNAL_LAWS) {
    const { total } = await onSnapshot(house.db, (trx) => breaksOfJournals(trx, law, truth));
    if (total > 0) broken.push(law.name);
  }
  return broken;
}

test('books that disagree with their row are corrected by the proposed command, through the workflow of the deal', async () => {
  const { payer, id, cardId, dealNo } = await prepareDeal(house);
  await payer.confirm(id, cardId);
  await payer.waitForStatus(id, 'COMPLETED');
  const { approved_at: chargedAt } = await house.db('payments').where({ deal_id: id }).first('approved_at');
  const day = kstDayOf(chargedAt);
  await forgetJournal(house.db, `charge:${dealNo}-1`);
  expect(await brokenLaws()).toEqual(['ledger-is-what-happened']);
  expect((await operatorCommand('reconcile', house, '--date', day)).code).toBe(1);
  const [found] = await breaksAfter(house.db, 0, 'open');
  expect(found).toMatchObject({ class: 'ledger-differs', dealNo });
  expect(found?.proposedFix).toContain('npm run reconcile -- accept');
  const order = ['accept', `${found?.id}`, '--reason', 'lost in a deploy'];
  // Whoever is not sure that it was carried out gives it again.
  expect(await givenByTwo('reconcile', house, ...order)).toMatchObject({ code: 0 });
  const { code, text } = await operatorCommand('reconcile', house, ...order);
  expect([code, text]).toEqual([0, expect.stringMatching(/recipient_payable +-100,000/)]);
  expect(await operatorCommand('reconcile', house, 'accept', `${found?.id}`, '--reason', 'another')).toMatchObject({
    ...{ code: 2, text: expect.stringContaining('has ended: books corrected by operator:kim') },
  });
  const told = await house.db('deal_events').where({ deal_id: id, actor: 'operator:kim' }).select('cause', 'note');
  expect(told).toEqual([{ cause: 'accept-break', note: `#${found?.id}: lost in a deploy` }]);
  expect((await operatorCommand('reconcile', house, '--date', day)).code).toBe(0);
  expect(await openTasks(house, id)).toEqual([]);
  expect(await brokenLaws()).toEqual([]);
  await expectMoneyBalanced(house, dealNo);
});
