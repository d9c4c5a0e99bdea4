import type { Account } from './account';
import { createAgenda } from './agenda';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import { tellLines } from './listings';
import { type ByHand, type PassbookLine, payoutsByHand } from './payouts-by-hand';
import type { BankReadings, Readings } from './readings';
import type { Clockwork, Sandbox } from './sandbox';
import { type Course, courseOf, gateCode, refusedWith, type Status, type Step, type Steps } from './transfer-courses';

type Id = { reference: string; tradingDate: string };
type Order = Id & {
  bankCode: string;
  accountHash: string;
  accountLast4: string;
  amount: number;
  /** What the recipient's passbook shows; nothing when none was sent. */
  memo?: string | undefined;
};
type Transfer = Id & {
  bankCode: string;
  accountHash: string;
  accountLast4: string;
  memo: string;
  amount: number;
  status: Status;
  code: string;
  at: number;
  hidden: boolean;
  /** No query finds it before, ms since the epoch. */
  notFoundUntil: number;
};
/** A send that is on its way: the bank knows nothing of it yet. */
type Landing = { order: Order; facts: Facts };

const MESSAGES: Readonly<Record<string, string>> = {
  '0000': '정상 처리되었습니다.',
  '0011': '처리 중입니다.',
  VTIM: '수취은행 응답 시간이 초과되었습니다.',
  DUP: '이미 사용된 거래번호입니다.',
  412: '존재하지 않는 계좌입니다.',
  415: '해지된 계좌입니다.',
  419: '사고 신고된 계좌입니다.',
  815: '예금주명이 일치하지 않습니다.',
  901: '출금 계좌의 잔액이 부족합니다.',
  902: '은행 점검 시간입니다.',
  903: '일시적인 오류입니다.',
};

/** The holder that the fault `other-name` tells of. */
const OTHER_NAME = '박예금';

type Transfers = Clockwork & {
  verify(holderName: string, facts: Facts): Answer;
  send(order: Order, facts: Facts): Answer;
  query(id: Id): Answer;
  dayList(tradingDate: string, facts: Facts): Answer;
  balance(): Answer;
  /** What the holder of an account sees: each transfer with its memo, and a return as money that went away again. */
  passbook(accountHash: string): PassbookLine[];
  /** Somebody pays out of the account by the bank's own console, or the bank gives that back. */
  readonly byHand: ByHand;
  /** @param date KST day, YYYY-MM-DD */
  statement(date: string, facts: Facts): Answer;
  last4Of(id: Id): string | undefined;
};

/** The bank's books: transfers and the account that they are paid out of. */
export function createTransfers(sandbox: Sandbox, readings: Readings<BankReadings>, account: Account): Transfers {
  const agenda = createAgenda<Steps>(sandbox.store, 'steps', sandbox.now, (key, steps, dueAt) => {
    agenda.drop(key);
    const transfer = books.transfers.get(key);
    if (transfer) advance(books, { key, before: transfer, steps, at: dueAt });
  });
  const landings = createAgenda<Landing>(sandbox.store, 'landings', sandbox.now, (key, landing, dueAt) => {
    landings.drop(key);
    land(books, landing, dueAt);
  });
  const later = { plan: agenda.plan, landLate: landings.plan, isUnderWay: landings.has };
  const books: Books = { ...sandbox, ...tablesOf(sandbox), ...later, readings, account };
  return {
    verify: (holderName, facts) => verify(books, holderName, facts),
    send: (order, facts) => send(books, order, facts),
    query: (id) => query(books, id),
    dayList: (tradingDate, facts) => dayList(books, tradingDate, facts),
    balance: () => good('0000', { balance: account.balance() }),
    byHand: payoutsByHand(books),
    passbook: (accountHash) =>
      books.passbooks.values().flatMap(({ accountHash: whose, ...line }) => (whose === accountHash ? [line] : [])),
    statement: (date, facts) => good('0000', account.statement(date, facts)),
    last4Of: (id) => books.transfers.get(keyOf(id))?.accountLast4,
    hurry(about) {
      const isIt = (key: string) => key.endsWith(`/${about}`);
      showNow(books, isIt);
      agenda.hurry(isIt);
      landings.hurry(isIt);
    },
    start() {
      account.open();
      agenda.start();
      landings.start();
    },
    stop() {
      agenda.stop();
      landings.stop();
    },
  };
}

