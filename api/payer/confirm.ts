/** Confirming a deal (spec §13): what the database decides alone, and what the answers of the engine mean. */
import type { Request } from 'express';
import { ownsCard } from '../../db/cards';
import { cardHourEndsAt, findDecision, findFreshBlock } from '../../db/risk';
import type { DealView, PaymentView } from '../../db/views/payer-deals';
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome } from '../../workflows/deal/messages';
import { CHARGE_REFUSALS, isNeverSent } from '../../workflows/domain/charge-refusals';
import { INSTALLMENTS_FROM, mayBePaidOver } from '../../workflows/domain/fees';
import { toldOf } from '../../workflows/domain/risk-told';
import { declineWords, RISK_RULES } from '../../workflows/domain/words/codes';
import type { ApiDeps } from '../deps';
import type { Answer } from '../http/operation';
import { Problem, type Words } from '../http/problem';
import { refusedField } from '../http/validate';
import { dealHeaderOf, ownedDeal } from './deal-access';
import { dealAnswer, type Showing } from './deal-resource';
import { judgeConfirm } from './deal-rules';
import { requireIdentity } from './require-identity';

/** How long the payer waits for the charge before 202. */
const CONFIRM_MS = 10_000;
const STOPPED = CHARGE_REFUSALS.stopped;

const TOO_SMALL: Words = {
  ko: `할부는 결제 금액이 ${INSTALLMENTS_FROM.toLocaleString('en')}원 이상일 때 선택할 수 있습니다.`,
  en: `Instalments are possible from a total of ${INSTALLMENTS_FROM.toLocaleString('en')} won.`,
};

/** What is to be charged, and how: two confirms are the same if both agree. */
interface Wanted {
  readonly cardId: string;
  /** 0: at once. */
  readonly installmentMonths: number;
}

interface ConfirmRequest extends Wanted {
  /** The device as the server knows it. */
  readonly deviceId: string;
  /** The keyed hash of what the client calls it. */
  readonly deviceTextHash: string;
  /** In whose language what is wrong is told. */
  readonly req: Request;
}

type Deps = Showing & Pick<ApiDeps, 'db' | 'engine' | 'config'>;

/**
 * Charges the card, or answers from what is known already. `firstSeenAt` is when this Idempotency-Key came
 * first: a repeated request is told the end of the attempt that it began, and does not begin another.
 */
export async function confirmDeal(
  deps: Deps,
  deal: DealView,
  request: ConfirmRequest,
  firstSeenAt: Date,
): Promise<Answer> {
  const known = await answerFromDatabase(deps, deal, request);
  if (known) return known;
  const declined = deal.payments.find((payment) => endedSince(payment, request, firstSeenAt));
  if (declined) throw declinedProblem(declined.declineCode ?? '');
  await requireChargeable(deps, deal, request);
  const { cardId, deviceId, deviceTextHash, installmentMonths } = request;
  const attempt = deal.payments.filter(({ status }) => status !== 'PENDING').length + 1;
  const wanted = { attempt, cardId, deviceId, deviceTextHash, ...(installmentMonths > 0 && { installmentMonths }) };
  const ask = () => deps.engine.confirm(dealHeaderOf(deal), wanted, CONFIRM_MS);
  const read = () => ownedDeal(deps.db, deal.userId, deal.id);
  const answer = await ask();
  const after = await read();
  const own = after.payments.some((payment) => payment.attempt === attempt);
  if (answer.kind !== 'closed' || own || (await answerFromDatabase(deps, after, request)))
    return fromEngine(deps, answer, after, { ...request, attempt });
  // Its run was lost before it wrote anything of this: one that trusts the database hears it.
  await deps.engine.knock(deal.id);
  return fromEngine(deps, await ask(), await read(), { ...request, attempt });
}

/** What a new charge needs; one that is under way has begun with it. */
async function requireChargeable(deps: Deps, deal: DealView, request: ConfirmRequest): Promise<void> {
  const standing = judgeConfirm(deal, deps.clock());
  if (standing.kind === 'undecided') return;
  await requireIdentity(deps, deal.userId);
  if (!(await ownsCard(deps.db, deal.userId, request.cardId))) throw new Problem('not-found');
  if (!mayBePaidOver(deal.total, request.installmentMonths))
    throw refusedField(request.req, 'installmentMonths', TOO_SMALL);
  if (standing.kind === 'barred') throw new Problem(standing.bar === 'stopped' ? STOPPED : 'charge-in-progress');
  const { blockedAgainMs } = deps.config.policy;
  const rules = await findFreshBlock(
    deps.db,
    { dealId: deal.id, ...request },
    { withinMs: blockedAgainMs, at: deps.clock() },
  );
  // Judged again it would be an attempt more, and blocked.
  if (rules) throw await blockedProblem(deps, rules, request.cardId);
}

