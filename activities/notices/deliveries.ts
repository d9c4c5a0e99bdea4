/** Whether what left was delivered: the carrier is asked until it says so, or for a day. */
import { tellByNextChannel } from '../../db/notices';
import { type DueDelivery, noteDelivery } from '../../db/outbox-deliveries';
import { type Channel, isCodeNotice } from '../../workflows/domain/notices';
import type { MessageStanding } from '../../workflows/domain/providers';
import type { NoticeDeps } from './send';
import { endTrouble, tellTrouble } from './trouble';

const ASKED_FOR_MS = 24 * 3_600_000;

export async function askDelivery(
  deps: NoticeDeps,
  channel: Channel,
  standingOf: (messageId: string) => Promise<MessageStanding>,
  { id, template, messageId, ageMs }: DueDelivery,
): Promise<void> {
  const { db, log } = deps;
  const standing = await standingOf(messageId).catch((error: Error) => {
    log.warn({ notice: id, channel, reason: error.message }, 'the carrier does not say what became of a notice');
    return 'pending' as const;
  });
  if (standing === 'pending') {
    if (ageMs > ASKED_FOR_MS) await noteDelivery(db, id, 'unknown');
    return;
  }
  await db.transaction(async (trx) => {
    if (!(await noteDelivery(trx, id, standing))) return;
    const inside = { ...deps, db: trx };
    if (standing === 'delivered') return endTrouble(inside, channel, template, 'delivered');
    await tellOtherwise(inside, channel, { id, template });
  });
}

/**
 * News that was not delivered goes by the next channel; a code is asked for again by whom it was for. Called once, in
 * the transaction that notes it.
 */
export async function tellOtherwise(
  deps: NoticeDeps,
  channel: Channel,
  notice: Pick<DueDelivery, 'id' | 'template'>,
): Promise<void> {
  if (isCodeNotice(notice.template) || (await tellByNextChannel(deps.db, notice.id))) return;
  await tellTrouble(deps, channel, notice, 'undelivered');
}
