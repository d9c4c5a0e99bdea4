/**
 * Sends what the outbox holds, beside the deals, each channel by itself, in it the codes before everything else, and
 * last what can wait: a carrier that is slow or down delays neither a deal, nor another channel, nor a code.
 */
import { claimNotices, endDeadCodes, NOTICE_QUEUES, type NoticeQueue } from '../../db/outbox';
import { claimDeliveries } from '../../db/outbox-deliveries';
import { CODE_CHANNELS } from '../../workflows/domain/notices';
import type { MailEvents } from '../../workflows/domain/providers';
import { createDispatcher, type Dispatcher } from '../dispatcher';
import type { NoticeChannel } from './channels';
import { askDelivery } from './deliveries';
import { heedMailEvent } from './mail-events';
import { keepWorking } from './pool';
import { type NoticeDeps, sendNotice, tellOfDeadCode } from './send';

const IDLE_MS = 300;
/** Whether a message was delivered can wait. */
const DELIVERIES_IDLE_MS = 2_000;
/** Calls at once, a channel: codes have places of their own, that no news can fill, and news that no grades can. */
const PLACES: Readonly<Record<NoticeQueue, number>> = { codes: 20, news: 10, 'can-wait': 5 };
const DELIVERY_PLACES = 5;
const MAIL_EVENT_PLACES = 10;
/** Longer than any call to the carrier: a notice is taken by another worker only when its worker died. */
const LEASE_MS = 60_000;

interface DispatcherDeps extends NoticeDeps {
  /** `noticeChannels` of channels.ts. */
  readonly channels: readonly NoticeChannel[];
  /** Null: nobody tells what becomes of mails. */
  readonly mailEvents: MailEvents | null;
}

/** Those that can hold something. */
const queuesOf = ({ channel }: NoticeChannel): readonly NoticeQueue[] =>
  NOTICE_QUEUES.filter((queue) => queue !== 'codes' || CODE_CHANNELS.has(channel));

/** The dispatcher of one process; several share the outbox. What becomes of a notice: send.ts. */
export function createNoticeDispatcher({ channels, mailEvents, ...deps }: DispatcherDeps): Dispatcher {
  const onTrouble = (error: Error) =>
    deps.log.error({ reason: error.message }, 'the outbox of notices cannot be read or written');

  const sending = (by: NoticeChannel, queue: NoticeQueue, signal: AbortSignal) =>
    keepWorking(
      {
        ...{ places: PLACES[queue], idleMs: IDLE_MS, onTrouble },
        async take(most) {
          const { channel } = by;
          if (queue === 'codes') {
            for (const dead of await endDeadCodes(deps.db, channel)) await tellOfDeadCode(deps, channel, dead);
          }
          return claimNotices(deps.db, queue, { channel, most, leaseMs: LEASE_MS });
        },
        work: (notice) => sendNotice(deps, by, notice),
      },
      signal,
    );

  function asking(by: NoticeChannel, signal: AbortSignal): Promise<void> {
    const { standingOf } = by;
    if (!standingOf) return Promise.resolve();
    return keepWorking(
      {
        ...{ places: DELIVERY_PLACES, idleMs: DELIVERIES_IDLE_MS, onTrouble },
        take: (most) => claimDeliveries(deps.db, by.channel, most),
        work: (delivery) => askDelivery(deps, by.channel, standingOf, delivery),
      },
      signal,
    );
  }

  function hearing(events: MailEvents, signal: AbortSignal): Promise<void> {
    return keepWorking(
      {
        ...{ places: MAIL_EVENT_PLACES, idleMs: IDLE_MS },
        onTrouble: ({ message: reason }) => deps.log.error({ reason }, 'what became of mails cannot be heard or noted'),
        take: (most) =>
          events.receive(most, signal).catch((error: Error) => {
            if (signal.aborted) return [];
            throw error;
          }),
        work: (event) => heedMailEvent(deps, event),
      },
      signal,
    );
  }

  return createDispatcher((signal) => {
    const loops = channels.flatMap((by) => [
      ...queuesOf(by).map((queue) => sending(by, queue, signal)),
      asking(by, signal),
    ]);
    if (mailEvents) loops.push(hearing(mailEvents, signal));
    return Promise.all(loops);
  });
}
