import fc from 'fast-check';
import { DEAL_EDGES, DEAL_STATES, type DealState, isLegalEdge, isTerminal } from '../../workflows/domain/deal-state';

/** A second reading of spec §2: where a deal may go from each state. */
const MODEL: Record<DealState, readonly DealState[]> = {
  PENDING: ['PAID', 'CANCELLED'],
  PAID: ['TRANSFERRING', 'REFUNDED'],
  TRANSFERRING: ['COMPLETED', 'TRANSFER_FAILED'],
  TRANSFER_FAILED: ['TRANSFERRING', 'REFUNDED'],
  COMPLETED: ['TRANSFER_FAILED'],
  REFUNDED: [],
  CANCELLED: [],
};
const pairs = DEAL_STATES.flatMap((from) => DEAL_STATES.map((to) => [from, to] as const));

test('a deal moves along the edges of the specification and no other', () => {
  for (const [from, to] of pairs)
    expect([from, to, isLegalEdge(from, to)]).toEqual([from, to, MODEL[from].includes(to)]);
  expect(DEAL_EDGES).toHaveLength(Object.values(MODEL).flat().length);
});

test('a deal ends COMPLETED, REFUNDED or CANCELLED', () => {
  expect(DEAL_STATES.filter(isTerminal).sort()).toEqual(['CANCELLED', 'COMPLETED', 'REFUNDED']);
});

/** Any life of a deal: at each step one of the next states, as the numbers choose. */
const lives = fc.array(fc.nat(), { maxLength: 30 }).map((choices) => {
  const life: DealState[] = ['PENDING'];
  for (const choice of choices) {
    const next = DEAL_STATES.filter((to) => isLegalEdge(life.at(-1) as DealState, to));
    if (next.length === 0) break;
    life.push(next[choice % next.length] as DealState);
  }
  return life;
});

test('in every life of a deal nothing follows a refund or a cancellation', () => {
  fc.assert(
    fc.property(lives, (life) => life.slice(0, -1).every((state) => state !== 'REFUNDED' && state !== 'CANCELLED')),
  );
});

test('in every life of a deal it is paid once, before any transfer and before any refund', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const paid = life.indexOf('PAID');
      expect(life.filter((state) => state === 'PAID').length).toBeLessThanOrEqual(1);
      for (const state of ['TRANSFERRING', 'REFUNDED'] as const)
        if (life.includes(state)) expect(life.indexOf(state)).toBeGreaterThan(paid);
      if (life.includes('REFUNDED')) expect(paid).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a completed deal is refunded only after its transfer was known to have failed', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const refunded = life.indexOf('REFUNDED');
      return refunded < 0 || !life.includes('TRANSFERRING') || life[refunded - 1] === 'TRANSFER_FAILED';
    }),
  );
});
