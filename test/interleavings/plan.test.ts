/** A run that failed can be run again: its plans depend on nothing but its seed and its size. And each fate and each act is drawn. */
import fc from 'fast-check';
import { CANCEL_FATES, CHARGE_FATES, EVENT_FATES, faultsOf, TRANSFER_FATES } from './fates';
import { DEAL_ACTS, FITTING, type Plan, planOf, SYSTEM_ACTS } from './plan';

const SIZE = { deals: 24 };
const drawn = (seed: number, numRuns: number): Plan[] => fc.sample(planOf(SIZE), { seed, numRuns });

test('the same seed draws the same plans, another seed others', () => {
  expect(drawn(7, 3)).toEqual(drawn(7, 3));
  expect(drawn(8, 3)).not.toEqual(drawn(7, 3));
});

test('a plan has half of its deals at least, and each begins with a confirm', () => {
  for (const { deals } of drawn(7, 20)) {
    expect(deals.length).toBeGreaterThanOrEqual(SIZE.deals / 2);
    expect(deals.length).toBeLessThanOrEqual(SIZE.deals);
    for (const { acts } of deals) expect(acts[0]).toMatchObject({ act: 'confirm', when: 'at-once' });
  }
});

/** Names of the list that no plan had. */
const missing = (names: readonly string[], had: readonly string[]): string[] =>
  names.filter((name) => !had.includes(name));

test('every fate and every act is drawn', () => {
  const plans = drawn(1, 60);
  const deals = plans.flatMap((plan) => plan.deals);
  const acts = deals.flatMap((deal) => deal.acts.map(({ act }) => act));
  expect(
    missing(
      Object.keys(CHARGE_FATES),
      deals.flatMap(({ charges }) => charges),
    ),
  ).toEqual([]);
  expect(
    missing(
      Object.keys(TRANSFER_FATES),
      deals.flatMap(({ transfers }) => transfers),
    ),
  ).toEqual([]);
  expect(
    missing(
      Object.keys(CANCEL_FATES),
      deals.map(({ cancels }) => cancels),
    ),
  ).toEqual([]);
  expect(
    missing(
      Object.keys(EVENT_FATES),
      deals.flatMap(({ pgEvents, bankEvents }) => [pgEvents, bankEvents]),
    ),
  ).toEqual([]);
  expect(missing([...DEAL_ACTS, 'fitting'], acts)).toEqual([]);
  expect(
    missing(
      SYSTEM_ACTS,
      plans.flatMap(({ system }) => system),
    ),
  ).toEqual([]);
});

test('every act fits some deal, but those of a run that went wrong in Temporal', () => {
  const fitting = Object.values(FITTING).flat();
  expect(missing(DEAL_ACTS, fitting)).toEqual(['reset']);
});

test('a fate strikes its own key and no other', () => {
  for (const strokes of [...Object.values(CHARGE_FATES), ...Object.values(CANCEL_FATES)])
    for (const { match } of faultsOf(strokes, { orderId: 'PL-1' })) expect(match).toMatchObject({ orderId: 'PL-1' });
});
