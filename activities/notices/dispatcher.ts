/**
 * Sends what the outbox holds, beside the deals, each channel by itself: a carrier that is slow or down delays neither
 * a deal nor another channel.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import {
  claimNotices,
  type DueNotice,
  giveTryBack,
  markNoticeSent,
  markNoticeUnsent,
  tellBySmsToo,
} from '../../db/notices';
import type { Keys } from '../../infra/keys/keys';
import { KeysUnavailable } from '../../infra/keys/master-key';
import type { Log } from '../../infra/log';
import { isCodeNotice } from '../../workflows/domain/notices';
import { noticeMessage } from '../../workflows/domain/words/notice-texts';
import type { NoticeChannel } from './channels';

const IDLE_MS = 300;
const AFTER_ERROR_MS = 2_000;
const BATCH = 10;
/** Longer than any call to the carrier, so that only a dead worker's notices are sent by another. */
const LEASE_MS = 60_000;
/** A code is worth nothing after three minutes; news of money and of the account is tried for three days. */
const ATTEMPTS_MAX = { code: 10, news: 440 };
/** After so many, news that a payer wanted by e-mail is told by SMS as well. */
const ATTEMPTS_BEFORE_SMS = 10;
const BACKOFF_MS = { first: 1_000, most: 600_000 };
/** What cannot be opened while the master key is away is due again after it. */
const KEYS_AWAY_MS = 5_000;

interface NoticeDeps {
  readonly db: Db;
  readonly keys: Keys;
  /** `noticeChannels` of channels.ts. */
  readonly channels: readonly NoticeChannel[];
  readonly log: Log;
}

export interface NoticeDispatcher {
  start(): void;
  /** Resolves when the messages on their way are sent and recorded. */
  stop(): Promise<void>;
}

/**
 * The dispatcher of one process; several share the outbox. A message is sent at least once: twice only when a process
 * dies between the carrier's answer and its record. A failure is tried again after 1 s, 2 s, 4 s… up to 10 min: a
 * code ten times in all, news for three days. What nobody was asked to carry, since keys are away, is no try.
 */
export function createNoticeDispatcher(deps: NoticeDeps): NoticeDispatcher {
  const { channels, log } = deps;
  let running: { readonly end: AbortController; readonly done: Promise<unknown> } | null = null;

  async function run(channel: NoticeChannel, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await sendDue(deps, channel).then(
        (count) => (count > 0 ? 0 : IDLE_MS),
        (error: Error) => {
          log.error({ reason: error.message }, 'the outbox of notices cannot be read or written');
          return AFTER_ERROR_MS;
        },
      );
      if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => undefined); // ended early by stop
    }
  }

  return {
    start() {
      if (running) return;
      const end = new AbortController();
      running = { end, done: Promise.all(channels.map((channel) => run(channel, end.signal))) };
    },
    async stop() {
      running?.end.abort();
      await running?.done;
      running = null;
    },
  };
}

/** Sends one batch of the channel; answers how many were due. */
async function sendDue(deps: NoticeDeps, channel: NoticeChannel): Promise<number> {
  const due = await claimNotices(deps.db, { channel: channel.channel, most: BATCH, leaseMs: LEASE_MS });
  await Promise.all(due.map((notice) => sendOne(deps, channel, notice)));
  return due.length;
}

async function sendOne({ db, keys, log }: NoticeDeps, by: NoticeChannel, notice: DueNotice): Promise<void> {
  const { id, template, params, attempts } = notice;
  const { channel } = by;
  try {
    const { to, secret } = await opened(keys, by, notice);
    await by.send(to, noticeMessage(template, channel, { params, secret }));
  } catch (error) {
    if (error instanceof KeysUnavailable) {
      log.warn({ notice: id, template, channel, reason: error.message }, 'a notice waits for its keys');
      await giveTryBack(db, id, KEYS_AWAY_MS);
      return;
    }
    const last = attempts >= (isCodeNotice(template) ? ATTEMPTS_MAX.code : ATTEMPTS_MAX.news);
    const reason = (error as Error).message;
    if (last) log.error({ notice: id, template, channel, attempts, reason }, 'a notice was given up');
    else log.warn({ notice: id, template, channel, attempts, reason }, 'a notice was not sent and is tried again');
    const backoffMs = Math.min(BACKOFF_MS.first * 2 ** (attempts - 1), BACKOFF_MS.most);
    await markNoticeUnsent(db, id, last ? null : backoffMs);
    if (channel === 'email' && attempts === ATTEMPTS_BEFORE_SMS) await tellBySmsToo(db, id);
    return;
  }
  await markNoticeSent(db, id);
}

/** Whom the notice goes to, and its secret, in the clear. Throws KeysUnavailable while its keys are away. */
async function opened(keys: Keys, by: NoticeChannel, { id, userId, secretEncrypted, addressEncrypted }: DueNotice) {
  const secret = secretEncrypted === null ? null : await keys.decrypt(secretEncrypted, placeOf('noticeSecret', id));
  if (addressEncrypted === null) throw new Error('the address of this notice is gone');
  const to = await keys.decrypt(addressEncrypted, userId === null ? placeOf(by.own, id) : placeOf(by.ofMember, userId));
  return { to, secret };
}
