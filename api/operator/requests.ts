/**
 * Requests of operators: one made it (ask.ts), another approves or rejects it, and what was approved is carried out
 * once. An approval whose answer got lost is given again: the request knows whether its effect is recorded.
 */
import { type AuditEntry, audit } from '../../db/admin-audit';
import type { Operator } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import {
  type Approved,
  approveRequest,
  endRequest,
  findRequest,
  type OperatorRequest,
  OVER,
} from '../../db/operator-requests';
import { REQUESTS, type RequestKind } from '../../workflows/domain/operator-requests';
import { OPERATOR_ROLES, type OperatorRight, RIGHTS_OF } from '../../workflows/domain/operator-roles';
import { acceptBreak } from './accept-break';
import { DEAL_ORDERS } from './deal-orders';
import { carryOut, type Given, rightRefusal } from './give';
import {
  actorOf,
  type By,
  done,
  isAsSeen,
  type OperatorDeps,
  type Order,
  type OrderAnswer,
  type Outcome,
  type Refusal,
  type Requested,
  refused,
} from './order';
import { fund, withdraw as takeOut } from './owner-funds';
import { activateRiskSet } from './risk-sets';
import { changeRole, inviteByTwo } from './roles';
import { lift } from './stops';

const ORDERS: Readonly<Record<RequestKind, Order>> = {
  rule: DEAL_ORDERS.rule as Order,
  'manual-transfer': DEAL_ORDERS['manual-transfer'] as Order,
  'stop-paying-by-hand': DEAL_ORDERS['stop-paying-by-hand'] as Order,
  'correct-account': DEAL_ORDERS['correct-account'] as Order,
  accept: acceptBreak as Order,
  lift: lift as Order,
  fund: fund as Order,
  withdraw: takeOut as Order,
  role: changeRole as Order,
  invite: inviteByTwo as Order,
  'activate-risk-set': activateRiskSet as Order,
};

const noSuchRequest = (id: string): Refusal => refused('not-found', `there is no request ${id}`);
const rolesWith = (right: OperatorRight) => OPERATOR_ROLES.filter((role) => RIGHTS_OF[role].includes(right));

/** A request that somebody decides, or carries out. */
interface Case {
  readonly db: Db;
  readonly operator: Operator;
  readonly request: OperatorRequest;
}

type Step = 'approved' | 'rejected' | 'withdrawn' | 'expired' | 'stale' | 'done' | 'refused';

const note = (
  { db, operator, request: { id, kind, subject, maker } }: Case,
  step: Step,
  reason: string | null,
  outcome: AuditEntry['outcome'] = 'done',
): Promise<void> =>
  audit(db, operator, {
    ...{ action: `request-${step}`, subjectKind: 'request', subject: id, reason, outcome },
    after: { kind, subject, maker },
  });

/**
 * Approves the request and carries it out; one that is approved already, and whose end nobody knows, goes on. A refusal
 * says in words what became of it.
 */
export async function approve(
  deps: OperatorDeps,
  operator: Operator,
  id: string,
  reason: string | null = null,
): Promise<OrderAnswer> {
  const { db } = deps;
  const request = await findRequest(db, id);
  if (!request) return noSuchRequest(id);
  const one = { db, operator, request };
  const refusal = whyNotChecker(one);
  if (refusal) {
    await note(one, 'approved', refusal.words, 'refused');
    return refusal;
  }
  const standing = answerOfStanding(request);
  if (standing) return standing;
  const given = givenBy(ORDERS[request.kind], request);
  const before = await given.order.look(db, given.by, given.input);
  const why = whyNotNow(request, before.state) ?? (request.standing === 'PENDING' ? await take(one, reason) : null);
  if (why) return why.kind === 'refused' || why.kind === 'requested' ? why : ended(one, why);
  return conclude(one, await carryOut(deps, operator, given, before));
}

/** Whether they may decide it: another operator than its maker, who logged in, with the right. */
function whyNotChecker({ operator, request: { id, kind, makerId, maker } }: Case): Refusal | undefined {
  const refusal = rightRefusal(operator, REQUESTS[kind]);
  if (refusal) return refusal;
  if (operator.id === null) return refused('no-right', 'whoever broke the glass asks, and decides nothing');
  if (operator.id === makerId || actorOf({ operator: operator.handle }) === maker)
    return refused('not-now', `you made request ${id}: another operator decides it`);
  return undefined;
}

