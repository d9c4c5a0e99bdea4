/** A run that failed can be run again: its plan depends on nothing but its seed and its size. */
import { ALL_POINTS } from '../faults/failpoint-names';
import { BURST_PROVIDERS, dealsOf, planOf } from './plan';
import { ACCOUNT_RULES, CARD_RULES } from './provider-faults';

const SIZE = { seed: 7, deals: 300, minutes: 2 };
const isSorted = (times: readonly number[]): boolean => times.every((at, index) => at >= (times[index - 1] ?? 0));

test('the same seed gives the same plan, another seed another', () => {
  expect(planOf(SIZE)).toEqual(planOf(SIZE));
  expect(planOf({ ...SIZE, seed: 8 })).not.toEqual(planOf(SIZE));
});

test.each([1, 19, 300, 2_000])('a plan of %i deals has as many, all within its time', (deals) => {
  const plan = planOf({ ...SIZE, deals });
  expect(dealsOf(plan)).toHaveLength(deals);
  for (const { atMs } of [...dealsOf(plan), ...plan.faults, ...plan.orders]) {
    expect(atMs).toBeGreaterThanOrEqual(0);
    expect(atMs).toBeLessThan(120_000);
  }
});

test.each([300, 2_000])(
  'there is more than one fault for 20 of %i deals, in the order of time, and one deploy',
  (deals) => {
    const { faults } = planOf({ ...SIZE, deals });
    expect(faults.length).toBeGreaterThan(deals / 20);
    expect(isSorted(faults.map(({ atMs }) => atMs))).toBe(true);
    expect(faults.filter(({ kind }) => kind === 'deploy')).toHaveLength(1);
  },
);

test('every kind of fault comes in the shortest run', () => {
  const kinds = new Set(planOf(SIZE).faults.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(
    expect.arrayContaining([
      'deploy',
      'freeze',
      'kill',
      'kms',
      'network',
      'out-of-memory',
      'postgres-freeze',
      'postgres-restart',
      'provider',
      'redis-flush',
      'redis-freeze',
      'redis-kill',
      'stop',
      'temporal-freeze',
      'temporal-kill',
    ]),
  );
});

test('every provider is away for a while, the carriers of notices too', () => {
  const away = planOf({ ...SIZE, deals: 2_000 }).faults.flatMap((fault) =>
    fault.kind === 'provider' ? [fault.provider] : [],
  );
  expect([...new Set(away)].sort()).toEqual([...BURST_PROVIDERS].sort());
});

test('every failpoint is armed once', () => {
  const { workerArms, apiArms } = planOf(SIZE);
  expect([...workerArms, ...apiArms].map(({ point }) => point).sort()).toEqual([...ALL_POINTS].sort());
});

test('every fault of the providers meets some card or account, but the one that makes the PG charge twice', () => {
  const plan = planOf({ ...SIZE, deals: 2_000 });
  const cards = new Set(dealsOf(plan).map(({ card }) => card));
  const accounts = new Set(dealsOf(plan).map(({ account }) => account));
  expect(CARD_RULES.filter(({ match }) => !cards.has(match?.last4 ?? ''))).toEqual([]);
  expect(ACCOUNT_RULES.filter(({ match }) => !accounts.has(match?.last4 ?? ''))).toEqual([]);
  expect([...CARD_RULES, ...ACCOUNT_RULES].map(({ fault }) => fault)).not.toContain('key-expired');
});
