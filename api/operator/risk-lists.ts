/** Lists of risk (docs/risk.md): what is denied, and what is trusted for a time. Both are named by a deal of theirs. */
import { addToList, endEntry } from '../../db/risk-lists';
import { serverTime } from '../../db/server-time';
import { RISK_LIST_KINDS, RISK_LISTS, type RiskList, type RiskListKind } from '../../workflows/domain/risk-lists';
import { id, z } from '../http/zod';
import { actorOf, done, type Order, refused } from './order';
import { nameInPath, time, why } from './texts';

interface Listing {
  readonly list: RiskList;
  readonly kind: RiskListKind;
  readonly dealNo: string;
  readonly until?: string | undefined;
  readonly reason: string;
}

/** Puts the card, the account or the device of a deal on a list, from the next charge on. */
export const listRisk: Order<Listing> = {
  ...{ name: 'list-risk', right: 'risk.rules' },
  input: z.strictObject({
    ...{ ...why, list: z.enum(RISK_LISTS), kind: z.enum(RISK_LIST_KINDS), dealNo: nameInPath(40) },
    until: time.optional(),
  }),
  look: async (_db, _by, { dealNo, list, kind }) => ({ kind: 'deal', id: dealNo, state: { list, kind } }),
  async carryOut({ db }, by, { list, kind, dealNo, until = null, reason }) {
    if (list === 'trusted' && kind === 'device')
      return refused('not-now', 'a device is known by what its app says, which any app may say: it is never trusted');
    if (list === 'trusted' && until === null) return refused('not-now', 'trust ends: say until when');
    if (until !== null && new Date(until) <= (await serverTime(db))) return refused('not-now', `${until} is over`);
    const entry = await db.transaction((trx) =>
      addToList(trx, { list, kind, dealNo, until, actor: actorOf(by), reason }),
    );
    if (!entry) return refused('not-found', `of ${dealNo} nothing was ever to be charged, or there is no such deal`);
    return done(`the ${kind} of ${dealNo} is ${list}${until === null ? '' : ` until ${until}`}: entry ${entry}`);
  },
};

/** Takes an entry off its list. */
export const endRiskListing: Order<{ readonly entry: string; readonly reason: string }> = {
  ...{ name: 'end-risk-listing', right: 'risk.rules', input: z.strictObject({ ...why, entry: id }) },
  look: async (_db, _by, { entry }) => ({ kind: 'risk-list-entry', id: entry, state: null }),
  async carryOut({ db }, by, { entry, reason }) {
    const ended = await endEntry(db, entry, { actor: actorOf(by), reason });
    return ended
      ? done(`entry ${entry} has ended`)
      : refused('not-found', `there is no entry ${entry}, or it has ended`);
  },
};
