/**
 * Stop switches: no new charges, or no new transfers (docs/operations.md). What was begun goes on to its end; the float
 * watch's own stop is not lifted here.
 */
import type { Db } from '../../db/connection';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { heldDeals, liftStop, lockStop, openStops, type StopLeg, stopLeg } from '../../db/stop-switches';
import { z } from '../http/zod';
import { actorOf, type By, done, isAsSeen, type Order, type Refusal, refused } from './order';
import { why } from './texts';
import { wake } from './wake';

interface Throw {
  readonly leg: StopLeg;
  readonly reason: string;
}
const input = z.strictObject({ ...why, leg: z.enum(['charge', 'transfer']) });
const thrown = (by: By, given: Throw) => ({ ...given, source: 'operator', actor: actorOf(by) }) as const;

/** What is stopped of the leg, by whom. */
const look: Order<Throw>['look'] = async (db, _by, { leg }) => {
  const standing = (await openStops(db)).filter((one) => one.leg === leg);
  const thrown = standing.find(({ source }) => source === 'operator');
  const throws = thrown && { since: thrown.stoppedAt, times: thrown.times };
  return { kind: 'stop', id: leg, state: { stoppedBy: standing.map(({ source }) => source), ...throws } };
};

/** Stops new charges, or new transfers, from the next intent on; thrown again, its lift is asked for anew. */
export const stop: Order<Throw> = {
  ...{ name: 'stop', right: 'stops.throw', input, look },
  async carryOut({ db }, by, given) {
    const isNew = await stopLeg(db, thrown(by, given));
    const again = 'were stopped already, and are for this reason too: a lift that was asked for before is not given';
    return done(`new ${given.leg}s ${isNew ? 'are stopped' : again}`);
  },
};

const isStopped = async (db: Db, leg: StopLeg): Promise<boolean> =>
  (await openStops(db)).some((one) => one.leg === leg && one.source === 'operator');
const notStopped = (leg: StopLeg): Refusal => refused('not-now', `no operator has stopped ${leg}s`);

/** Lifts an operator's stop; the deals that it held back go on at once, or, while Temporal is away, within the hour. */
export const lift: Order<Throw> = {
  ...{ name: 'lift', right: 'stops.lift', two: true, input, look },
  judge: async (db, _by, { leg }) => ((await isStopped(db, leg)) ? undefined : notStopped(leg)),
  async carryOut(deps, by, given) {
    const answer = await deps.db.transaction(async (trx) => {
      const taken = await takeRequest(trx, { request: by.request, kind: 'lift', doing: { subject: given.leg } });
      if (taken.kind === 'refused') return refused('not-now', taken.why);
      if (taken.kind === 'done') return undefined;
      await lockStop(trx, given.leg);
      if (!(await isStopped(trx, given.leg))) return notStopped(given.leg);
      const { state } = await look(trx, by, given);
      if (!isAsSeen(taken.seen, state)) return refused('not-now', `the stop has changed since: ask again`);
      await finishRequest(trx, taken.request);
      await liftStop(trx, { ...thrown(by, given), request: taken.request });
      return undefined;
    });
    if (answer) return answer;
    const held = await heldDeals(deps.db, given.leg);
    const when = (await wake(deps, held)) ? 'now' : 'within the hour, since Temporal does not answer';
    const told = held.length === 0 ? '' : `; ${held.length} that wait look again ${when}`;
    return done(`the operators’ stop of new ${given.leg}s is lifted${told}`);
  },
};
