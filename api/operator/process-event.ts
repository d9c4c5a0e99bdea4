/** A webhook of the inbox is judged again, by what judges it every minute (docs/operations.md). */
import { findUnread, readAgain } from '../../db/unread-events';
import { actOnEvents, findEvent } from '../../db/webhook-events';
import { EVENT_READERS } from '../../infra/providers/webhooks';
import type { DealId } from '../../workflows/domain/ids';
import type { EventReaders, ProviderNews } from '../../workflows/domain/provider-news';
import { isUnavailable } from '../http/unavailable';
import { z } from '../http/zod';
import { type By, done, type OperatorDeps, type Order, refused } from './order';
import { why } from './texts';

type EventBy = By & { readonly provider: string; readonly eventId: string };
const READERS: EventReaders = EVENT_READERS;

/** Reads it anew if it could not be read, and does what its claim asks for: its deal is told, or it is dealt with. */
export const processEvent: Order<{ readonly reason: string }, EventBy> = {
  ...{ name: 'process-event', right: 'webhooks.process', input: z.strictObject(why) },
  async look(db, { provider, eventId }) {
    const found = await findEvent(db, { provider, eventId });
    const state = found ? { isProcessed: found.isProcessed } : null;
    return { kind: 'webhook-event', id: `${provider}/${eventId}`, state };
  },
  async carryOut(deps, { provider, eventId }) {
    const { db } = deps;
    const unread = await findUnread(db, { provider, eventId });
    if (unread && !(await readAgain(db, unread, READERS)))
      return refused('not-now', 'this version cannot read it either');
    const event = await findEvent(db, { provider, eventId });
    if (!event) return refused('not-found', `there is no event ${provider}/${eventId}`);
    let told = 0;
    try {
      await actOnEvents(db, [event], async (dealId, news) => {
        await tell(deps, dealId, news);
        told += 1;
      });
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return refused('unreachable', 'Temporal does not take it just now; the event stays as it is');
    }
    if (told > 0) return done('its deal is told, and asks the provider');
    const { isProcessed = false } = (await findEvent(db, event)) ?? {};
    return done(isProcessed ? 'it says nothing that is not known' : 'what is being decided at this moment answers it');
  },
};

const tell = async ({ engine }: OperatorDeps, dealId: DealId, news: ProviderNews): Promise<void> =>
  (await engine()).resume(dealId, news);
