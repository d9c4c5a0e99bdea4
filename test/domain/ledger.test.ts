import fc from 'fast-check';
import { pgCost, type Quote, quote } from '../../workflows/domain/fees';
import {
  ACCOUNTS,
  chargebackLostPostings,
  chargebackOffsetPostings,
  chargebackPostings,
  chargebackWonPostings,
  chargePostings,
  correctionPostings,
  directPayoutPostings,
  overpaidPostings,
  type Posting,
  refundPostings,
  returnPostings,
  sumOf,
  transferFailedPostings,
  transferIntentPostings,
  transferPostings,
} from '../../workflows/domain/ledger';
import { subtractWon, type Won, won } from '../../workflows/domain/money';

const anyQuote = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 5_000_000 }), fc.integer({ min: 1, max: 2 ** 51 })),
    fc.integer({ min: 0, max: 10_000 }),
  )
  .map(([principal, bps]) => quote(won(principal), bps));

/** What the accounts hold after these journals. */
function balances(...journals: Posting[][]): Record<string, number> {
  const held: Record<string, number> = Object.fromEntries(ACCOUNTS.map((account) => [account, 0]));
  for (const { account, amount } of journals.flat()) held[account] = (held[account] ?? 0) + amount;
  return held;
}

const NOTHING = balances();
/** A transfer from its intent to the bank's done. */
const paidOut = (principal: Won) => [transferIntentPostings(principal), transferPostings(principal)];
const fullRefund = ({ principal, fee, total }: Quote) => refundPostings({ principal, fee, remaining: total });

test('every journal sums to zero, and no posting of it is zero', () => {
  fc.assert(
    fc.property(anyQuote, (q) => {
      for (const journal of [
        chargePostings(q),
        ...paidOut(q.principal),
        transferFailedPostings(q.principal),
        directPayoutPostings(q.principal),
        overpaidPostings(q.principal),
        returnPostings(q.principal),
        fullRefund(q),
      ]) {
        expect(sumOf(journal)).toBe(0);
        expect(journal.every(({ amount }) => amount !== 0 && Number.isSafeInteger(amount))).toBe(true);
      }
    }),
  );
});

test('a charge books the receivable less the PG cost, the debt to the recipient, the fee and the cost', () => {
  expect(balances(chargePostings(quote(won(1_000_000), 300)))).toEqual({
    ...NOTHING,
    pg_receivable: 1_030_000 - 25_750,
    recipient_payable: -1_000_000,
    fee_revenue: -30_000,
    pg_fee_expense: 25_750,
    bank_float: 0,
  });
});

test('after charge and transfer the recipient is owed nothing and our margin is the fee less the PG cost', () => {
  fc.assert(
    fc.property(anyQuote, (q) => {
      const held = balances(chargePostings(q), ...paidOut(q.principal));
      expect(held.recipient_payable).toBe(0);
      expect(held.transfers_in_flight).toBe(0);
      expect(held.bank_float).toBe(0 - q.principal);
      expect(0 - (held.fee_revenue ?? 0) - (held.pg_fee_expense ?? 0)).toBe(q.fee - pgCost(q.total));
    }),
  );
});

test('a returned transfer leaves the books as if it had never been sent', () => {
  fc.assert(
    fc.property(anyQuote, ({ principal }) => {
      expect(balances(...paidOut(principal), returnPostings(principal))).toEqual(NOTHING);
    }),
  );
});

test('from its intent on a transfer is in flight and owed to nobody, and a failure puts everything back', () => {
  const principal = won(100_000);
  const begun = transferIntentPostings(principal);
  expect(balances(begun)).toEqual({ ...NOTHING, recipient_payable: principal, transfers_in_flight: 0 - principal });
  expect(balances(begun, transferFailedPostings(principal))).toEqual(NOTHING);
});

test('a transfer that was called failed and paid after all is booked as the payout, or as paid too much', () => {
  fc.assert(
    fc.property(anyQuote, ({ principal }) => {
      const failed = [transferIntentPostings(principal), transferFailedPostings(principal)];
      const paid = balances(...paidOut(principal));
      expect(balances(...failed, directPayoutPostings(principal))).toEqual(paid);
      const twice = balances(...failed, ...paidOut(principal), overpaidPostings(principal));
      const tooMuch = { recipient_overpaid: principal, bank_float: 0 - 2 * principal };
      expect(twice).toEqual({ ...paid, ...tooMuch });
    }),
  );
});

test('after a full refund every account is zero, the PG cost too', () => {
  fc.assert(fc.property(anyQuote, (q) => expect(balances(chargePostings(q), fullRefund(q))).toEqual(NOTHING)));
});

test('charge, transfer, return and refund leave nothing anywhere', () => {
  fc.assert(
    fc.property(anyQuote, (q) => {
      const { principal } = q;
      const history = [chargePostings(q), ...paidOut(principal), returnPostings(principal), fullRefund(q)];
      expect(balances(...history)).toEqual(NOTHING);
    }),
  );
});

test('however a fee is refunded in parts, the PG cost ends at that of what remains charged', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(anyQuote, parts, (q, wanted) => {
      const journals = [chargePostings(q), ...paidOut(q.principal)];
      let remaining = q.total;
      let feeLeft: number = q.fee;
      for (const part of wanted.filter((p) => p <= feeLeft)) {
        if (part > feeLeft) continue;
        journals.push(refundPostings({ principal: won(0), fee: won(part), remaining }));
        remaining = subtractWon(remaining, won(part));
        feeLeft -= part;
      }
      const held = balances(...journals);
      expect(journals.map(sumOf)).toEqual(journals.map(() => 0));
      expect(BigInt(held.pg_fee_expense ?? 0)).toBe((BigInt(remaining) * 250n) / 10_000n);
      expect(held.fee_revenue).toBe(0 - feeLeft);
      expect(held.recipient_payable).toBe(0);
      expect(held.pg_receivable).toBe(remaining - pgCost(remaining));
    }),
  );
});

test('more than remains charged is never refunded', () => {
  const { principal, fee, total } = quote(won(10_000), 300);
  const left = subtractWon(total, won(1));
  expect(() => refundPostings({ principal, fee, remaining: left })).toThrow(RangeError);
});

test('a dispute holds the charge apart; won it leaves no trace, lost it is a loss that a returned principal makes good', () => {
  const total = won(103_000);
  const principal = won(100_000);
  const opened = chargebackPostings(total);
  expect(balances(opened)).toEqual({ ...NOTHING, pg_receivable: 0 - total, disputed_charges: total });
  expect(balances(opened, chargebackWonPostings(total))).toEqual(NOTHING);
  const lost = [opened, chargebackLostPostings(total)];
  expect(balances(...lost)).toEqual({ ...NOTHING, pg_receivable: 0 - total, chargeback_loss: total });
  const madeGood = balances(...lost, returnPostings(principal), chargebackOffsetPostings(principal));
  expect(madeGood).toMatchObject({ recipient_payable: 0, chargeback_loss: total - principal });
});

test('a correction brings whatever was booked to what is expected, balances, and of right books there is none', () => {
  fc.assert(
    fc.property(anyQuote, anyQuote, (q, other) => {
      const [expected, booked] = [chargePostings(q), [...chargePostings(other), ...transferPostings(other.principal)]];
      const correction = correctionPostings(expected, booked);
      expect(balances(booked, correction)).toEqual(balances(expected));
      expect(sumOf(correction)).toBe(0);
      expect(correctionPostings(expected, [...expected].reverse())).toEqual([]);
    }),
  );
});
