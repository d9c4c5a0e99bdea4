/** What becomes of a transfer, step by step: by its account (magic ones: spec §13), the float and the faults. */
import type { Facts, Faults } from './faults';
import type { Timings } from './sandbox';

export type Status = 'processing' | 'done' | 'failed' | 'returned';
/** A transfer's state from `afterMs` after the state before it (the first: after it was accepted). */
export type Step = { afterMs: number; status: Status; code: string };
export type Steps = [Step, ...Step[]];
/** `hidden`: accepted, but no query or list has it yet. `notFoundMs`: for so long no query finds it. */
export type Course = { steps: Steps; hidden?: boolean; withheld?: boolean; notFoundMs?: number };

const DONE: Step = { afterMs: 0, status: 'done', code: '0000' };
const failed = (code: string, afterMs = 0): Step => ({ afterMs, status: 'failed', code });
const processing = (code: '0011' | 'VTIM'): Step => ({ afterMs: 0, status: 'processing', code });
const after = (afterMs: number, step: Step): Step => ({ ...step, afterMs });
const returnedAfter = (afterMs: number): Step => ({ afterMs, status: 'returned', code: '0000' });

const TEMPORARY_FAILURES_OF_0207 = 2;

/** What a course depends on besides its account. */
type Circumstances = {
  faults: Faults;
  facts: Facts;
  timings: Timings;
  /** Counts the temporary failures of an account for a deal, this one included. */
  countHiccup: () => number;
};

/** @returns what the gate says to a call, or undefined when it is open. `balance`: the float, won */
export function gateCode(
  amount: number,
  { faults, facts, balance }: Pick<Circumstances, 'faults' | 'facts'> & { balance: number },
): string | undefined {
  if (amount > balance) return '901';
  if (faults.take('bank-closed', facts)) return '902';
  return faults.take('bank-busy', facts) && '903';
}

/** The course of a transfer that the gate refused. */
export const refusedWith = (code: string): Course => ({ steps: [failed(code)] });

/** Decides the whole course of a transfer that came through the gate, when it is accepted. */
export const courseOf = (accountLast4: string, given: Circumstances): Course =>
  withFaults(magicSteps(accountLast4, given), given);

function magicSteps(last4: string, { timings, countHiccup }: Circumstances): Steps {
  if (last4 !== '0207') return stepsOf(last4, timings);
  return countHiccup() <= TEMPORARY_FAILURES_OF_0207 ? [failed('903')] : [DONE];
}

function withFaults(steps: Steps, { faults, facts, timings }: Circumstances): Course {
  const slow = faults.take('processing', facts);
  const late = faults.take('late-success', facts);
  const unseen = faults.take('not-found', facts);
  const back = steps.at(-1)?.status === 'done' ? faults.take('late-return', facts) : undefined;
  const waitMs = late ? (late.delayMs ?? timings.lateMs) : slow ? (slow.delayMs ?? timings.processingMs) : 0;
  const [first, ...rest] = steps;
  const course: Steps = slow || late ? [processing('0011'), after(waitMs, first), ...rest] : steps;
  if (back) course.push(returnedAfter(back.delayMs ?? timings.returnMs));
  return {
    steps: course,
    ...(late && { hidden: true, withheld: true }),
    ...(unseen && { notFoundMs: unseen.delayMs ?? timings.lateMs }),
  };
}

/** What becomes of a transfer to an account with these last four digits. */
function stepsOf(last4: string, { vtimMs, processingMs, returnMs }: Timings): Steps {
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
