import { createAgenda } from './agenda';
import type { Facts } from './faults';
import type { Answer } from './http';
import { kstTime } from './korean-time';
import type { Clockwork, Sandbox, Timings } from './sandbox';

type Status = 'processing' | 'done' | 'failed' | 'returned';
/** A transfer's state from `afterMs` after the state before it (the first: after it was accepted). */
type Step = { afterMs: number; status: Status; code: string };
/** `hidden`: accepted, but no query finds it yet. */
type Course = { steps: [Step, ...Step[]]; hidden?: boolean; withheld?: boolean };

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

const DONE: Step = { afterMs: 0, status: 'done', code: '0000' };
const failed = (code: string, afterMs = 0): Step => ({ afterMs, status: 'failed', code });
const processing = (code: '0011' | 'VTIM'): Step => ({ afterMs: 0, status: 'processing', code });
const after = (afterMs: number, step: Step): Step => ({ ...step, afterMs });
const returnedAfter = (afterMs: number): Step => ({ afterMs, status: 'returned', code: '0000' });

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
const TEMPORARY_FAILURES_OF_0207 = 2;

export type Transfers = Clockwork & {
  verify(last4: string, holderName: string): Answer;
  send(order: Order, facts: Facts): Answer;
  query(id: Id): Answer;
  dayList(tradingDate: string): Answer;
  balance(): Answer;
  /** Money came into the float, or left it by another way, won. */
  setBalance(balance: number): void;
  last4Of(id: Id): string | undefined;
};

