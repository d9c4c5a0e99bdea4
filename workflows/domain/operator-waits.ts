/**
 * The waits of deals as operators read them: docs/operations.md shows the table ("Waits"), and Temporal Web each one at
 * the workflow that waits (workflows/deal/details.ts). Markdown, without personal data.
 */
import type { WaitReason } from './deal-state';

interface OperatorWait {
  readonly meaning: string;
  /** What moves the deal on. */
  readonly movedBy: string;
  /** What an operator can order meanwhile. */
  readonly toDo: string;
}

export const OPERATOR_WAITS = {
  'card-needed': {
    meaning: 'the quote waits for a card',
    movedBy: 'the payer, or the end of the quote',
    toDo: 'nothing',
  },
  'charge-unknown': {
    meaning: 'the PG was asked to charge and gave no definite answer',
    movedBy: 'the same orderId is asked again by the timetable; alarm at 10 min, task at 1 h',
    toDo: '`rule --leg charge` with what the PG’s settlement file or support says; `done` needs `--payment-key`',
  },
  'risk-review': {
    meaning: 'charged, held because a rule alerted, or only slows such deals down',
    movedBy: 'you; after 24 h it is refunded, or after an hour, if no rule alerted, paid out',
    toDo: '`release`, `refund`',
  },
  'bank-closed': {
    meaning: 'one of the banks has its maintenance',
    movedBy: 'the end of it',
    toDo: '`refund`, until a transfer has begun; `pay-by-hand`',
  },
  'transfer-unknown': {
    meaning: 'the bank has the transfer and has not said what became of it',
    movedBy:
      'queried by the timetable; never sent twice, never refunded meanwhile; sent once more under its ' +
      'reference when the bank never had it, unless transfers are stopped or the charge is in dispute',
    toDo: '`rule --leg transfer` with the bank’s word',
  },
  'retry-due': {
    meaning: 'definite failures that pass (float, bank closed, temporary)',
    movedBy:
      '09:00 and 14:00 KST; given up after 36 h and refunded, which the deal’s `nextMoveAt` says when it ' +
      'comes first',
    toDo: '`retry`, `correct-account`, `refund`, `pay-by-hand`',
  },
  'refund-unknown': {
    meaning:
      'the PG was asked to refund the charge and gave no definite answer, or the refund waits for a part of ' +
      'the fee that is on its way',
    movedBy: 'asked again under the same key',
    toDo: '`rule --leg refund`; `failed` begins a new refund of the charge, and ends a fee refund',
  },
  'operator-needed': {
    meaning:
      'the account cannot be paid or gave the money back, a charge or its refund can no longer be asked ' +
      'about safely, the charge is in dispute, transfers are stopped, or one of the tasks below holds the ' +
      'deal back',
    movedBy:
      'you; a failed account is refunded at the end of its time; a stop or a doubt is looked at again after ' +
      '5 min, then ever more rarely, up to an hour; at once when you lift, close or accept it, or a ' +
      'provider tells something new',
    toDo: '`correct-account`, `refund`, `rule`, `pay-by-hand`; `lift transfer`',
  },
  'paying-by-hand': {
    meaning:
      'an operator has said that they pay it at the bank’s console; nothing else moves its money, and its ' +
      'payer cannot cancel',
    movedBy: 'you; a task after an hour',
    toDo: '`manual-transfer` when it is paid, `stop-paying-by-hand` when it is not',
  },
} as const satisfies Readonly<Record<WaitReason, OperatorWait>>;

/** Where operators read and act. */
export interface Desk {
  /** Address of docs/operations.md. */
  readonly runbook: string;
  /** Address under which operators reach the admin API; no slash at the end. */
  readonly admin: string;
}

/** Where a person reads about the wait. `runbook`: the address of docs/operations.md, without an anchor. */
export const runbookOf = (runbook: Desk['runbook'], reason: WaitReason): string => `${runbook}#wait-${reason}`;
