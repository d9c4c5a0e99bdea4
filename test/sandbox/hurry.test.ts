/** What a provider would do later it does at once for whoever runs it and hurries it: tests need not wait for it, nor be quicker than it. */

import { startBank } from '../../infra/sandbox/bank';
import type { RunningSandbox } from '../../infra/sandbox/sandbox';
import { effectsOf, journalOf, queryTransfer, setFaults, transfer } from './client';

const LATER_MS = 600_000;

let bank: RunningSandbox;
beforeEach(async () => {
  bank = await startBank();
});
afterEach(() => bank.close());

const stateOf = async (reference: string) => (await queryTransfer(bank.url, reference)).body.status;

test('a transfer that is hurried is done at once, then comes back at once; another one goes on as planned', async () => {
  await setFaults(bank.url, [
    { fault: 'processing', delayMs: LATER_MS },
    { fault: 'late-return', delayMs: LATER_MS, match: { reference: 'D1-T1' } },
  ]);
  for (const reference of ['D1-T1', 'D1-T11']) await transfer(bank.url, reference);
  bank.hurry('D1-T1');
  expect(await Promise.all(['D1-T1', 'D1-T11'].map(stateOf))).toEqual(['done', 'processing']);
  bank.hurry('D1-T1');
  expect(await Promise.all(['D1-T1', 'D1-T11'].map(stateOf))).toEqual(['returned', 'processing']);
  expect(await effectsOf(bank.url)).toHaveLength(2);
});

test('an answer on a slow line that is hurried arrives', async () => {
  await setFaults(bank.url, [{ fault: 'slow', delayMs: LATER_MS, match: { reference: 'D1-T1' } }]);
  const answer = transfer(bank.url, 'D1-T1');
  while ((await journalOf(bank.url, 'request')).length === 0);
  bank.hurry('D1-T1');
  expect((await answer).body).toMatchObject({ status: 'done' });
});
