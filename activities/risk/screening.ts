/**
 * The first look at a charge before any money moves (spec §7): everything is measured, and judged by the set of rules
 * that is active. The charge intent recounts the limits in PostgreSQL (`recheckLimits`). Without Redis nothing is
 * charged.
 */
import type { Redis } from 'ioredis';
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { countsNoMore, loadStanding, storedCharges } from '../../db/risk';
import { patternsOf, type RiskFacts, riskFactsOf } from '../../db/risk-facts';
import { listedOf } from '../../db/risk-lists';
import type { ChargeSubject } from '../../db/risk-patterns';
import { activeSet } from '../../db/risk-sets';
import type { Keys } from '../../infra/keys/keys';
import type { ConfirmRequest } from '../../workflows/deal/messages';
import type { RecordActivities } from '../../workflows/deal/ports';
import { kstDayOf } from '../../workflows/domain/bank-calendar';
import { foldName } from '../../workflows/domain/holder-names';
import type { DealId } from '../../workflows/domain/ids';
import type { Measures } from '../../workflows/domain/risk-measures';
import { judge, limitsOf, type RiskSet } from '../../workflows/domain/risk-rules';
import type { RiskDecision, RiskPeople } from '../../workflows/domain/screening';
import { type CountedMeasures, type Counting, type Held, heldBy, reserve } from './counters';
import { deviceOf } from './device';

interface ScreeningDeps {
  readonly db: Db;
  readonly redis: Redis;
  readonly keys: Keys;
  readonly clock: () => Date;
}

/** What is judged, with all that no counter knows measured. */
interface Case {
  readonly set: RiskSet;
  readonly counting: Counting;
  readonly measures: Measures;
  readonly at: Date;
}

/** `screenDeal`: the verdict of the rules; the attempt is reserved unless a limit stands against it. Safe to repeat. */
export function screeningActivities(deps: ScreeningDeps): Pick<RecordActivities, 'screenDeal'> {
  return {
    async screenDeal(request) {
      const at = deps.clock();
      const facts = await riskFactsOf(deps.db, request.dealId, request.cardId);
      const subject = subjectOf(request, facts);
      const people = await peopleOf(deps.keys, facts);
      const set = await activeSet(deps.db, at);
      const { principal, cardKey, accountHash } = facts;
      const counting = { ...subject, principal, cardKey, accountHash };
      const measures = {
        principal,
        memberForMs: at.getTime() - facts.memberSince.getTime(),
        ...(people.payerNameHash !== null && {
          recipientIsPayer: Number(people.payerNameHash === people.holderNameHash),
        }),
        ...(await patternsOf(deps.db, subject, facts.recipientId, people)),
        ...(await listedOf(deps.db, { ...facts, ...subject })),
      };
      const decision = await judgeCase(deps, { set, counting, measures, at });
      return { ...decision, kstDay: kstDayOf(at), set: set.number, people };
    },
  };
}

const subjectOf = (request: ConfirmRequest & { readonly dealId: DealId }, { userId }: RiskFacts): ChargeSubject => {
  const { dealId, attempt, cardId } = request;
  return { dealId, attempt, userId, cardId, ...deviceOf(request) };
};

/** Equal names give equal hashes, which nobody turns back. A name that nobody has verified says nothing. */
async function peopleOf(keys: Keys, facts: RiskFacts): Promise<RiskPeople> {
  const { userId, payerNameEncrypted, recipientId, holderNameEncrypted } = facts;
  if (payerNameEncrypted === null) return { payerNameHash: null, holderNameHash: null };
  const hashOf = (name: string) => keys.hash(foldName(name), 'person-name');
  const [payer, holder] = await Promise.all([
    keys.decrypt(payerNameEncrypted, placeOf('name', userId)),
    keys.decrypt(holderNameEncrypted, placeOf('holderName', recipientId)),
  ]);
  return { payerNameHash: hashOf(payer), holderNameHash: hashOf(holder) };
}

type Judged = Pick<RiskDecision, 'verdict' | 'rules' | 'counters' | 'answers'>;

/** A counter in Redis may have missed a release: before it blocks, what counts no more is taken out of it. */
async function judgeCase(deps: ScreeningDeps, one: Case): Promise<Judged> {
  const { set, measures } = one;
  const limits = limitsOf(set);
  const judged = (counted: CountedMeasures): Judged => {
    const counters = { ...measures, ...counted };
    return { ...judge(set, counters), counters };
  };
  const count = (more: object = {}) => orNull(reserve(deps.redis, one.counting, { limits, at: one.at, ...more }));
  let counted = await count();
  if (counted === 'load') counted = await count({ fill: await fillOf(deps.db, one) });
  if (counted === null || counted === 'load') return unavailable(measures);
  const first = judged(counted);
  if (first.verdict !== 'BLOCK') return first;
  const over = await overOf(deps, one.counting);
  if (over === null || over.deals.length + over.charges.length === 0) return first;
  const again = await count({ over });
  return again === null || again === 'load' ? unavailable(measures) : judged(again);
}

/** Throws when PostgreSQL fails: that is retried. */
async function fillOf(db: Db, { counting, at }: Case) {
  const { day, cardHour, hasLeft: _left, memberSince: _since, ...patterns } = await loadStanding(db, counting, at);
  return {
    ...patterns,
    userDeals: Object.fromEntries(day.map(({ dealId, principal }) => [dealId, principal])),
    cardCharges: storedCharges(cardHour?.charges ?? 0),
    openedAt: (cardHour?.openedAt ?? at).getTime(),
  };
}

/** Null: Redis does not answer. */
async function overOf({ db, redis }: ScreeningDeps, counting: Counting): Promise<Held | null> {
  const held = await orNull(heldBy(redis, counting));
  return held && countsNoMore(db, held);
}

const orNull = <T>(asked: Promise<T>): Promise<T | null> => asked.catch(() => null);

const unavailable = (counters: Measures): Judged => ({ verdict: 'UNAVAILABLE', rules: [], counters, answers: {} });