/** The bank's books: transfers, the float, and every magic account of spec §13. `opening` is the first float in won. */
export function createTransfers(sandbox: Sandbox, opening: number): Transfers {
  const { store, journal, webhooks, faults, timings, now } = sandbox;
  const transfers = store.table<Transfer>('transfers');
  const float = store.table<number>('float');
  const hiccups = store.table<number>('hiccups'); // temporary failures so far, by account and dealNo
  const agenda = createAgenda<[Step, ...Step[]]>(store, 'steps', now, (key, steps, dueAt) => {
    agenda.drop(key);
    const transfer = transfers.get(key);
    if (transfer) advance(key, transfer, steps, dueAt);
  });

  const balanceNow = () => float.get('balance') ?? opening;
  const moveFloat = (amount: number) => float.set('balance', balanceNow() + amount);

  /** Enters the first step and plans the next one. */
  function advance(key: string, before: Transfer, [step, next, ...later]: [Step, ...Step[]], at: number): void {
    const hidden = before.hidden && step.status === 'processing';
    transfers.set(key, { ...before, hidden, status: step.status, code: step.code, at });
    if (step.status !== 'processing') tell(before, step);
    if (next) agenda.plan(key, at + next.afterMs, [next, ...later]);
  }

  function tell({ reference, tradingDate, bankCode, amount, accountLast4 }: Transfer, { status, code }: Step): void {
    if (status !== 'done') moveFloat(amount); // it left the float when the transfer was accepted
    if (status !== 'failed') {
      const effect = status === 'done' ? 'transferred' : 'returned';
      journal.append('effect', { effect, reference, tradingDate, bankCode, amount });
    }
    webhooks.emit(`transfer.${status}`, { reference, tradingDate, amount, code }, { reference, last4: accountLast4 });
  }

  function courseOf(order: Order, facts: Facts): Course {
    if (order.amount > balanceNow()) return { steps: [failed('901')] };
    if (faults.take('bank-closed', facts)) return { steps: [failed('902')] };
    return withFaults(magicSteps(order), facts);
  }

  function magicSteps({ accountLast4, accountHash, reference }: Order): [Step, ...Step[]] {
    if (accountLast4 !== '0207') return stepsOf(accountLast4, timings);
    const key = `${accountHash}/${reference.replace(/-T\d+$/, '')}`;
    const count = (hiccups.get(key) ?? 0) + 1;
    hiccups.set(key, count);
    return count <= TEMPORARY_FAILURES_OF_0207 ? [failed('903')] : [DONE];
  }

  function withFaults(steps: [Step, ...Step[]], facts: Facts): Course {
    const slow = faults.take('processing', facts);
    const late = faults.take('late-success', facts);
    const back = steps.at(-1)?.status === 'done' ? faults.take('late-return', facts) : undefined;
    const waitMs = late ? (late.delayMs ?? timings.lateMs) : slow ? (slow.delayMs ?? timings.processingMs) : 0;
    const [first, ...rest] = steps;
    const course: [Step, ...Step[]] = slow || late ? [processing('0011'), after(waitMs, first), ...rest] : steps;
    if (back) course.push(returnedAfter(back.delayMs ?? timings.returnMs));
    return { steps: course, ...(late && { hidden: true, withheld: true }) };
  }

  function send(order: Order, facts: Facts): Answer {
    const { reference, tradingDate, bankCode, accountLast4, amount } = order;
    const key = keyOf(order);
    const earlier = transfers.get(key);
    if (earlier) return transferAnswer(earlier, 'DUP');
    const { steps, hidden = false, withheld } = courseOf(order, facts);
    const accepted = { reference, tradingDate, bankCode, accountLast4, amount, hidden };
    moveFloat(-amount);
    advance(key, { ...accepted, status: steps[0].status, code: steps[0].code, at: now() }, steps, now());
    const { status, code } = steps[0];
    const answer = transferAnswer({ ...accepted, status, code, at: now() });
    return withheld ? { ...answer, manner: 'withheld' } : answer;
  }

  return {
    verify(last4, holderName) {
      const code = { '0298': '412', '0299': '815' }[last4] ?? '0000';
      return good(code, code === '0000' ? { holderName } : {});
    },
    send,
    query(id) {
      const found = transfers.get(keyOf(id));
      if (found && !found.hidden) return transferAnswer(found);
      return { status: 404, body: { rspCode: 'A0404', bankRspCode: null, message: '해당 거래가 없습니다.' } };
    },
    dayList: (tradingDate) =>
      good('0000', {
        tradingDate,
        transfers: transfers
          .values()
          .filter((transfer) => transfer.tradingDate === tradingDate && !transfer.hidden)
          .map(({ hidden: _, code, at, ...facts }) => ({ ...facts, bankRspCode: code, at: kstTime(at) })),
      }),
    balance: () => good('0000', { balance: balanceNow() }),
    setBalance: (balance) => void float.set('balance', balance),
    last4Of: (id) => transfers.get(keyOf(id))?.accountLast4,
    start: agenda.start,
    stop: agenda.stop,
  };
}

const keyOf = ({ reference, tradingDate }: Id): string => `${tradingDate}/${reference}`;

const good = (bankRspCode: string, facts: object): Answer => ({
  status: 200,
  body: { rspCode: 'A0000', bankRspCode, ...facts, message: MESSAGES[bankRspCode] },
});

const transferAnswer = ({ reference, tradingDate, amount, status, code }: Transfer, said = code): Answer =>
  good(said, { reference, tradingDate, amount, status });

/** What becomes of a transfer to an account with these last four digits. */
function stepsOf(last4: string, { vtimMs, processingMs, returnMs }: Timings): [Step, ...Step[]] {
  switch (last4) {
    case '0201':
      return [failed('412')];
    case '0202':
      return [failed('415')];
    case '0203':
      return [failed('815')];
    case '0204':
      return [processing('VTIM'), after(vtimMs, DONE)];
    case '0205':
      return [processing('VTIM'), failed('419', vtimMs)];
    case '0206':
      return [processing('0011'), after(processingMs, DONE)];
    case '0208':
      return [failed('903')];
    case '0209':
      return [DONE, returnedAfter(returnMs)];
    default:
      return [DONE];
  }
}
