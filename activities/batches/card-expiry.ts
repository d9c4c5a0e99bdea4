/** Payers are told of cards that end soon, each once; one that cannot be told keeps no other from it. */
import { type EndingCard, endingCards, tellCardExpiring } from '../../db/card-notices';
import type { Db } from '../../db/connection';
import type { Log } from '../../infra/log';
import type { BatchActivities } from '../../workflows/batches/ports';
import { kstDayOf, kstMonthStart } from '../../workflows/domain/bank-calendar';

interface CardExpiryDeps {
  readonly db: Db;
  readonly log: Log;
  /** Cards of one look. */
  readonly pageSize?: number;
}

const CARDS_A_PAGE = 500;

/** `tellEndingCards` over PostgreSQL. */
export function cardExpiryActivities({
  db,
  log,
  pageSize = CARDS_A_PAGE,
}: CardExpiryDeps): Pick<BatchActivities, 'tellEndingCards'> {
  async function tell(card: EndingCard): Promise<boolean> {
    try {
      await db.transaction((trx) => tellCardExpiring(trx, card));
      return true;
    } catch (error) {
      log.error({ cardId: card.id, reason: (error as Error).message }, 'a payer could not be told of a card that ends');
      return false;
    }
  }

  return {
    async tellEndingCards({ scheduledAt }) {
      const at = new Date(scheduledAt);
      const [from, to] = [0, -1].map((back) => kstDayOf(kstMonthStart(at, back)).slice(0, 7)) as [string, string];
      const counts = { told: 0, failed: 0 };
      for (let after: string | null = null; ; ) {
        const page: EndingCard[] = await endingCards(db, { from, to, after, most: pageSize });
        for (const card of page) counts[(await tell(card)) ? 'told' : 'failed']++;
        after = page.at(-1)?.id ?? null;
        if (after === null) break;
      }
      if (counts.failed > 0) throw new Error(`of ${counts.failed} cards that end the payers could not be told`);
      return { told: counts.told };
    },
  };
}
