/** The steps of a minute: each does its work whatever the others do, and one that stays silent is complained of. */
import type { WorkflowFailedError } from '@temporalio/client';
import { awaitSteps } from '../../db/minute-steps';
import { taskQueuesOf } from '../../infra/temporal/client';
import { MINUTE_STEP_NAMES } from '../../workflows/domain/minute-steps';
import { won } from '../../workflows/domain/money';
import type { TransferBank } from '../../workflows/domain/providers';
import { operatorCommand } from '../fixtures/commands';
import { runBatch } from '../fixtures/operator';
import { callApi } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import { prepareDeal } from '../fixtures/story';
import { type House, startHouse } from '../servers/house';

type Balance = TransferBank['balance'];

let house: House;
/** What becomes of a look at the float. */
let balance: Balance;
beforeAll(async () => {
  const verified = { kind: 'verified' } as const;
  const bank = { balance: () => balance(), verifyAccount: async () => verified } as unknown as TransferBank;
  house = await startHouse({ providers: { bank } });
});
afterAll(() => house.stop());
beforeEach(async () => {
  await house.db('minute_steps').delete();
});

const succeeded = () => house.db('minute_steps').whereNotNull('succeeded_at').pluck('step');
const others = MINUTE_STEP_NAMES.filter((step) => step !== 'watchFloat');

/** A quote that has run out, and a run of the minute. */
async function minute() {
  const quote = await prepareDeal(house);
  await house
    .db('deals')
    .where({ id: quote.id })
    .update({ expires_at: new Date(0) });
  const taskQueue = taskQueuesOf(house.config.temporal.taskQueue).batches;
  const run = await house.client.workflow.start('minuteSweepWorkflow', { taskQueue, workflowId: `minute-${quote.id}` });
  const failure = async () => (await run.result().catch((error: WorkflowFailedError) => error)).cause?.message;
  return { quote, run, failure };
}

const othersSucceed = () =>
  poll(succeeded, (steps) => others.every((step) => steps.includes(step)), { what: 'the others have done their work' });

test('a step that hangs keeps no other from its minute, and the run says which it was', async () => {
  balance = () => new Promise(() => undefined);
  const { quote, run, failure } = await minute();
  await othersSucceed();
  const pending = async () => (await run.describe()).raw.pendingActivities?.map((one) => one.activityType?.name);
  await poll(pending, (names) => names?.join() === 'watchFloat', { what: 'the one that hangs is all that is left' });
  expect((await quote.payer.deal(quote.id)).status).toBe('CANCELLED');
  expect(await failure()).toBe('steps that failed: watchFloat (not done within 10 s)');
  expect((await succeeded()).sort()).toEqual([...others].sort());
});

test('a step that fails keeps no other from its minute, and the run says which it was', async () => {
  balance = () => Promise.reject(new Error('as planned'));
  const { quote, failure } = await minute();
  expect(await failure()).toBe('steps that failed: watchFloat (as planned)');
  expect((await quote.payer.deal(quote.id)).status).toBe('CANCELLED');
  expect((await succeeded()).sort()).toEqual([...others].sort());
});

/** As if nothing had succeeded for so long, of this step or of all. */
const age = (interval: string, step?: string) =>
  house
    .db('minute_steps')
    .where(step === undefined ? {} : { step })
    .update({
      awaited_since: house.db.raw(`now() - ?::interval`, [interval]),
      succeeded_at: house.db.raw(`case when succeeded_at is not null then now() - ?::interval end`, [interval]),
    });

async function deep() {
  const path = '/health/deep';
  const { body } = await callApi<{ checks: Record<string, unknown> }>(house.places.apiUrl, 'GET', path);
  return body.checks.steps;
}

test('a step that has not succeeded for five minutes is complained of by /health/deep and by check', async () => {
  balance = async () => won(10_000_000_000);
  await runBatch(house, 'minuteSweepWorkflow');
  await age('4 minutes 50 seconds');
  expect(await deep()).toEqual({ ok: true, ms: expect.any(Number) });
  expect(await operatorCommand('check', house)).toMatchObject({ code: 0 });
  await age('5 minutes 1 second', 'knockForCancels');
  expect(await deep()).toEqual({ ok: false, ms: expect.any(Number) });
  const { code, text } = await operatorCommand('check', house);
  expect([code, text]).toEqual([1, expect.stringMatching(/^ +- +knockForCancels has not succeeded since \d{4}-/m)]);
  await runBatch(house, 'minuteSweepWorkflow');
  expect(await deep()).toMatchObject({ ok: true });
  expect(await operatorCommand('check', house)).toMatchObject({ code: 0 });
});

test('a system whose Schedules were never set is given five minutes from its first worker on', async () => {
  expect(await deep()).toMatchObject({ ok: true }); // no worker yet
  await awaitSteps(house.db);
  await age('4 minutes');
  expect(await deep()).toMatchObject({ ok: true });
  await age('5 minutes 1 second');
  expect(await deep()).toMatchObject({ ok: false });
});

test('a worker that begins after a night gives the steps five minutes, one that begins again gives none', async () => {
  balance = async () => won(10_000_000_000);
  await runBatch(house, 'minuteSweepWorkflow');
  await age('10 hours');
  expect(await deep()).toMatchObject({ ok: false });
  await awaitSteps(house.db);
  expect(await deep()).toMatchObject({ ok: true });
  await age('4 minutes');
  const before = await house.db('minute_steps').orderBy('step');
  await awaitSteps(house.db);
  expect(await house.db('minute_steps').orderBy('step')).toEqual(before);
});
