/**
 * Sends one notice, and records what became of it. What was surely not taken is tried again; what was perhaps taken is
 * never sent again by itself: the carrier is asked, and where it cannot tell, another channel tells the news.
 */
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { tellByNextChannel } from '../../db/notices';
import {
  type DeadCode,
  type DueNotice,
  endNotice,
  giveTryBack,
  lockTaken,
  markNoticeNotTaken,
  markNoticeSent,
  markNoticeUnknown,
} from '../../db/outbox';
import type { Keys } from '../../infra/keys/keys';
import { KeysUnavailable } from '../../infra/keys/master-key';
import type { Log } from '../../infra/log';
import { type Channel, isCodeNotice } from '../../workflows/domain/notices';
import { ProviderError } from '../../workflows/domain/providers';
import { noticeMessage } from '../../workflows/domain/words/notice-texts';
import { backoffMs } from '../dispatcher';
import type { NoticeChannel } from './channels';
import { NobodyThere } from './push';
import { ATTEMPTS, endTrouble, tellTrouble } from './trouble';

/** A carrier that was asked to take a message may still be at it; what it lacks after so long it will not have. */
const LOST_ANSWER_MS = 60_000;
/** Until a carrier is first asked what became of a message. */
const DELIVERY_MS = 60_000;
/** What cannot be opened while the master key is away is due again after it. */
const KEYS_AWAY_MS = 5_000;

export interface NoticeDeps {
  readonly db: Db;
  readonly keys: Keys;
  /** Of the app's pages, which codes are for. */
  readonly host: string;
  readonly log: Log;
}

/** What the carrier made of it. `unknown`: it may have taken it. `keys-away`: nobody was asked. */
type Outcome = { readonly kind: 'taken'; readonly messageId: string | null } | Failure;
interface Failure {
  readonly kind: 'not-taken' | 'unknown' | 'unreachable' | 'keys-away';
  readonly reason: string;
  /** When the carrier wants to be asked again, ms. */
  readonly retryAfterMs?: number | undefined;
}

/** Throws only when the outbox cannot be written; the notice is then taken up again as one whose answer was lost. */
export async function sendNotice(deps: NoticeDeps, by: NoticeChannel, notice: DueNotice): Promise<void> {
  const { db, log } = deps;
  const { id, template, attempts } = notice;
  const { channel } = by;
  if (notice.isOvertaken) return void (await endNotice(db, notice, 'superseded'));
  const outcome = await outcomeOf(deps, by, notice);
  if (outcome.kind === 'taken') {
    const asksDeliveryInMs = by.standingOf ? DELIVERY_MS : null;
    await markNoticeSent(db, id, { messageId: outcome.messageId, asksDeliveryInMs });
    return endTrouble(deps, channel, template, 'taken');
  }
  log.warn({ notice: id, template, channel, attempts, reason: outcome.reason }, WORDS[outcome.kind]);
  if (outcome.kind === 'keys-away') return giveTryBack(db, notice, KEYS_AWAY_MS);
  const isCode = isCodeNotice(template);
  const isUnknown = outcome.kind === 'unknown';
  const isLast =
    outcome.kind === 'unreachable' || attempts >= ATTEMPTS.max || (isUnknown && (isCode || by.find === undefined));
  if (isLast || (attempts >= ATTEMPTS.beforeNextChannel && !isCode)) {
    const reason = outcome.kind === 'not-taken' ? 'given-up' : outcome.kind;
    if (await handOn(deps, channel, notice, { reason, isLast })) return;
  }
  const retryInMs = backoffMs(attempts, outcome.retryAfterMs);
  if (isUnknown) return markNoticeUnknown(db, notice, Math.max(retryInMs, LOST_ANSWER_MS));
  return markNoticeNotTaken(db, notice, retryInMs);
}

const WORDS = {
  'keys-away': 'a notice waits for its keys',
  unreachable: 'a notice has nowhere to go',
  unknown: 'a notice may have left, and nobody knows',
  'not-taken': 'a notice was not sent and is tried again',
} as const;

async function outcomeOf({ keys, host }: NoticeDeps, by: NoticeChannel, notice: DueNotice): Promise<Outcome> {
  const { template, params, language, askedAt, takenAt } = notice;
  const isLost = askedAt !== null && !by.isRepeatable;
  try {
    const { to, secret } = await opened(keys, by, notice);
    const message = noticeMessage(template, by.channel, { language, params, secret, host });
    if (!isLost) return { kind: 'taken', messageId: await by.send(to, { ...message, template, tag: notice.id }) };
    if (!by.find) return { kind: 'unknown', reason: 'nobody heard what the carrier answered' };
    const messageId = await by.find(to, message, { since: askedAt, now: takenAt });
    return messageId === null
      ? { kind: 'not-taken', reason: 'the carrier never had it' }
      : { kind: 'taken', messageId };
  } catch (error) {
    const { message: reason } = error as Error;
    if (error instanceof KeysUnavailable) return { kind: 'keys-away', reason };
    if (error instanceof NobodyThere) return { kind: 'unreachable', reason };
    if (!(error instanceof ProviderError)) return { kind: isLost ? 'unknown' : 'not-taken', reason };
    const isSure = by.isRepeatable || (error.kind === 'Unavailable' && !isLost);
    return { kind: isSure ? 'not-taken' : 'unknown', reason, retryAfterMs: error.retryAfterMs };
  }
}

/** Whom it goes to, and its secret, in the clear. Throws KeysUnavailable, and NobodyThere without an address. */
async function opened(keys: Keys, by: NoticeChannel, { id, userId, secretEncrypted, addressEncrypted }: DueNotice) {
  const secret = secretEncrypted === null ? null : await keys.decrypt(secretEncrypted, placeOf('noticeSecret', id));
  if (by.address === null && userId !== null) return { to: userId, secret };
  if (by.address === null || addressEncrypted === null) throw new NobodyThere('the address of this notice is gone');
  const { own, ofMember } = by.address;
  const to = await keys.decrypt(addressEncrypted, userId === null ? placeOf(own, id) : placeOf(ofMember, userId));
  return { to, secret };
}

/**
 * Another channel tells what it was to tell, and this one no more; or operators see that nobody does. Answers whether
 * it has ended: without another channel it has only when this try was the last.
 */
function handOn(
  deps: NoticeDeps,
  channel: Channel,
  notice: DueNotice,
  { reason, isLast }: { reason: 'given-up' | 'unknown' | 'unreachable'; isLast: boolean },
): Promise<boolean> {
  return deps.db.transaction(async (trx) => {
    if (!(await lockTaken(trx, notice))) return true; // another has it
    const isHandedOn = !isCodeNotice(notice.template) && (await tellByNextChannel(trx, notice.id));
    if (isHandedOn || isLast) await endNotice(trx, notice, reason);
    // An address that is gone is no trouble of the carrier, and nobody is left to be told.
    if (!isHandedOn && reason !== 'unreachable')
      await tellTrouble({ ...deps, db: trx }, channel, notice, isLast ? reason : 'failing');
    return isHandedOn || isLast;
  });
}

/** A code that was tried, and never left. */
export const tellOfDeadCode = (deps: NoticeDeps, by: Channel, code: DeadCode): Promise<void> =>
  tellTrouble(deps, by, code, code.reason);
