/** The proof of cash on real parts: deals, the owner's money and a settlement, against the statement of the bank. */
import { randomUUID } from 'node:crypto';
import { breaksAfter } from '../../db/reconciliation/breaks';
import { taskQueuesOf } from '../../infra/temporal/client';
import { RECONCILE_WORKFLOW, type ReconcileInput } from '../../workflows/batches/messages';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import type { ReconciliationResult } from '../../workflows/domain/reconciliation';
import { faultBoard } from '../faults/faults';
import { givenByTwo, operatorCommand } from '../fixtures/commands';
import { poll } from '../fixtures/poll';
import { beginConfirm, prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

let house: House;
const begun = new Date();
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

/** The days since the beginning: yesterday too when midnight has passed meanwhile. */
const days = () => [...new Set([kstDayOf(begun), kstDayOf(new Date())])];
async function reconcile(): Promise<ReconciliationResult> {
  const results: ReconciliationResult[] = [];
  for (const day of days()) {
    const args: [ReconcileInput] = [{ day, carryOverMs: 0, wakePatienceMs: 2_000 }];
    const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
    const workflowId = `reconcile-${randomUUID()}`;
    results.push(...(await house.client.workflow.execute(RECONCILE_WORKFLOW, { taskQueue, workflowId, args })));
  }
  return results.at(-1) as ReconciliationResult;
}

const bankUrl = () => house.sandboxes.bank.url;
const deposit = (reference: string, amount: number) =>
  fetch(`${bankUrl()}/_sandbox/deposits`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ reference, amount }),
  });
async function linesOf(day: string): Promise<{ reference: string }[]> {
  const headers = { 'x-api-key': house.env.BANK_API_KEY as string };
  const answer = await fetch(`${bankUrl()}/statements?date=${day}`, { headers });
  return ((await answer.json()) as { lines: { reference: string }[] }).lines;
}

const command = (name: 'float' | 'reconcile', ...args: string[]) => operatorCommand(name, house, ...args);
const topUp = (amount: string) =>
  givenByTwo(
    'float',
    house,
    'fund',
    '--amount',
    amount,
    '--reference',
    'TOP-UP-1',
    '--at',
    begun.toISOString(),
    '--reason',
    'r',
  );

test('deals paid, returned and refunded, a settlement and the owner’s top-up are proven to the won', async () => {
  const play = async (account: string, status: string) => {
    const story = await prepareDeal(house, { account });
    void beginConfirm(story);
    await story.payer.waitForStatus(story.id, status);
  };
  await Promise.all([play('1234', 'COMPLETED'), play('0201', 'REFUNDED'), play('0209', 'TRANSFER_FAILED')]);
  expect((await deposit('TOP-UP-1', 50_000_000)).status).toBe(200);
  expect(await topUp('50,000,000')).toMatchObject({ code: 0 });
  const { cash, open } = await reconcile();
  expect(open).toEqual({});
  expect(cash).toMatchObject({ unexplained: 0 });
  const [{ settleDate } = { settleDate: '' }] = await house
    .db('settlement_days')
    .orderBy('settle_date', 'desc')
    .select(house.db.raw(`to_char(settle_date, 'YYYY-MM-DD') as "settleDate"`));
  house.sandboxes.softpayment.hurry(settleDate);
  const paid = ({ reference }: { reference: string }) => reference === `SOFTPAYMENT-${settleDate}`;
  const today = async () => (await Promise.all(days().map(linesOf))).flat();
  await poll(today, (lines) => lines.some(paid), { what: 'Softpayment has paid' });
  const after = await reconcile();
  expect(after.cash).toMatchObject({ unexplained: 0 });
  expect(after.cash?.items).toContainEqual({
    ...{ event: `settlement:${settleDate}`, amount: expect.any(Number), why: 'carried over' },
  });
  const { code, text } = await command('reconcile', '--date', days().at(-1) as string);
  expect(text).toMatch(/Proof of cash of [\d-]+: proven\n +closing balance +[\d,]+\n +bank_float, our books +[\d,]+\n/);
  expect(text).toMatch(/unexplained +0\n/);
  expect(code).toBe(0);
});

test('a line that nobody ordered is one break that explains the difference, and the owner’s order ends it', async () => {
  await deposit('TOP-UP-2', 12_345);
  const { cash, open } = await reconcile();
  expect([open, cash?.unexplained]).toEqual([{ 'cash-not-booked': 1 }, 0]);
  const [found] = await breaksAfter(house.db, 0, 'open');
  expect(found).toMatchObject({ key: 'owner-funds:TOP-UP-2', amount: 12_345, dealId: null });
  expect((await command('reconcile', 'breaks')).text).toContain('npm run float -- fund');
  const told = ['--amount', '12345', '--reference', 'TOP-UP-2', '--at', begun.toISOString(), '--reason', 'r'];
  expect(await givenByTwo('float', house, 'fund', ...told)).toMatchObject({ code: 0 });
  expect((await reconcile()).open).toEqual({});
});

test('a statement that does not add up fails its run in words, and the earlier one stays', async () => {
  const day = days().at(-1) as string;
  const stored = () => house.db('statement_lines').orderBy(['day', 'line_no']).select('line_id', 'amount');
  const before = await stored();
  const lift = await faultBoard(house.sandboxes.bank).strike({ fault: 'list-shrinks', match: { path: '/statements' } });
  const { code, text } = await command('reconcile', '--date', day);
  await lift();
  expect(code).toBe(2);
  expect(text).toContain('bank statement: it does not add up to its closing balance');
  expect(await stored()).toEqual(before);
});