const isSame = (a: Wanted, b: Wanted): boolean => a.cardId === b.cardId && a.installmentMonths === b.installmentMonths;

const endedSince = (payment: PaymentView, asked: Wanted, since: Date): boolean =>
  payment.status === 'FAILED' &&
  isSame(payment, asked) &&
  !isNeverSent(payment.declineCode) &&
  new Date(payment.createdAt).getTime() >= since.getTime();

/** What the deal's rows answer to this confirm; undefined when it may go on. */
async function answerFromDatabase(showing: Showing, deal: DealView, asked: Wanted): Promise<Answer | undefined> {
  const standing = judgeConfirm(deal, showing.clock());
  switch (standing.kind) {
    case 'refused':
      throw new Problem(standing.code);
    case 'charged':
      // Over whatever months: the card is charged, and once.
      if (standing.payment?.cardId !== asked.cardId) throw new Problem('already-charged');
      return dealAnswer(showing, 200, deal);
    case 'undecided':
      if (!isSame(standing.payment, asked)) throw new Problem('charge-in-progress');
      return undefined;
    default:
      return undefined;
  }
}

interface Attempt extends Wanted {
  readonly attempt: number;
}

/** What the engine decided; when it has not, or knows less than the database, what is stored. */
async function fromEngine(
  deps: Deps,
  answer: EngineAnswer<ConfirmOutcome>,
  after: DealView,
  asked: Attempt,
): Promise<Answer> {
  if (answer.kind === 'decided') return fromOutcome(deps, answer.outcome, after, asked);
  const own = after.payments.find(({ attempt }) => attempt === asked.attempt);
  if (own || answer.kind === 'closed' || answer.kind === 'refused') {
    const known = await answerFromDatabase(deps, after, asked);
    if (known) return known;
  }
  if (own?.status === 'FAILED' || own?.late)
    return fromOutcome(deps, await outcomeOf(deps.db, after, own), after, asked);
  if (own || (answer.kind === 'pending' && answer.durable)) return dealAnswer(deps, 202, after);
  throw new Problem('unavailable');
}

/** What the workflow answered, or would have, of an attempt that failed. */
async function outcomeOf(db: ApiDeps['db'], { id }: DealView, own: PaymentView): Promise<ConfirmOutcome> {
  const { cardId, attempt } = own;
  const code = own.declineCode ?? '';
  if (code === CHARGE_REFUSALS.blocked) {
    const decision = await findDecision(db, id, attempt);
    return { kind: 'blocked', cardId, attempt, rules: decision?.rules ?? [] };
  }
  return isNeverSent(code) ? { kind: 'unavailable', cardId, attempt } : { kind: 'declined', cardId, attempt, code };
}

async function fromOutcome(deps: Deps, outcome: ConfirmOutcome, after: DealView, asked: Attempt): Promise<Answer> {
  if (outcome.kind === 'closed') throw new Problem(outcome.cause === 'expired' ? 'quote-expired' : 'deal-closed');
  const own = after.payments.find(({ attempt }) => attempt === asked.attempt);
  if (outcome.cardId !== asked.cardId)
    throw new Problem(outcome.kind === 'charged' ? 'already-charged' : 'charge-in-progress');
  if (outcome.kind !== 'charged' && own && !isSame(own, asked)) throw new Problem('charge-in-progress');
  switch (outcome.kind) {
    case 'charged':
      return dealAnswer(deps, 200, after);
    case 'declined':
      throw declinedProblem(outcome.code);
    case 'blocked':
      throw await blockedProblem(deps, outcome.rules, outcome.cardId);
    case 'unavailable':
      if (own?.declineCode === CHARGE_REFUSALS.inDoubt) throw new Problem('charge-in-progress');
      throw new Problem(own?.declineCode === STOPPED ? STOPPED : 'unavailable');
  }
}

function declinedProblem(code: string): Problem {
  return new Problem('card-declined', { detail: declineWords(code), extra: { reason: code } });
}

/** In the words of the first limit, with the time at which all of them are free again; never which pattern it was. */
async function blockedProblem({ db, clock }: Deps, fired: readonly string[], cardId: string): Promise<Problem> {
  const at = clock();
  const { rules, freesAt } = toldOf({ rules: fired, at, cardFreesAt: await cardHourEndsAt(db, cardId, at) });
  const [first = 'not-possible'] = rules;
  const frees = freesAt && { freesAt: freesAt.toISOString() };
  return new Problem('risk-blocked', { detail: RISK_RULES[first], extra: { rules, ...frees } });
}
