import { setImmediate } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { takeMoneyStep } from '../../activities/money-step';
import type { DealId } from '../../workflows/domain/ids';
import { ProviderError, type ProviderErrorKind } from '../../workflows/domain/providers';
import { insertDeal, insertPayment, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let dealId: DealId;
const heard: string[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  heard.length = 0;
  const person = await insertPerson(database.db);
  dealId = (await insertDeal(database.db, person)) as DealId;
  await insertPayment(database.db, person, dealId); // a charge that is undecided
});

const RULING = { actor: 'operator:kim', reason: 'seen', leg: 'charge', verdict: 'failed', evidence: 'a list' } as const;
interface Moment {
  /** Absent: the intent has its outcome. */
  readonly fresh?: boolean;
  readonly ruling?: typeof RULING;
  readonly answer?: ProviderErrorKind;
  readonly waitsFor?: 'charge' | null;
  /** What happens while the provider decides. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Answers with what decided, and writes down in which order it came to that. */
function step({ fresh, ruling, answer, waitsFor = 'charge', meanwhile }: Moment): Promise<string> {
  return takeMoneyStep<string, string, string>(
    { db: database.db, clock: () => new Date() },
    {
      ...{ dealId, waitsFor, ruling },
      async open() {
        heard.push('open');
        return fresh === undefined ? { outcome: 'decided before' } : { row: 'the row', fresh };
      },
      async ask(row, isFresh) {
        heard.push(`ask for ${row}, ${isFresh ? 'fresh' : 'again'}`);
        await meanwhile?.();
        if (answer) throw new ProviderError(answer, 'test', 'no answer');
        return 'the provider';
      },
      rule: ({ verdict }) => `an operator: ${verdict}`,
      contradicted: async (row) => void heard.push(`contradicted: ${row}`),
      async close(_trx, row, who, by) {
        heard.push(`close ${row}${by ? ' by a ruling' : ''}`);
        return who;
      },
    },
  );
}
const waitingFor = async () => (await database.db('deals').where({ id: dealId }).first()).waiting_reason;

test('a worker that is told to stop while the provider decides books the answer all the same', async () => {
  const worker = new MockActivityEnvironment();
  const meanwhile = () => {
    worker.cancel();
    return setImmediate(); // the answer comes after the worker has heard it
  };
  expect(await worker.run(() => step({ fresh: true, meanwhile }))).toBe('the provider');
  expect(heard).toEqual(['open', 'ask for the row, fresh', 'close the row']);
});

test('what is committed as an intent is asked for, and its result closed', async () => {
  expect(await step({ fresh: true })).toBe('the provider');
  expect(heard).toEqual(['open', 'ask for the row, fresh', 'close the row']);
});

test('an intent that has its outcome is answered, and nobody is asked', async () => {
  expect(await step({ ruling: RULING })).toBe('decided before');
  expect(heard).toEqual(['open']);
});

test('a ruling decides what was sent before, and nobody is asked', async () => {
  expect(await step({ fresh: false, ruling: RULING })).toBe('an operator: failed');
  expect(heard).toEqual(['open', 'close the row by a ruling']);
});

test('a ruling never decides an intent that was made after it', async () => {
  expect(await step({ fresh: true, ruling: RULING })).toBe('the provider');
  expect(heard).toEqual(['open', 'ask for the row, fresh', 'close the row']);
});

test.each<[ProviderErrorKind, string[]]>([
  ['OutcomeUnknown', []],
  ['Unavailable', []],
  ['ContractBroken', ['contradicted: the row']],
])('an answer that decides nothing (%s) closes nothing, and the deal says what it waits for', async (answer, more) => {
  await expect(step({ fresh: false, answer })).rejects.toMatchObject({ kind: answer });
  expect(heard).toEqual(['open', 'ask for the row, again', ...more]);
  expect(await waitingFor()).toBe('charge-unknown');
});

test('a step beside the deal leaves alone what the deal waits for', async () => {
  await expect(step({ fresh: false, answer: 'OutcomeUnknown', waitsFor: null })).rejects.toThrow('no answer');
  expect(await waitingFor()).toBeNull();
});
