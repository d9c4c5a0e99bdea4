import { createAgenda } from './agenda';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import type { Clockwork, Sandbox } from './sandbox';
import { courseOf, type Status, type Step, type Steps } from './transfer-courses';

type Id = { reference: string; tradingDate: string };
type Order = Id & { bankCode: string; accountHash: string; accountLast4: string; amount: number };
type Transfer = Id & {
  bankCode: string;
  accountLast4: string;
  amount: number;
  status: Status;
  code: string;
  at: number;
  hidden: boolean;
};

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

export type Transfers = Clockwork & {
  verify(holderName: string, facts: Facts): Answer;
  send(order: Order, facts: Facts): Answer;
  query(id: Id): Answer;
  dayList(tradingDate: string): Answer;
  balance(): Answer;
  /** Money came into the float, or left it by another way, won. */
  setBalance(balance: number): void;
  last4Of(id: Id): string | undefined;
};

/** The bank's books: transfers and the float. `opening` is the first float in won. */
export function createTransfers(sandbox: Sandbox, opening: number): Transfers {
  const agenda = createAgenda<Steps>(sandbox.store, 'steps', sandbox.now, (key, steps, dueAt) => {
    agenda.drop(key);
    const transfer = books.transfers.get(key);
    if (transfer) advance(books, { key, before: transfer, steps, at: dueAt });
  });
  const books: Books = { ...sandbox, ...tablesOf(sandbox), opening, plan: agenda.plan };
  const { transfers, float } = books;
  return {
    verify(holderName, facts) {
      const code = { '0298': '412', '0299': '815' }[facts.last4 ?? ''] ?? '0000';
      const told = sandbox.faults.take('other-name', facts) ? OTHER_NAME : holderName;
      return good(code, code === '0000' ? { holderName: told } : {});
    },
    send: (order, facts) => send(books, order, facts),
    query(id) {
      const found = transfers.get(keyOf(id));
      if (found && !found.hidden) return transferAnswer(found);
      return { status: 404, body: { rspCode: 'A0404', bankRspCode: null, message: '해당 거래가 없습니다.' } };
    },
    dayList: (tradingDate) => dayList(books, tradingDate),
    balance: () => good('0000', { balance: balanceOf(books) }),
    setBalance: (balance) => void float.set('balance', balance),
    last4Of: (id) => transfers.get(keyOf(id))?.accountLast4,
    hurry: (about) => agenda.hurry((key) => key.endsWith(`/${about}`)),
    start: agenda.start,
    stop: agenda.stop,
  };
}

const tablesOf = ({ store }: Sandbox) => ({
  transfers: store.table<Transfer>('transfers'),
  float: store.table<number>('float'),
  /** Temporary failures so far, by account and dealNo. */
  hiccups: store.table<number>('hiccups'),
});

type Books = Sandbox &
  ReturnType<typeof tablesOf> & {
    opening: number;
    /** Has the first of the steps entered at `at`, ms since the epoch. */
    plan(key: string, at: number, steps: Steps): void;
  };

const balanceOf = ({ float, opening }: Books): number => float.get('balance') ?? opening;
const moveFloat = (books: Books, amount: number): void => books.float.set('balance', balanceOf(books) + amount);

function send(books: Books, order: Order, facts: Facts): Answer {
  const { reference, tradingDate, bankCode, accountLast4, amount } = order;
  const key = keyOf(order);
  const earlier = books.transfers.get(key);
  if (earlier) return transferAnswer(earlier, 'DUP');
  const { faults, timings } = books;
  const given = { faults, facts, timings, balance: balanceOf(books), countHiccup: () => countHiccup(books, order) };
  const { steps, hidden = false, withheld } = courseOf(order, given);
  const { status, code } = steps[0];
  const at = books.now();
  const accepted = { reference, tradingDate, bankCode, accountLast4, amount, hidden, status, code, at };
  moveFloat(books, -amount);
  advance(books, { key, before: accepted, steps, at });
  const answer = transferAnswer(accepted);
  return withheld ? { ...answer, manner: 'withheld' } : answer;
}

type Advance = { key: string; before: Transfer; steps: Steps; at: number };

/** Enters the first step and plans the next one. */
function advance(books: Books, { key, before, steps: [step, next, ...later], at }: Advance): void {
  const hidden = before.hidden && step.status === 'processing';
  books.transfers.set(key, { ...before, hidden, status: step.status, code: step.code, at });
  if (step.status !== 'processing') tell(books, before, step);
  if (next) books.plan(key, at + next.afterMs, [next, ...later]);
}

function tell(books: Books, { accountLast4, bankCode, ...transfer }: Transfer, { status, code }: Step): void {
  const { reference, tradingDate, amount } = transfer;
  if (status !== 'done') moveFloat(books, amount); // it left the float when the transfer was accepted
  if (status !== 'failed') {
    const effect = status === 'done' ? 'transferred' : 'returned';
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

function dayList({ transfers }: Books, tradingDate: string): Answer {
  const listed = transfers.values().filter((one) => one.tradingDate === tradingDate && !one.hidden);
  const lines = listed.map(({ hidden: _, code, at, ...facts }) => ({ ...facts, bankRspCode: code, at: kstTime(at) }));
  return good('0000', { tradingDate, transfers: lines });
}

const keyOf = ({ reference, tradingDate }: Id): string => `${tradingDate}/${reference}`;

const good = (bankRspCode: string, facts: object): Answer => ({
  status: 200,
  body: { rspCode: 'A0000', bankRspCode, ...facts, message: MESSAGES[bankRspCode] },
});

const transferAnswer = ({ reference, tradingDate, amount, status, code }: Transfer, said = code): Answer =>
  good(said, { reference, tradingDate, amount, status });
