/** Confirming a deal (spec §13): what the database decides alone, and what the answers of the engine mean. */
import { ownsCard } from '../../db/cards';
import { barOf } from '../../db/doubts';
import { findDecision, findFreshBlock } from '../../db/risk';
import type { DealView, PaymentView } from '../../db/views/payer-deals';
import type { EngineAnswer } from '../../infra/temporal/deal-engine';
import type { ConfirmOutcome } from '../../workflows/deal/messages';
import { CHARGE_REFUSALS, isNeverSent } from '../../workflows/domain/charge-refusals';
import { declineWords, RISK_RULES } from '../../workflows/domain/words/codes';
import type { ApiDeps } from '../deps';
import type { Answer } from '../http/operation';
import { Problem } from '../http/problem';
import { dealHeaderOf, ownedDeal } from './deal-access';
import { dealAnswer } from './deal-resource';
import { requireIdentity } from './require-identity';

/** How long the payer waits for the charge before 202. */
const CONFIRM_MS = 10_000;
const STOPPED = CHARGE_REFUSALS.stopped;

interface ConfirmRequest {
  readonly cardId: string;
  readonly deviceId: string;
}

type Deps = Pick<ApiDeps, 'db' | 'engine' | 'clock' | 'config'>;

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
  const known = answerFromDatabase(deal, request.cardId, deps.clock());
  if (known) return known;
  const declined = deal.payments.find((payment) => endedSince(payment, request.cardId, firstSeenAt));
  if (declined) throw declinedProblem(declined.declineCode ?? '');
  if (!undecidedOf(deal)) {
    await requireIdentity(deps, deal.userId);
    if (!(await ownsCard(deps.db, deal.userId, request.cardId))) throw new Problem('not-found');
    const bar = await barOf(deps.db, deal.id, 'charge');
    if (bar !== null) throw new Problem(bar === 'stopped' ? STOPPED : 'charge-in-progress');
    const { blockedAgainMs } = deps.config.policy;
    const rules = await findFreshBlock(deps.db, { dealId: deal.id, ...request }, blockedAgainMs);
    if (rules) throw blockedProblem(rules); // judged again it would be an attempt more, and blocked
  }
  const attempt = deal.payments.filter(({ status }) => status !== 'PENDING').length + 1;
  const ask = () => deps.engine.confirm(dealHeaderOf(deal), { attempt, ...request }, CONFIRM_MS);
  const read = () => ownedDeal(deps.db, deal.userId, deal.id);
  const answer = await ask();
  const after = await read();
  const own = after.payments.some((payment) => payment.attempt === attempt);
  if (answer.kind !== 'closed' || own || answerFromDatabase(after, request.cardId, deps.clock()))
    return fromEngine(deps, answer, after, { ...request, attempt });
  // Its run was lost before it wrote anything of this: one that trusts the database hears it.
  await deps.engine.knock(deal.id);
  return fromEngine(deps, await ask(), await read(), { ...request, attempt });
}

const undecidedOf = ({ payments }: DealView): PaymentView | undefined =>
  payments.find(({ status, late }) => status === 'PENDING' && !late);

const endedSince = ({ status, cardId, declineCode, createdAt }: PaymentView, asked: string, since: Date): boolean =>
  status === 'FAILED' &&
  cardId === asked &&
  !isNeverSent(declineCode) &&
  new Date(createdAt).getTime() >= since.getTime();

/** The rules of spec §13 in their order; undefined when the deal can be confirmed with this card. */
function answerFromDatabase(deal: DealView, cardId: string, now: Date): Answer | undefined {
  if (deal.status === 'CANCELLED' || deal.status === 'REFUNDED') throw new Problem('deal-closed');
  if (deal.status !== 'PENDING') {
    const charged = deal.payments.find(
      ({ late, status }) => !late && (status === 'PAID' || status === 'PARTIALLY_REFUNDED'),
    );
    if (charged?.cardId !== cardId) throw new Problem('already-charged');
    return dealAnswer(200, deal);
  }
  if (deal.cancelRequested) throw new Problem('deal-closed');
  const undecided = undecidedOf(deal);
  if (undecided && undecided.cardId !== cardId) throw new Problem('charge-in-progress');
  if (!undecided && now >= deal.expiresAt) throw new Problem('quote-expired');
  return undefined;
}

interface Attempt {
  readonly cardId: string;
  readonly attempt: number;
}

/** What the engine decided; when it has not, or knows less than the database, what is stored. */
async function fromEngine(
  { db, clock }: Deps,
  answer: EngineAnswer<ConfirmOutcome>,
  after: DealView,
  asked: Attempt,
): Promise<Answer> {
  if (answer.kind === 'decided') return fromOutcome(answer.outcome, after, asked);
  const own = after.payments.find(({ attempt }) => attempt === asked.attempt);
  if (own || answer.kind === 'closed' || answer.kind === 'refused') {
    const known = answerFromDatabase(after, asked.cardId, clock());
    if (known) return known;
  }
  if (own?.status === 'FAILED' || own?.late) return fromOutcome(await outcomeOf(db, after, own), after, asked);
  if (own || (answer.kind === 'pending' && answer.durable)) return dealAnswer(202, after);
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

function fromOutcome(outcome: ConfirmOutcome, after: DealView, { cardId, attempt }: Attempt): Answer {
  if (outcome.kind === 'closed') throw new Problem(outcome.cause === 'expired' ? 'quote-expired' : 'deal-closed');
  if (outcome.cardId !== cardId)
    throw new Problem(outcome.kind === 'charged' ? 'already-charged' : 'charge-in-progress');
  switch (outcome.kind) {
    case 'charged':
      return dealAnswer(200, after);
    case 'declined':
      throw declinedProblem(outcome.code);
    case 'blocked':
      throw blockedProblem(outcome.rules);
    case 'unavailable': {
      const own = after.payments.find((payment) => payment.attempt === attempt);
      if (own?.declineCode === CHARGE_REFUSALS.inDoubt) throw new Problem('charge-in-progress');
      throw new Problem(own?.declineCode === STOPPED ? STOPPED : 'unavailable');
    }
  }
}

function declinedProblem(code: string): Problem {
  return new Problem('card-declined', { detail: declineWords(code), extra: { reason: code } });
}

function blockedProblem(rules: readonly string[]): Problem {
  const detail = RISK_RULES[rules[0] as keyof typeof RISK_RULES];
  return new Problem('risk-blocked', { ...(detail && { detail }), extra: { rules } });
}
