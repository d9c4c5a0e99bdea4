/** A deploy brings a bug that strikes some deals (F15): their workflow fails at every try. They alone stand still, a person is told, and mended code goes on. */
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

/** Today's workflows with a bug: one step of each of these deals throws. */
function buggyBundle(steps: ReadonlyMap<string, string>): string {
  const file = join(testStack().dir, `buggy-${randomUUID()}.js`);
  let code = readFileSync(testStack().bundlePath, 'utf8');
  for (const [step, dealId] of steps) {
    const beginning = new RegExp(`(function ${step}\\(run[^)]*\\) \\{)`);
    if (!beginning.test(code)) throw new Error(`no step ${step} in the bundle`);
    code = code.replace(beginning, `$1 if (run.dealId === '${dealId}') undefined.goOn();`);
  }
  writeFileSync(file, code);
  return file;
}

async function dealOf(payer: Payer) {
  const cardId = await payer.registerCard();
  return { cardId, ...(await payer.createDeal(await payer.addRecipient())) };
}

const taskOf = (id: string) => house.db('operator_tasks').where({ deal_id: id, reason: 'workflow-stuck' }).first();

test('deals whose workflow throws for ever, before or after their charge, stand alone: others end, a person is told, and mended code goes on with them', async () => {
  const payer = await house.payer();
  const [unpaid, paid, spared] = [await dealOf(payer), await dealOf(payer), await dealOf(payer)];
  await house.worker.kill();
  house.worker.start({
    bundle: buggyBundle(
      new Map([
        ['charge', unpaid.id],
        ['transfer', paid.id],
      ]),
    ),
  });
  for (const { id, cardId } of [unpaid, paid]) payer.confirm(id, cardId).catch(() => undefined);
  await payer.confirm(spared.id, spared.cardId);
  await payer.waitForStatus(spared.id, 'COMPLETED');
  await payer.waitForStatus(paid.id, 'PAID');
  const told = async () => {
    await letDealsRest(house);
    await runBatch(house, 'minuteSweepWorkflow');
    return Promise.all([unpaid, paid].map(({ id }) => openTasks(house, id)));
  };
  const stuck = (tasks: string[]) => tasks.includes('workflow-stuck');
  await poll(told, (tasks) => tasks.every(stuck), { what: 'a person is told' });
  expect(await openTasks(house, spared.id)).toEqual([]);
  expect((await payer.deal(unpaid.id)).status).toBe('PENDING');
  for (const { id } of [unpaid, paid]) expect((await taskOf(id)).detail).toMatch(/failed [3-9] times in a row/);

  await house.worker.kill();
  house.worker.start();
  for (const { id } of [unpaid, paid]) await payer.waitForStatus(id, 'COMPLETED');
  await poll(told, (tasks) => !tasks.some(stuck), { what: 'the tasks close' });
  for (const { id, dealNo } of [unpaid, paid, spared]) {
    if (id !== spared.id) expect((await taskOf(id)).closed_at).not.toBeNull();
    expect(await groundTruth(house, dealNo)).toMatchObject({ charges: 1, transfersOut: 1 });
    await expectMoneyBalanced(house, dealNo);
  }
});
