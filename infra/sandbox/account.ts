/** PLIC's account at the bank: every won that came or went is a line of it, and the statements are its lines by day. */
import type { Facts } from './faults';
import { kstTime } from './korean-time';
import { tellLines } from './listings';
import type { Sandbox } from './sandbox';

/** `amount`: won, positive what came in. `at`: ms since the epoch. */
type Movement = {
  kind: 'transfer' | 'return' | 'deposit' | 'withdrawal';
  reference: string;
  amount: number;
  at: number;
};
type Line = Movement & { id: string };
type Deposit = Pick<Movement, 'reference' | 'amount'> & { at?: number | undefined };

/** The reference of the line by which the account was opened. */
const OPENING = 'OPENING';

export type Account = {
  /** What can be spent: transfers on their way have left it already, won. */
  balance(): number;
  /** A transfer was accepted (less), or failed (more): what can be spent changes, and no line is written yet. */
  hold(amount: number): void;
  release(amount: number): void;
  /** Writes down what was held before, or came back. */
  enter(movement: Movement): void;
  /** Money comes in, or goes out (negative), once for each reference; false: it is known with another amount. */
  deposit(deposit: Deposit): boolean;
  /** Sets what can be spent; the difference is a line. */
  setBalance(balance: number): void;
  /** The line by which the account was opened; undefined: it was opened empty. */
  opening(): Movement | undefined;
  /** @param date KST day, YYYY-MM-DD */
  statement(date: string, call: Facts): object;
  /** Opens the account, unless it is open. */
  open(): void;
};

/** `opening`: the first deposit of a new account, won. */
export function createAccount(sandbox: Sandbox, opening: number): Account {
  const { store, now } = sandbox;
  const lines = store.table<Line>('account-lines');
  const float = store.table<number>('float');
  const deposits = store.table<number>('deposits');
  const balance = () => float.get('balance') ?? opening;
  const hold = (amount: number) => float.set('balance', balance() - amount);

  function enter(movement: Movement): void {
    const id = `L${String(lines.size + 1).padStart(8, '0')}`;
    lines.set(id, { id, ...movement });
  }
  function pay({ reference, amount, at = now() }: Deposit): void {
    deposits.set(reference, amount);
    enter({ kind: amount > 0 ? 'deposit' : 'withdrawal', reference, amount, at });
  }
  return {
    balance,
    hold,
    release: (amount) => hold(0 - amount),
    enter,
    deposit(deposit) {
      const known = deposits.get(deposit.reference);
      if (known !== undefined) return known === deposit.amount;
      store.together(() => {
        pay(deposit);
        hold(0 - deposit.amount);
      });
      return true;
    },
    setBalance(next) {
      const amount = next - balance();
      if (amount === 0) return;
      store.together(() => {
        pay({ reference: `ADJUSTMENT-${deposits.size}`, amount });
        float.set('balance', next);
      });
    },
    opening: () => lines.values().find(({ reference }) => reference === OPENING),
    statement: (date, call) => statementOf(sandbox, lines.values(), date, call),
    open() {
      if (lines.size === 0 && balance() !== 0) pay({ reference: OPENING, amount: balance() });
    },
  };
}

/** The lines of the day between what all earlier ones, and all until its end, add up to. */
function statementOf(sandbox: Sandbox, lines: readonly Line[], date: string, call: Facts): object {
  const dayOf = ({ at }: Line) => kstTime(at).slice(0, 10);
  const sum = (some: readonly Line[]) => some.reduce((won, { amount }) => won + amount, 0);
  const ofDay = lines.filter((line) => dayOf(line) === date).sort((a, b) => a.at - b.at);
  const openingBalance = sum(lines.filter((line) => dayOf(line) < date));
  const told = tellLines(sandbox, ofDay, ({ id, reference }) => ({ key: `statement/${id}`, reference }), call);
  return {
    date,
    openingBalance,
    closingBalance: openingBalance + sum(ofDay),
    lines: told.map((line) => ({ ...line, at: kstTime(line.at) })),
  };
}