const tablesOf = ({ store }: Sandbox) => ({
  transfers: store.table<Transfer>('transfers'),
  /** What recipients see. */
  passbooks: store.table<PassbookLine & { accountHash: string }>('passbooks'),
  /** Temporary failures so far, by account and dealNo. */
  hiccups: store.table<number>('hiccups'),
});

type Books = Sandbox &
  ReturnType<typeof tablesOf> & {
    readings: Readings<BankReadings>;
    account: Account;
    /** Plans the arrival of a send that is on its way. */
    landLate(key: string, at: number, landing: Landing): void;
    isUnderWay(key: string): boolean;
    /** Has the first of the steps entered at `at`, ms since the epoch. */
    plan(key: string, at: number, steps: Steps): void;
  };

function verify({ faults }: Books, holderName: string, facts: Facts): Answer {
  const code = { '0298': '412', '0299': '815' }[facts.last4 ?? ''] ?? '0000';
  const told = faults.take('other-name', facts) ? OTHER_NAME : holderName;
  return good(code, code === '0000' ? { holderName: told } : {});
}

function query({ transfers, now }: Books, id: Id): Answer {
  const found = transfers.get(keyOf(id));
  if (found && !found.hidden && !(found.notFoundUntil > now())) return transferAnswer(found);
  return { status: 404, body: { rspCode: 'A0404', bankRspCode: null, message: '해당 거래가 없습니다.' } };
}

/** What no query finds yet is found from now on. */
function showNow({ transfers, now }: Books, isIt: (key: string) => boolean): void {
  for (const [key, one] of transfers.entries()) {
    if (isIt(key) && one.notFoundUntil > now()) transfers.set(key, { ...one, notFoundUntil: now() });
  }
}

/** What the gate says to another send leaves no trace on a reference that is known, or on its way. */
function send(books: Books, order: Order, facts: Facts): Answer {
  const { transfers, faults, timings, now } = books;
  const key = keyOf(order);
  const earlier = transfers.get(key);
  const underWay = books.isUnderWay(key);
  const late = earlier || underWay ? undefined : faults.take('lands-late', facts);
  if (late) {
    books.landLate(key, now() + (late.delayMs ?? timings.lateMs), { order, facts });
    return { status: 504, body: {}, manner: 'withheld' };
  }
  const passesGate = !earlier || isGateFirst(books, facts);
  const shut = passesGate ? gateCode(order.amount, { faults, facts, balance: books.account.balance() }) : undefined;
  if (shut && (earlier || underWay)) return transferAnswer({ ...order, status: 'failed', code: shut });
  if (earlier) return transferAnswer(earlier, 'DUP');
  return accept(books, order, shut ? refusedWith(shut) : judge(books, { order, facts }), now());
}

const isGateFirst = ({ readings, faults }: Books, facts: Facts): boolean =>
  readings.get().duplicateCheck === 'after-gate' || faults.take('gate-first', facts) !== undefined;

const judge = (books: Books, { order, facts }: Landing): Course =>
  courseOf(order.accountLast4, { ...books, facts, countHiccup: () => countHiccup(books, order) });

/** A send that was on its way came through the gate long ago; it is a duplicate when another was taken meanwhile. */
function land(books: Books, landing: Landing, at: number): void {
  const { order } = landing;
  if (books.transfers.get(keyOf(order))) return;
  accept(books, order, order.amount > books.account.balance() ? refusedWith('901') : judge(books, landing), at);
}

