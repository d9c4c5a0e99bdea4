/** Legal holds: what a court, an authority or a dispute needs is kept beyond its term (docs/personal-data.md). */
import { HOLD_CODES, type HoldCode, type HoldSubject, liftHold, setHold } from '../../db/retention/legal-holds';
import { wasMember } from '../../db/users';
import { findDeal } from '../../db/views/operator-deals';
import { id, z } from '../http/zod';
import {
  actorOf,
  type By,
  type DealOrder,
  done,
  lookAtDeal,
  noSuchDeal,
  type OperatorDeps,
  type Order,
  refused,
} from './order';
import { lastDay, why } from './texts';

interface Hold {
  readonly code: HoldCode;
  readonly reason: string;
  /** The last KST day, `YYYY-MM-DD`; absent: until it is lifted. */
  readonly until?: string | undefined;
}
const input = z.strictObject({ ...why, code: z.enum(HOLD_CODES), until: lastDay.optional() });

async function hold({ db }: OperatorDeps, by: By, subject: HoldSubject, { code, reason, until }: Hold) {
  const id = await setHold(db, subject, { code, reason, until: until ?? null, actor: actorOf(by) });
  return `hold ${id} stands${until === undefined ? '' : ` until ${until}`}`;
}

/** Keeps everything of a deal and of the member whose it is. */
export const holdDeal: DealOrder<Hold> = {
  ...{ name: 'hold', right: 'holds.set', input, look: lookAtDeal },
  async carryOut(deps, by, given) {
    const deal = await findDeal(deps.db, by.dealNo);
    if (!deal) return noSuchDeal(by.dealNo);
    return done(`${by.dealNo}: ${await hold(deps, by, { dealId: deal.id }, given)}`);
  },
};

/** Keeps everything of a member, also one who has left. */
export const holdMember: Order<Hold & { readonly member: string }> = {
  ...{ name: 'hold', right: 'holds.set', input: input.extend({ member: id }) },
  look: async (_db, _by, { member }) => ({ kind: 'member', id: member, state: null }),
  async carryOut(deps, by, { member, ...given }) {
    if (!(await wasMember(deps.db, member))) return refused('not-found', `there is no member ${member}`);
    return done(`member ${member}: ${await hold(deps, by, { userId: member }, given)}`);
  },
};

/** Ends a hold: what it kept is destroyed by the next run, if its term is over. */
export const liftLegalHold: Order<{ readonly hold: number; readonly reason: string }> = {
  ...{ name: 'lift-hold', right: 'holds.set', input: z.strictObject({ ...why, hold: z.int().min(1) }) },
  look: async (_db, _by, { hold: id }) => ({ kind: 'hold', id: `${id}`, state: null }),
  async carryOut({ db }, by, { hold: id, reason }) {
    const lifted = await liftHold(db, id, { actor: actorOf(by), reason });
    return lifted ? done(`hold ${id} is lifted`) : refused('not-found', `there is no hold ${id}, or it was lifted`);
  },
};
