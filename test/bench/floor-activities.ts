/** The steps of the bare workflow: the happy deal's answers, byte for byte as long, with nothing behind them. */
import type { MoneyActivities, RecordActivities } from '../../workflows/deal/ports';

export type FloorActivities = Pick<RecordActivities, 'screenDeal'> &
  Pick<MoneyActivities, 'chargeCard' | 'transferToRecipient'>;

export const floorActivities: FloorActivities = {
  screenDeal: async () => ({
    verdict: 'PASS',
    rules: [],
    counters: { userDailyCount: 1, userDailyAmount: 100_000, cardHourlyCount: 1 },
    kstDay: '2026-01-01',
  }),
  chargeCard: async () => ({ kind: 'charged', reviewForMs: null, cancelRequested: false }),
  transferToRecipient: async () => ({ kind: 'completed' }),
};
