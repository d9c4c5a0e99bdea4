/**
 * What people pay out of the account at the bank's own console: it is on the account's statement and in the recipient's
 * passbook, under the number of its slip; no query and no day list of the API knows it.
 */
import type { Account } from './account';
import { kstTime } from './korean-time';
import type { Sandbox } from './sandbox';
import type { Table } from './store';

/** `amount` is won; negative: it went back to the sender. `at` is Korean time. */
export type PassbookLine = { at: string; amount: number; memo: string; reference: string };
type Passbooks = Table<PassbookLine & { accountHash: string }>;

type Slip = { reference: string; bankCode: string; accountHash: string; amount: number };
type Paid = Slip & { tradingDate: string; returned: boolean };

export type ByHand = {
  /** Pays once for each slip; answers with its trading date, or why not. */
  pay(slip: Slip): { tradingDate: string } | 'reused' | 'too-little';
  /** The bank gives it back, once; false: there is no such slip. */
  giveBack(reference: string): boolean;
};

type Books = Pick<Sandbox, 'store' | 'now' | 'providerLog'> & { account: Account; passbooks: Passbooks };

export function payoutsByHand({ store, now, providerLog, account, passbooks }: Books): ByHand {
  const slips = store.table<Paid>('slips');

  function note({ accountHash, reference, bankCode, tradingDate, ...paid }: Paid, way: 'out' | 'back'): void {
    const at = now();
    const amount = way === 'out' ? paid.amount : 0 - paid.amount;
    account.hold(amount);
    account.enter({ kind: way === 'out' ? 'withdrawal' : 'return', reference, amount: 0 - amount, at });
    const line = { at: kstTime(at), amount, memo: '', reference };
    passbooks.set(String(passbooks.size + 1).padStart(8, '0'), { accountHash, ...line });
    const effect = way === 'out' ? 'transferred' : 'returned';
    providerLog.append('effect', { effect, reference, tradingDate, bankCode, amount: paid.amount });
  }
  return {
    pay(slip) {
      const known = slips.get(slip.reference);
      if (known)
        return known.amount === slip.amount && known.accountHash === slip.accountHash
          ? { tradingDate: known.tradingDate }
          : 'reused';
      if (slip.amount > account.balance()) return 'too-little';
      const paid = { ...slip, tradingDate: kstTime(now()).slice(0, 10), returned: false };
      store.together(() => {
        slips.set(slip.reference, paid);
        note(paid, 'out');
      });
      return { tradingDate: paid.tradingDate };
    },
    giveBack(reference) {
      const paid = slips.get(reference);
      if (!paid) return false;
      if (paid.returned) return true;
      store.together(() => {
        slips.set(reference, { ...paid, returned: true });
        note(paid, 'back');
      });
      return true;
    },
  };
}
