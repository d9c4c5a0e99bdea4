/** What a payer may still pay today (spec §7), as the rules of risk count it. */
import type { Db } from '../../db/connection';
import { reservedOn } from '../../db/risk';
import { nextKstMidnight } from '../../workflows/domain/bank-calendar';
import { PRINCIPAL_LIMITS } from '../../workflows/domain/fees';
import type { Won } from '../../workflows/domain/money';
import { dayLimitsExceeded, RISK_LIMITS, type RiskRule } from '../../workflows/domain/screening';
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
  exceededBy(principal: Won): RiskRule[];
}

/** The payer's limits on the KST day of the instant. */
export async function limitsToday(db: Db, userId: string, now: Date): Promise<LimitsToday> {
  const { deals, amount } = await reservedOn(db, userId, now);
  return {
    left: {
      dealsLeft: Math.max(0, RISK_LIMITS.dealsPerDay - deals),
      amountLeft: Math.max(0, RISK_LIMITS.amountPerDay - amount),
      resetsAt: nextKstMidnight(now).toISOString(),
      perDeal: { ...PRINCIPAL_LIMITS },
    },
    exceededBy: (principal) => dayLimitsExceeded({ userDailyCount: deals + 1, userDailyAmount: amount + principal }),
  };
}