function accept(
  books: Books,
  order: Order,
  { steps, withheld, hidden = false, notFoundMs }: Course,
  at: number,
): Answer {
  const { reference, tradingDate, bankCode, accountHash, accountLast4, amount, memo = '' } = order;
  const { status, code } = steps[0];
  const notFoundUntil = at + (notFoundMs ?? books.readings.get().notFoundMs);
  const whose = { bankCode, accountHash, accountLast4, memo };
  const accepted = { reference, tradingDate, ...whose, amount, hidden, notFoundUntil, status, code, at };
  books.account.hold(amount);
  advance(books, { key: keyOf(order), before: accepted, steps, at });
  const answer = transferAnswer(accepted);
  return withheld ? { ...answer, manner: 'withheld' } : answer;
}

type Advance = { key: string; before: Transfer; steps: Steps; at: number };

/** Enters the first step and plans the next one. */
function advance(books: Books, { key, before, steps: [step, next, ...later], at }: Advance): void {
  const hidden = before.hidden && step.status === 'processing';
  books.transfers.set(key, { ...before, hidden, status: step.status, code: step.code, at });
  if (step.status !== 'processing') tell(books, before, step, at);
  if (next) books.plan(key, at + next.afterMs, [next, ...later]);
}

function tell(
  books: Books,
  { accountHash, accountLast4, bankCode, memo, ...transfer }: Transfer,
  step: Step,
  at: number,
): void {
  const { status, code } = step;
  const { reference, tradingDate, amount } = transfer;
  if (status !== 'done') books.account.release(amount); // it left the float when the transfer was accepted
  if (status !== 'failed') {
    const effect = status === 'done' ? 'transferred' : 'returned';
    const out = { kind: 'transfer', reference, amount: 0 - amount, at } as const;
    books.account.enter(status === 'done' ? out : { kind: 'return', reference, amount, at });
    const line = { at: kstTime(at), amount: status === 'done' ? amount : 0 - amount, memo, reference };
    books.passbooks.set(String(books.passbooks.size + 1).padStart(8, '0'), { accountHash, ...line });
    books.providerLog.append('effect', { effect, reference, tradingDate, bankCode, amount });
  }
  const about = { reference, last4: accountLast4 };
  books.webhooks.emit(`transfer.${status}`, { reference, tradingDate, amount, code }, about);
}

function countHiccup({ hiccups }: Books, { accountHash, reference }: Order): number {
  const key = `${accountHash}/${reference.replace(/-T\d+$/, '')}`;
  const count = (hiccups.get(key) ?? 0) + 1;
  hiccups.set(key, count);
  return count;
}

function dayList(books: Books, tradingDate: string, call: Facts): Answer {
  const listed = books.transfers.values().filter((one) => one.tradingDate === tradingDate && !one.hidden);
  const aboutLine = (one: Transfer) => ({ key: keyOf(one), reference: one.reference, last4: one.accountLast4 });
  const lines = tellLines(books, listed, aboutLine, call).map(
    ({ hidden: _, notFoundUntil: _until, accountHash: _hash, memo: _memo, code, at, ...facts }) => ({
      ...facts,
      bankRspCode: code,
      at: kstTime(at),
    }),
  );
  return good('0000', { tradingDate, transfers: lines });
}

const keyOf = ({ reference, tradingDate }: Id): string => `${tradingDate}/${reference}`;

const good = (bankRspCode: string, facts: object): Answer => ({
  status: 200,
  body: { rspCode: 'A0000', bankRspCode, ...facts, message: MESSAGES[bankRspCode] },
});

type Told = Pick<Transfer, 'reference' | 'tradingDate' | 'amount' | 'status' | 'code'>;

const transferAnswer = ({ reference, tradingDate, amount, status, code }: Told, said = code): Answer =>
  good(said, { reference, tradingDate, amount, status });
