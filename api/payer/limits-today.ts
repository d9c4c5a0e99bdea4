/** What a payer may still pay today (spec §7), as the rules of risk count it. */
import type { Db } from '../../db/connection';
import { amountOf, reservedOn } from '../../db/risk';
import { activeSet } from '../../db/risk-sets';
import { nextKstMidnight } from '../../workflows/domain/bank-calendar';
import { PRINCIPAL_LIMITS } from '../../workflows/domain/fees';
import type { Won } from '../../workflows/domain/money';
import { type LimitRule, limitsExceeded, limitsOf } from '../../workflows/domain/risk-rules';
import { z } from '../http/zod';

export const limitsSchema = z.object({
  dealsLeft: z.int().openapi({ description: 'Deals that may still be paid today.' }),
  amountLeft: z.int().openapi({ description: 'Their principal in all.' }),
  resetsAt: z.iso.datetime().openapi({ description: 'The next midnight of Korea.' }),
  perDeal: z.object({ min: z.int(), max: z.int() }),
});

interface LimitsToday {
  readonly left: z.output<typeof limitsSchema>;
  /** The rules that would block one more deal of this principal. */
  exceededBy(principal: Won): LimitRule[];
}

/** The payer's limits on the KST day of the instant. */
export async function limitsToday(db: Db, userId: string, now: Date): Promise<LimitsToday> {
  const [day, set] = await Promise.all([reservedOn(db, userId, now), activeSet(db, now)]);
  const limits = limitsOf(set);
  const [deals, amount] = [day.length, amountOf(day)];
  return {
    left: {
      dealsLeft: Math.max(0, limits.userDailyCount - deals),
      amountLeft: Math.max(0, limits.userDailyAmount - amount),
      resetsAt: nextKstMidnight(now).toISOString(),
      perDeal: { ...PRINCIPAL_LIMITS },
    },
    exceededBy: (principal) =>
      limitsExceeded({ userDailyCount: deals + 1, userDailyAmount: amount + principal }, limits),
  };
}
