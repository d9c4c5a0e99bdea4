/** What operators hear when notices reach nobody, and when it is over. */
import type { Db } from '../../db/connection';
import { isTold } from '../../db/notices';
import { endOneOf, raiseOneMore } from '../../db/operator-tasks';
import { isAnyFailing } from '../../db/outbox';
import type { Log } from '../../infra/log';
import type { Channel, NoticeEndReason, NoticeTemplate } from '../../workflows/domain/notices';

interface TroubleDeps {
  readonly db: Db;
  readonly log: Log;
}

/** News that is refused so often is told by the next channel too; without one it is tried for three days. */
export const ATTEMPTS = { beforeNextChannel: 10, max: 440 };

const SENDING = ['failing', 'given-up', 'unknown', 'expired'] as const satisfies readonly (
  | 'failing'
  | NoticeEndReason
)[];
const DELIVERY = ['undelivered'] as const;
type Trouble = (typeof SENDING)[number] | (typeof DELIVERY)[number];
const caseOf = (channel: Channel, template: NoticeTemplate, what: Trouble) => `${template} by ${channel}: ${what}`;

/**
 * Names kinds of notices, never whom they were for: `GET /v1/admin/notices` lists them. Nothing when the same news has
 * left by another channel, and did not come back.
 */
export async function tellTrouble(
  { db, log }: TroubleDeps,
  channel: Channel,
  { id, template }: { readonly id: string; readonly template: NoticeTemplate },
  what: Trouble,
): Promise<void> {
  if (await isTold(db, id)) return;
  log.error({ template, channel, what }, 'a notice reached nobody');
  await raiseOneMore(db, 'alarm', 'notices-failed', caseOf(channel, template, what));
}

/** The channel took (or delivered) a notice of this kind: what was told of it is over, unless another still fails. */
export async function endTrouble(
  { db }: Pick<TroubleDeps, 'db'>,
  channel: Channel,
  template: NoticeTemplate,
  by: 'taken' | 'delivered',
): Promise<void> {
  const cases = (by === 'taken' ? SENDING : DELIVERY).map((what) => caseOf(channel, template, what));
  const isOver = async () =>
    by === 'delivered' || !(await isAnyFailing(db, { channel, template, attempts: ATTEMPTS.beforeNextChannel }));
  await endOneOf(db, 'notices-failed', cases, isOver);
}