/** What is to be said of a request that has ended; undefined: it has not. */
function answerOfStanding({ id, kind, standing, outcome }: OperatorRequest): Outcome | undefined {
  if (standing === 'PENDING' || standing === 'APPROVED') return undefined;
  if (standing === 'DONE') return done(`request ${id}: ${kind} was carried out`);
  return refused('not-now', `request ${id} is ${standing}: ${outcome ?? 'no word was left'}`);
}

function givenBy(order: Order, { id, about, maker, input, reason }: OperatorRequest): Given<unknown, By> {
  const by = { ...about, operator: maker.replace(/^operator:/, ''), request: id };
  return { order, by, input: { ...input, reason }, requestId: null };
}

/** How a request ends without being carried out. */
interface End {
  readonly kind: 'expired' | 'stale' | 'refused-by-deal';
  readonly words: string;
}
const STANDING = { expired: 'EXPIRED', stale: 'STALE', 'refused-by-deal': 'REFUSED' } as const;
const STEP = { expired: 'expired', stale: 'stale', 'refused-by-deal': 'refused' } as const;

/** Its time is over, or what its maker saw has changed. */
function whyNotNow({ standing, isExpired, seen }: OperatorRequest, state: object | null): End | null {
  if (standing === 'PENDING' && isExpired) return { kind: 'expired', words: OVER.PENDING };
  if (isExpired) return { kind: 'refused-by-deal', words: OVER.APPROVED };
  if (isAsSeen(seen, state)) return null;
  const told = (one: object | null): string => JSON.stringify(one);
  return { kind: 'stale', words: `what it is about has changed, from ${told(seen)} to ${told(state)}: ask again` };
}

/** PENDING to APPROVED; null: it is approved, by this operator or by another one just now. */
async function take(one: Case, reason: string | null): Promise<End | Refusal | Requested | null> {
  const { db, operator, request } = one;
  const { right } = ORDERS[request.kind];
  const approval = { checkerId: operator.id ?? '', checkers: rolesWith(REQUESTS[request.kind]), reason };
  const answer = await db.transaction(async (trx) => {
    const taken = await approveRequest(trx, request, { ...approval, makers: rolesWith(right) });
    if (taken === 'approved' || taken === 'first') await note({ ...one, db: trx }, 'approved', reason);
    return taken;
  });
  if (answer === 'approved') return null;
  if (answer !== 'moved') return notTwo(one, answer);
  const now = await findRequest(db, request.id);
  if (now?.standing === 'APPROVED' || now?.standing === 'DONE') return null; // it knows its effect
  return now ? asRefusal(now) : noSuchRequest(request.id);
}

/** One approval of two, or no second person; the database knows it too. */
function notTwo(
  { operator, request }: Case,
  answer: Exclude<Approved, 'approved' | 'moved'>,
): End | Refusal | Requested {
  const { id, maker, makerId, firstCheckerId } = request;
  switch (answer) {
    case 'first':
      return { kind: 'requested', requestId: id, words: `request ${id} is approved once: another operator does too` };
    case 'checker':
      return firstCheckerId === operator.id
        ? refused('not-now', `you have approved request ${id}: another operator does too`)
        : refused('no-right', `you may not approve request ${id} any more`);
    case 'maker':
      return {
        kind: 'stale',
        words: makerId === null ? `who approved it first may not any more` : `${maker} may not ask for it any more`,
      };
    case 'reset':
      return refused('not-now', `who was reset at the server counts as nobody for a day: not yet request ${id}`);
    case 'invited':
      return refused('not-now', ofOneHand(request));
  }
}

function ofOneHand({ id, maker, makerId }: OperatorRequest): string {
  const other = makerId === null ? 'who approved it first' : maker;
  return `one alone invited you, ${other} or both, and may hold both accounts: another operator decides request ${id}`;
}

/** Of a request that somebody else has ended meanwhile. */
const asRefusal = ({ id, standing, outcome }: OperatorRequest): Refusal =>
  refused('not-now', `request ${id} is ${standing}${outcome === null ? '' : `: ${outcome}`}`);

