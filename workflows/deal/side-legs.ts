/**
 * The legs that run beside the deal's own course, each at its own pace (spec §5.9): news of decided money, charges that
 * came late, a part of the fee. They meet the course in the database alone, which refuses what a doubt bars; what they
 * found out, the course looks at. They take ordinary activities only: results of local ones would race with the
 * course's own (docs/decisions.md).
 */
import { condition } from '@temporalio/workflow';
import { hearNews, isDue } from './news';
import { refundFee, refundLateCharge } from './refund';
import type { DealRun } from './run';

/** Begins them; each acts whenever there is something for it. */
export function runSideLegs(run: DealRun): void {
  const { inbox, beside } = run;
  const begun = new Set<number>();
  const nextLate = () => [...beside.lateCharges].find((attempt) => !begun.has(attempt));
  void whenever(
    run,
    () => inbox.news.some((news) => isDue(run, news)),
    () => busy(run, () => hearNews(run)),
  );
  void whenever(
    run,
    () => inbox.feeRefund !== null,
    () => busy(run, () => refundFee(run)),
  );
  void whenever(
    run,
    () => nextLate() !== undefined,
    async () => {
      const attempt = nextLate();
      if (attempt === undefined) return;
      begun.add(attempt); // late charges are payments of their own: none waits for another
      void busy(run, () => refundLateCharge(run, attempt)).then(() => begun.delete(attempt));
    },
  );
}

/** Whether none has anything left to do. */
export function areSideLegsDone({ inbox, beside, questions }: DealRun): boolean {
  const isAsked = inbox.news.length > 0 || inbox.feeRefund !== null || beside.lateCharges.size > 0;
  return !isAsked && beside.busy === 0 && questions.size === 0;
}

async function whenever(run: DealRun, isAsked: () => boolean, act: () => Promise<void>): Promise<void> {
  for (;;) {
    await condition(() => !run.restoring && isAsked());
    await act();
  }
}

async function busy({ beside }: DealRun, act: () => Promise<void>): Promise<void> {
  beside.busy += 1;
  await act();
  beside.busy -= 1;
}
