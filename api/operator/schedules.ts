/** Schedules in operators' hands: run now, pause, go on, make up for a time that was missed (docs/operations.md). */
import { type Client, type ScheduleHandle, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Words } from '../http/problem';
import { isUnavailable } from '../http/unavailable';
import { z } from '../http/zod';
import { actorOf, type By, done, type Order, refused } from './order';
import { pastTime, why } from './texts';

type ScheduleBy = By & { readonly schedule: string };
type Reasoned = { readonly reason: string };
type ScheduleOrder<I extends Reasoned = Reasoned> = Order<I, ScheduleBy>;

/** How long Temporal may take, ms. */
const DEADLINE_MS = 5_000;
/** A longer time is made up for in parts. */
const BACKFILL_MAX_MS = 3 * 24 * 3_600_000;
/** It comes again within the minute, and a day of it would be 1,440 runs. */
const NEVER_MADE_UP = 'minute-sweep';

const SPAN: Words = {
  ko: '끝은 시작보다 뒤이고, 3일 이내여야 합니다.',
  en: 'It must end after it begins, and be of three days at most.',
};
const backfillInput = z.strictObject({ ...why, from: pastTime, until: pastTime }).refine(
  ({ from, until }) => {
    const ms = Date.parse(until) - Date.parse(from);
    return ms > 0 && ms <= BACKFILL_MAX_MS;
  },
  { path: ['until'], params: { words: SPAN } },
);

/** The orders about Schedules, over this client. */
export function scheduleOrders(client: Client) {
  const inTime = <T>(work: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + DEADLINE_MS, work);
  const orderOf = <I extends Reasoned>(
    told: Pick<ScheduleOrder<I>, 'name' | 'input'> & {
      act(handle: ScheduleHandle, given: I, by: ScheduleBy): Promise<unknown>;
      readonly words: string;
      readonly never?: string;
    },
  ): ScheduleOrder<I> => ({
    ...{ name: told.name, right: 'batches.run', input: told.input },
    look: async (_db, { schedule }) => ({ kind: 'schedule', id: schedule, state: null }),
    async carryOut(_deps, by, given) {
      const { schedule } = by;
      if (schedule === told.never) return refused('not-now', `${schedule} comes again within the minute`);
      try {
        await inTime(() => told.act(client.schedule.getHandle(schedule), given, by));
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return refused('not-found', `there is no Schedule ${schedule}`);
        if (!isUnavailable(error)) throw error;
        return refused('unreachable', 'Temporal does not take it just now; look before you repeat it');
      }
      return done(`${schedule}: ${told.words}`);
    },
  });
  const reasoned = z.strictObject(why);
  return {
    run: orderOf({
      ...{ name: 'run-schedule', input: reasoned, words: 'runs now, unless it is running' },
      act: (handle) => handle.trigger(ScheduleOverlapPolicy.SKIP),
    }),
    pause: orderOf({
      ...{ name: 'pause-schedule', input: reasoned, words: 'paused' },
      act: (handle, { reason }, by) => handle.pause(`paused by ${actorOf(by)}: ${reason}`),
    }),
    unpause: orderOf({
      ...{ name: 'unpause-schedule', input: reasoned, words: 'goes on' },
      act: (handle, { reason }, by) => handle.unpause(`goes on by ${actorOf(by)}: ${reason}`),
    }),
    backfill: orderOf({
      ...{ name: 'backfill-schedule', input: backfillInput, words: 'the runs of that time are made up for' },
      never: NEVER_MADE_UP,
      act: (handle, { from: start, until: end }) =>
        handle.backfill([{ start: new Date(start), end: new Date(end), overlap: ScheduleOverlapPolicy.BUFFER_ALL }]),
    }),
  };
}
