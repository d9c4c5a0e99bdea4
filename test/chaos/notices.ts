/** What payers were told of a run's deals: every event once by each channel, or visibly not, and then by another one. */
import type { Db } from '../../db/connection';
import { leavesAt } from '../../workflows/domain/quiet-hours';
import type { System } from './system';

/** Those that have neither left nor ended, and do not wait for the morning, in words. */
export async function openNotices(db: Db): Promise<string[]> {
  const rows = await db('notices').where({ sent_at: null, failed_at: null }).select('template', 'channel', 'attempts');
  const now = new Date();
  return rows
    .filter(({ template }) => leavesAt(template, now) <= now)
    .map(({ template, channel, attempts }) => `a notice ${template} by ${channel} is open (${attempts} tries)`);
}

/**
 * What waits for a carrier to be asked what became of it, or for its next try, waits no longer. One that is due within
 * a minute may be in somebody's hands: it is left to them.
 */
export async function hurryNotices(db: Db): Promise<void> {
  const waiting = db('notices').where({ sent_at: null, failed_at: null });
  await waiting.whereRaw(`next_attempt_at > now() + interval '61 s'`).update({ next_attempt_at: db.raw('now()') });
}

interface Told {
  readonly deal_no: string;
  readonly event: string;
  readonly channel: 'sms' | 'email';
  readonly sent: boolean;
  readonly ended_reason: string | null;
}

interface Message {
  readonly channel: string;
  readonly text: string;
}

const ENDS = /^deal-(completed|refunded):/;
const isUnknown = ({ sent, ended_reason }: Told): boolean => !sent && ended_reason === 'unknown';

/** What is wrong with what was told, in words. */
export async function brokenNotices({ db, noticesUrl }: System): Promise<string[]> {
  const messages = (await (await fetch(`${noticesUrl}/_sandbox/messages`)).json()) as Message[];
  const rows: Told[] = await db('notices')
    .join('deals', 'deals.id', 'notices.deal_id')
    .select('deals.deal_no', 'event', 'channel', 'ended_reason', { sent: db.raw('sent_at is not null') });
  return [...(await untold(db)), ...wronglyTold(rows, messages)];
}

/** What is wrong with rows of the outbox beside the messages that arrived, in words. */
export const wronglyTold = (rows: readonly Told[], messages: readonly Message[]): string[] => [
  ...unheard(rows),
  ...miscounted(rows, messages),
];

/** Deals that ended, and nobody was to be told; what the payer's bank took back, PLIC did not give. */
async function untold(db: Db): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { deal_no: string; status: string }[] }>(
    `select d.deal_no, d.status from deals d where d.status in ('COMPLETED', 'REFUNDED') and not exists (
       select 1 from notices n where n.deal_id = d.id
         and n.template = case d.status when 'COMPLETED' then 'deal-completed' else 'deal-refunded' end)
       and not exists (select 1 from deal_events e where e.deal_id = d.id and e.cause = 'charged-back')`,
  );
  return rows.map(({ deal_no, status }) => `${deal_no} is ${status}, and no notice says so`);
}

/** Events that left by no channel; a delay needs not be told any more when the end of its deal is. */
function unheard(rows: readonly Told[]): string[] {
  const sent = rows.filter((row) => row.sent);
  const left = new Set(sent.map(({ event }) => event));
  const ended = new Set(sent.filter(({ event }) => ENDS.test(event)).map((row) => row.deal_no));
  const isOver = ({ ended_reason: why, deal_no: dealNo }: Told) => why === 'superseded' && ended.has(dealNo);
  const lost = new Map(rows.filter((row) => !left.has(row.event) && !isOver(row)).map((row) => [row.event, row]));
  return [...lost.values()].map((row) => `${row.deal_no}: nobody was told of ${row.event} (${row.ended_reason})`);
}

/** Of each deal and channel: as many messages as have left, and those of which nobody can tell at most once. */
function miscounted(rows: readonly Told[], messages: readonly Message[]): string[] {
  const byPlace = new Map<string, Told[]>();
  for (const row of rows) {
    const place = `${row.deal_no} ${row.channel}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), row]);
  }
  return [...byPlace].flatMap(([place, told]) => {
    const { deal_no: dealNo, channel } = told[0] as Told;
    const count = messages.filter((one) => one.channel === channel && one.text.includes(dealNo)).length;
    const [least, most] = [
      told.filter(({ sent }) => sent).length,
      told.filter((row) => row.sent || isUnknown(row)).length,
    ];
    const isRight = least <= count && count <= most;
    return isRight ? [] : [`${place}: ${count} messages arrived, of ${least} that left and ${most - least} unknown`];
  });
}
