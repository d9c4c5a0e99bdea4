import { setImmediate } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type Heard, takeMoneyStep } from '../../activities/money-step';
import { addRuling } from '../../db/rulings';
import type { DealId } from '../../workflows/domain/ids';
import { ProviderError, type ProviderErrorKind } from '../../workflows/domain/providers';
import { insertDeal, insertPayment, insertPerson } from '../fixtures/rows';
import { type TestDatabase, testDatabase } from '../servers/database';

let database: TestDatabase;
let dealId: DealId;
let orderId: string;
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
  orderId = (await database.db('payments').where({ deal_id: dealId }).first()).order_id;
});

const rule = (verdict: 'done' | 'failed', attempt = 1) =>
  database.db.transaction((trx) =>
    addRuling(trx, dealId, {
      ...{ actor: 'operator:kim', reason: 'seen', leg: 'charge', attempt, verdict, evidence: 'a list' },
      ...{ evidenceAt: '2026-03-02T10:00:00+09:00', paymentKey: 'pay_1' },
    }),
  );
const standings = (): Promise<string[]> =>
  database.db('rulings').where({ deal_id: dealId }).orderBy('id').pluck('standing');
const sends = () => database.db('sends').where({ key: orderId }).orderBy('id').select('answer', 'unknown');

interface Moment {
  /** Absent: the intent has its outcome. */
  readonly fresh?: boolean;
  readonly fails?: ProviderErrorKind;
  readonly told?: Heard['told'];
  readonly waits?: boolean;
  /** What happens while the provider decides. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Answers with what it came to, and writes down in which order. */
function step({ fresh, fails, told = 'sent-done', waits = true, meanwhile }: Moment): Promise<string> {
  return takeMoneyStep<string, Heard, string>(
    { db: database.db, clock: () => new Date() },
    {
      ...{ dealId, leg: 'charge', waits, settleMs: 60_000 },
      async open() {
        heard.push('open');
        if (fresh === undefined) return { outcome: 'decided before' };
        return { row: 'the row', key: orderId, attempt: 1, fresh };
      },
      async ask(row, question) {
        if (question.ruling?.verdict === 'done') return { told: 'ruled-done' };
        return question.post(
          async () => {
            heard.push(`ask for ${row}, ${question.fresh ? 'fresh' : 'again'}, ${(await sends()).length} noted`);
            await meanwhile?.();
            if (fails) throw new ProviderError(fails, 'test', 'no answer');
            return { told };
          },
          (answer) => ({ answer: answer.told, unknown: answer.told === 'sent-processing' }),
        );
      },
      contradicted: async (row) => void heard.push(`contradicted: ${row}`),
      async close(_trx, row, answer, { verdict }) {
        heard.push(`close ${row}: ${answer.told}`);
        return verdict;
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
  expect(await worker.run(() => step({ fresh: true, meanwhile }))).toBe('done');
  expect(heard).toEqual(['open', 'ask for the row, fresh, 1 noted', 'close the row: sent-done']);
});

test('a POST is noted before it goes, and then what was answered to it', async () => {
  expect(await step({ fresh: true })).toBe('done');
  expect(heard).toEqual(['open', 'ask for the row, fresh, 1 noted', 'close the row: sent-done']);
  expect(await sends()).toEqual([{ answer: 'sent-done', unknown: false }]);
});

test('an intent that has its outcome is answered, and nobody is asked', async () => {
  expect(await step({})).toBe('decided before');
  expect([heard, await sends()]).toEqual([['open'], []]);
});

test('a decline decides a key of which no other POST is unknown', async () => {
  await step({ fresh: true, fails: 'Unavailable' }).catch(() => undefined);
  expect(await step({ fresh: false, told: 'sent-failed' })).toBe('failed');
  expect(await sends()).toEqual([
    { answer: 'refused', unknown: false },
    { answer: 'sent-failed', unknown: false },
  ]);
});

test('a decline does not decide a key of which an earlier POST was lost just now', async () => {
  await step({ fresh: true, fails: 'OutcomeUnknown' }).catch(() => undefined);
  expect(await step({ fresh: false, told: 'sent-failed' })).toBe('unknown');
});

test('a decline decides it once the lost POST has surely ended', async () => {
  await step({ fresh: true, fails: 'OutcomeUnknown' }).catch(() => undefined);
  await database
    .db('sends')
    .where({ key: orderId })
    .update({ sent_at: new Date(Date.now() - 60_001) });
  expect(await step({ fresh: false, told: 'sent-failed' })).toBe('failed');
});

test('what was decided meanwhile is not sent by a worker that comes late', async () => {
  await database.db('payments').where({ deal_id: dealId }).update({ status: 'FAILED', decided_at: new Date() });
  await expect(step({ fresh: false })).rejects.toThrow('decided meanwhile');
  expect([heard, await sends()]).toEqual([['open'], []]);
});

test('a ruling decides what was sent before, and nobody is asked', async () => {
  await rule('done');
  expect(await step({ fresh: false })).toBe('done');
  expect(heard).toEqual(['open', 'close the row: ruled-done']);
  expect(await standings()).toEqual(['carried-out']);
});

test('a ruling about another attempt decides nothing', async () => {
  await rule('done', 2);
  await step({ fresh: false });
  expect([heard.length, await standings()]).toEqual([3, ['pending']]);
});

test('a ruling never decides an intent that was made after it', async () => {
  await rule('done');
  await step({ fresh: true });
  expect(heard[1]).toBe('ask for the row, fresh, 1 noted');
});

test('a ruling that comes while the provider answers is overtaken by the answer', async () => {
  expect(await step({ fresh: false, meanwhile: () => rule('failed') })).toBe('done');
  expect(await standings()).toEqual(['overtaken']);
});

test('of two rulings the later one stands', async () => {
  await rule('failed');
  await rule('done');
  expect(await standings()).toEqual(['overtaken', 'pending']);
});

test.each<[ProviderErrorKind, boolean, string[]]>([
  ['OutcomeUnknown', true, []],
  ['Unavailable', false, []],
  ['ContractBroken', true, ['contradicted: the row']],
])(
  'an answer that decides nothing (%s) closes nothing, and the deal says what it waits for',
  async (fails, unknown, more) => {
    await expect(step({ fresh: false, fails })).rejects.toMatchObject({ kind: fails });
    expect(heard).toEqual(['open', 'ask for the row, again, 1 noted', ...more]);
    expect(await waitingFor()).toBe('charge-unknown');
    expect(await sends()).toMatchObject([{ unknown }]);
  },
);

test('a step beside the deal leaves alone what the deal waits for', async () => {
  await expect(step({ fresh: false, fails: 'OutcomeUnknown', waits: false })).rejects.toThrow('no answer');
  expect(await waitingFor()).toBeNull();
});
