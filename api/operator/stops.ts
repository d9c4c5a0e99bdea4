/**
 * Stop switches: no new charges, or no new transfers (docs/operations.md). What was begun goes on to its end; the float
 * watch's own stop is not lifted here.
 */
import { heldDeals, liftStop, type StopLeg, stopLeg } from '../../db/stop-switches';
import { z } from '../http/zod';
import { actorOf, type By, done, type Order, refused } from './order';
import { why } from './texts';
import { wake } from './wake';

interface Throw {
  readonly leg: StopLeg;
  readonly reason: string;
}
const input = z.strictObject({ ...why, leg: z.enum(['charge', 'transfer']) });
const thrown = (by: By, given: Throw) => ({ ...given, source: 'operator', actor: actorOf(by) }) as const;

/** Stops new charges, or new transfers, from the next intent on. */
export const stop: Order<Throw> = {
  input,
  async carryOut({ db }, by, given) {
    const isNew = await stopLeg(db, thrown(by, given));
    return isNew ? done(`new ${given.leg}s are stopped`) : refused('not-now', `new ${given.leg}s are stopped already`);
  },
};

/** Lifts an operator's stop; the deals that it held back go on at once, or, while Temporal is away, within the hour. */
export const lift: Order<Throw> = {
  input,
  async carryOut(deps, by, given) {
    const lifted = await liftStop(deps.db, thrown(by, given));
    if (!lifted) return refused('not-now', `no operator has stopped ${given.leg}s`);
    const held = await heldDeals(deps.db, given.leg);
    const when = (await wake(deps, held)) ? 'now' : 'within the hour, since Temporal does not answer';
    const told = held.length === 0 ? '' : `; ${held.length} that wait look again ${when}`;
    return done(`the operators’ stop of new ${given.leg}s is lifted${told}`);
  },
};
