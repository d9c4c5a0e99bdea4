/** Sets of risk rules (docs/risk.md): one operator proposes a set, two make it the active one. */
import type { Db } from '../../db/connection';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { activateSet, activeNumbers, addSet, listSets } from '../../db/risk-sets';
import { serverTime } from '../../db/server-time';
import { readRules, reusedVersions } from '../../workflows/domain/risk-set-errors';
import { z } from '../http/zod';
import { actorOf, done, type Order, type Refusal, refused } from './order';
import { time, why } from './texts';

interface Proposal {
  readonly rules: readonly Readonly<Record<string, unknown>>[];
  readonly reason: string;
}

const lookAtSets = async (db: Db, set: number | null) => ({
  ...{ kind: 'risk-set', id: set === null ? null : `${set}`, state: await activeNumbers(db) },
});

/** A set that nothing is judged by yet. What is wrong with it is told whole, and nothing of it is kept. */
export const proposeRiskSet: Order<Proposal> = {
  ...{ name: 'propose-risk-set', right: 'risk.rules' },
  input: z.strictObject({ ...why, rules: z.array(z.record(z.string().max(40), z.unknown())).max(100) }),
  look: (db) => lookAtSets(db, null),
  async carryOut({ db }, by, { rules: given, reason }) {
    const read = readRules(given);
    if (read.kind === 'wrong') return refused('not-now', `nothing was kept: ${read.errors.join('; ')}`);
    const { rules } = read;
    return db.transaction(async (trx) => {
      const earlier = (await listSets(trx)).flatMap((set) => set.rules);
      const reused = reusedVersions(rules, earlier);
      if (reused.length > 0) return refused('not-now', `nothing was kept: ${reused.join('; ')}`);
      const { number, isNew } = await addSet(trx, { rules, madeBy: actorOf(by), reason });
      return done(
        isNew ? `risk set ${number} is proposed: two operators activate it` : `risk set ${number} has these rules`,
      );
    });
  },
};

interface Activating {
  readonly set: number;
  readonly effectiveAt: string;
  readonly reason: string;
}

/** From its time on charges are judged by the set. */
export const activateRiskSet: Order<Activating> = {
  ...{ name: 'activate-risk-set', right: 'risk.rules', two: true },
  input: z.strictObject({ ...why, set: z.int().min(1).max(1_000_000), effectiveAt: time }),
  look: (db, _by, { set }) => lookAtSets(db, set),
  judge: whyNot,
  async carryOut({ db }, by, { set, effectiveAt, reason }) {
    return db.transaction(async (trx) => {
      const doing = { subject: `${set}`, input: { set, effectiveAt } };
      const taken = await takeRequest(trx, { request: by.request, kind: 'activate-risk-set', doing });
      if (taken.kind === 'refused') return refused('not-now', taken.why);
      const aside = 'what was planned before for a later time is put aside then';
      const words = done(`risk set ${set} is the active one from ${effectiveAt} on; ${aside}`);
      if (taken.kind === 'done') return words;
      await finishRequest(trx, taken.request);
      await activateSet(trx, { set, effectiveAt, actor: actorOf(by), reason, request: taken.request });
      return words;
    });
  },
};

/** Of a set that is not there, or a time that is over: a request takes a moment, so a minute is none. */
async function whyNot(db: Db, _by: unknown, { set, effectiveAt }: Activating): Promise<Refusal | undefined> {
  const sets = await listSets(db);
  if (!sets.some(({ number }) => number === set)) return refused('not-found', `there is no risk set ${set}`);
  const now = await serverTime(db);
  if (new Date(effectiveAt).getTime() < now.getTime() - 60_000)
    return refused('not-now', `${effectiveAt} is over: name a time that is to come`);
  return undefined;
}