/** Ends it where it stands; what somebody else made of it meanwhile is what counts. */
async function ended(one: Case, { kind, words }: End): Promise<Outcome> {
  const { db, request } = one;
  const from = request.standing === 'APPROVED' || kind === 'refused-by-deal' ? 'APPROVED' : 'PENDING';
  const isEnded = await db.transaction(async (trx) => {
    const moved = await endRequest(trx, request.id, { from, to: STANDING[kind], outcome: words });
    if (moved) await note({ ...one, db: trx }, STEP[kind], words);
    return moved;
  });
  if (isEnded) return refused('not-now', `request ${request.id} is ${STANDING[kind]}: ${words}`);
  const now = await findRequest(db, request.id);
  return (now && answerOfStanding(now)) ?? refused('pending', `request ${request.id} is being carried out: look again`);
}

/** What became of it, by the request itself: its effect and its DONE are one transaction. */
async function conclude(one: Case, answer: Outcome): Promise<Outcome> {
  const { db, request } = one;
  const { id } = request;
  const now = await findRequest(db, id);
  if (now?.standing === 'DONE') {
    await note(one, 'done', null);
    return answer.kind === 'done' ? answer : done(`request ${id}: ${request.kind} is carried out`);
  }
  if (answer.kind !== 'refused') throw new Error(`request ${id} was answered as carried out, and is not`);
  const over = now && answerOfStanding(now);
  if (over) return over; // ended by another operator meanwhile
  if (answer.why !== 'pending' && answer.why !== 'unreachable')
    return ended(one, { kind: 'refused-by-deal', words: answer.words });
  return { ...answer, words: `request ${id} is approved, and not carried out yet: approve it again. ${answer.words}` };
}

/** Another operator says no, also to what was approved and is not carried out yet: it never is. */
export async function reject(
  { db }: Pick<OperatorDeps, 'db'>,
  operator: Operator,
  id: string,
  reason: string,
): Promise<Outcome> {
  const request = await findRequest(db, id);
  if (!request) return noSuchRequest(id);
  const one = { db, operator, request };
  const refusal = whyNotChecker(one);
  if (refusal) {
    await note(one, 'rejected', refusal.words, 'refused');
    return refusal;
  }
  return decided(one, { to: 'REJECTED', reason, ...(operator.id !== null && { checkerId: operator.id }) });
}

/** Its maker takes it back, also once it was approved and is not carried out yet. */
export async function withdraw(
  { db }: Pick<OperatorDeps, 'db'>,
  operator: Operator,
  id: string,
  reason: string | null = null,
): Promise<Outcome> {
  const request = await findRequest(db, id);
  if (!request) return noSuchRequest(id);
  if (operator.id !== request.makerId || actorOf({ operator: operator.handle }) !== request.maker)
    return refused('not-now', `${request.maker} made request ${id}: nobody else withdraws it`);
  return decided({ db, operator, request }, { to: 'WITHDRAWN', reason });
}

interface Decision {
  readonly to: 'REJECTED' | 'WITHDRAWN';
  readonly reason: string | null;
  readonly checkerId?: string;
}

/** Either it ends here, or its effect is recorded: whoever carries it out holds the row until it is DONE. */
async function decided(one: Case, { to, reason, ...by }: Decision): Promise<Outcome> {
  const { db, operator, request } = one;
  const step = to === 'REJECTED' ? 'rejected' : 'withdrawn';
  const outcome = `${step} by ${actorOf({ operator: operator.handle })}${reason === null ? '' : `: ${reason}`}`;
  const standing = await db.transaction(async (trx) => {
    const ended = (await endRequest(trx, request.id, { from: 'PENDING', to, outcome: reason, ...by }))
      ? to
      : (await endRequest(trx, request.id, { from: 'APPROVED', to: 'REFUSED', outcome })) && 'REFUSED';
    if (ended) await note({ ...one, db: trx }, step, reason);
    return ended;
  });
  if (standing) return done(`request ${request.id} is ${standing}`);
  const now = await findRequest(db, request.id);
  return now ? asRefusal(now) : noSuchRequest(request.id);
}
