/** A deploy brings a bug that strikes one deal (F15): its workflow fails at every try. It alone stands still, a person is told, and mended code goes on. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { letDealsRest } from '../faults/losses';
import { expectMoneyBalanced, groundTruth } from '../fixtures/balance';
import { openTasks, runBatch } from '../fixtures/operator';
import type { Payer } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { type ProcessHouse, startProcesses } from '../servers/processes';
import { testStack } from '../servers/stack';

let house: ProcessHouse;
beforeAll(async () => {
  house = await startProcesses();
});
afterAll(() => house.stop());

/** Today's workflows with a bug: this step of this deal throws. */
function buggyBundle(step: string, dealId: string): string {
  const code = readFileSync(testStack().bundlePath, 'utf8');
  const beginning = new RegExp(`(function ${step}\\(run[^)]*\\) \\{)`);
  if (!beginning.test(code)) throw new Error(`no step ${step} in the bundle`);
  const file = join(testStack().dir, `buggy-${randomUUID()}.js`);
  writeFileSync(file, code.replace(beginning, `$1 if (run.input.dealId === '${dealId}') undefined.goOn();`));
  return file;
}

async function dealOf(payer: Payer) {
  const cardId = await payer.registerCard();
  return { cardId, ...(await payer.createDeal(await payer.addRecipient())) };
}

const storyOf = (id: string) => house.db('operator_tasks').where({ deal_id: id, reason: 'workflow-stuck' }).first();

test.each([
  ['before its charge', 'charge', 'PENDING'],
  ['after its charge', 'transfer', 'PAID'],
] as const)(
  'a deal whose workflow throws for ever %s stands alone: others end, a person is told, and mended code goes on with it',
  async (_when, step, state) => {
    const payer = await house.payer();
    const [struck, spared] = [await dealOf(payer), await dealOf(payer)];
    await house.worker.kill();
    house.worker.start({ bundle: buggyBundle(step, struck.id) });
    payer.confirm(struck.id, struck.cardId).catch(() => undefined);
    await payer.confirm(spared.id, spared.cardId);
    await payer.waitForStatus(spared.id, 'COMPLETED');
    await payer.waitForStatus(struck.id, state);
    const told = async () => {
      await letDealsRest(house);
      await runBatch(house, 'minuteSweepWorkflow');
      return openTasks(house, struck.id);
    };
    await poll(told, (tasks) => tasks.includes('workflow-stuck'), { what: 'a person is told' });
    expect(await openTasks(house, spared.id)).toEqual([]);
    expect((await storyOf(struck.id)).detail).toMatch(/failed [3-9] times in a row/);

    await house.worker.kill();
    house.worker.start();
    await payer.waitForStatus(struck.id, 'COMPLETED');
    await poll(told, (tasks) => tasks.length === 0, { what: 'the task closes' });
    expect((await storyOf(struck.id)).closed_at).not.toBeNull();
    expect(await groundTruth(house, struck.dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
    for (const { dealNo } of [struck, spared]) await expectMoneyBalanced(house, dealNo);
  },
  180_000,
);
