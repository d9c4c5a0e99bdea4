import fc from 'fast-check';
import {
  confirmUpdateIdOf,
  type DealId,
  dealWorkflowIdOf,
  orderIdOf,
  refundKeyOf,
  transferReferenceOf,
} from '../../workflows/domain/ids';

const dealNo = fc.stringMatching(/^[A-Z0-9]{6,20}$/);
const attempt = fc.integer({ min: 1, max: 999 });

test('the keys that providers see are the ones of the contract', () => {
  expect(orderIdOf('P20261123ABC', 2)).toBe('P20261123ABC-2');
  expect(transferReferenceOf('P20261123ABC', 3)).toBe('P20261123ABC-T3');
  expect(refundKeyOf('P20261123ABC', 1)).toBe('P20261123ABC-R1');
  expect(confirmUpdateIdOf(2)).toBe('confirm-2');
  expect(dealWorkflowIdOf('0198c0de-0000-7000-8000-000000000001' as DealId)).toBe(
    'deal-0198c0de-0000-7000-8000-000000000001',
  );
});

test('the same attempt always has the same key, another attempt, deal or leg never', () => {
  fc.assert(
    fc.property(dealNo, dealNo, attempt, attempt, (a, b, m, n) => {
      const keys = [a, b].flatMap((no) =>
        [m, n].flatMap((k) => [orderIdOf(no, k), transferReferenceOf(no, k), refundKeyOf(no, k)]),
      );
      expect(orderIdOf(a, m)).toBe(orderIdOf(a, m));
      const deals = a === b ? 1 : 2;
      const attempts = m === n ? 1 : 2;
      expect(new Set(keys).size).toBe(deals * attempts * 3);
    }),
  );
});
