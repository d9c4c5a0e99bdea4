/**
 * What became of mails, as their carrier tells it: who gets them, whose come back, and who wants none. An event is done
 * when its effect is committed; told twice, or out of order, it has the same.
 */
import { noteDelivery, noteReturned, noticeOfMail } from '../../db/outbox-deliveries';
import { markEmailUnreachable } from '../../db/unreachable-emails';
import type { MailEvent, ReceivedMailEvent } from '../../workflows/domain/providers';
import { tellOtherwise } from './deliveries';
import type { NoticeDeps } from './send';
import { endTrouble } from './trouble';

/** What cannot be read is left to the queue, which puts it aside when it was told often enough. */
export async function heedMailEvent(deps: NoticeDeps, { event, isRepeated, done }: ReceivedMailEvent): Promise<void> {
  if (event === undefined) return deps.log.warn({}, 'an event of a mail cannot be read');
  if (event !== 'nothing' && !(await noteMailEvent(deps, event))) {
    // That it has left may be about to be recorded: it is told again.
    if (!isRepeated) return;
    deps.log.info({ kind: event.kind }, 'an event of a mail is about no notice that is known');
  }
  await done();
}

/** Answers false when no notice has left as this mail. */
function noteMailEvent({ db, ...deps }: NoticeDeps, { kind, messageId }: MailEvent): Promise<boolean> {
  return db.transaction(async (trx) => {
    const notice = await noticeOfMail(trx, messageId);
    if (!notice) return false;
    const { id, template } = notice;
    if (kind !== 'delivered') deps.log.warn({ notice: id, template, kind }, 'a mail was not welcome');
    if (kind === 'delivered' && (await noteDelivery(trx, id, 'delivered')))
      await endTrouble({ ...deps, db: trx }, 'email', template, 'delivered');
    if (kind === 'bounced' || kind === 'complained') await markEmailUnreachable(trx, id);
    if (kind === 'bounced' && (await noteReturned(trx, id))) await tellOtherwise({ ...deps, db: trx }, 'email', notice);
    return true;
  });
}
