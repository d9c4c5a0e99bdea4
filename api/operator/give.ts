/**
 * The one way in which an operator's order is carried out: the right is asked for, the audit is told before and after,
 * whoever gives it and by whatever way. What two people give becomes a request (ask.ts).
 */
import { type AuditEntry, audit } from '../../db/admin-audit';
import type { Operator } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import { BREAK_GLASS, holdsRight, OPERATOR_RIGHTS, type OperatorRight } from '../../workflows/domain/operator-roles';
import { ask } from './ask';
import { askedOf, whyNotEvidence } from './evidence';
import type { By, OperatorDeps, Order, OrderAnswer, Outcome, Refusal, Subject } from './order';

/** Why the operator may not; undefined: they may. */
export function rightRefusal({ role }: Pick<Operator, 'role'>, right: OperatorRight): Refusal | undefined {
  if (holdsRight(role, right)) return undefined;
  return {
    ...{ kind: 'refused', why: 'no-right' },
    words: `the role ${role} lacks the right ${right} (${OPERATOR_RIGHTS[right]}); nothing was changed`,
  };
}

/** The right that asking for it needs: the order's own; whoever broke the glass may ask for anything. */
const askingRight = ({ role }: Pick<Operator, 'role'>, right: OperatorRight): OperatorRight =>
  role === BREAK_GLASS ? 'requests.make' : right;

/** How an answer stands in the audit: what nobody knows the end of has failed, and its words say so. */
const outcomeOf = (answer: { readonly kind: 'done' | 'requested' } | Refusal): AuditEntry['outcome'] => {
  if (answer.kind !== 'refused') return 'done';
  return answer.why === 'pending' || answer.why === 'unreachable' ? 'failed' : 'refused';
};

/** What the audit says of something that is no order of its own. */
type About = Pick<AuditEntry, 'action' | 'subjectKind'> & Partial<Pick<AuditEntry, 'subject' | 'reason' | 'requestId'>>;

/** Does something for an operator who may, and tells the audit before and after. */
export async function audited<T extends { readonly kind: 'done' }>(
  db: Db,
  operator: Operator,
  about: About,
  work: () => Promise<T | Refusal>,
): Promise<T | Refusal> {
  await audit(db, operator, { ...about, outcome: 'asked' });
  const answer = await failing(work, (after) => audit(db, operator, { ...about, after, outcome: 'failed' }));
  const after = answer.kind === 'refused' ? { words: answer.words } : null;
  await audit(db, operator, { ...about, after, outcome: outcomeOf(answer) });
  return answer;
}

/**
 * Only what was to be done can have failed. When the audit cannot be told of its end, there is none: an order that was
 * asked for and has no end is to be looked up.
 */
async function failing<T>(work: () => Promise<T>, note: (after: { error: string }) => Promise<void>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await note({ error: nameOf(error) });
    throw error;
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** An order with what it is about: what it names beside its input, and who gives it. */
export interface Given<I, B extends By> {
  readonly order: Order<I, B>;
  readonly by: B;
  readonly input: I;
  /** Of the operator's own request to the API. */
  readonly requestId: string | null;
}

/** Whether this order, about this, is given by two people. */
export const needsTwo = ({ two }: Pick<Order, 'two'>, subject: Subject): boolean =>
  typeof two === 'function' ? two(subject) : two === true;

interface Giving<I, B extends By> {
  readonly about: Omit<B, keyof By>;
  readonly input: I;
  readonly requestId?: string | null;
  /** Of what one operator gives, see `By`. */
  readonly orderKey?: string | undefined;
}

/**
 * Gives the order. `about`: what it names beside its input. The audit says that it was asked before anything is done,
 * so that one without an end is seen.
 */
export async function give<I, B extends By>(
  deps: OperatorDeps,
  operator: Operator,
  order: Order<I, B>,
  { about, input, requestId = null, orderKey }: Giving<I, B>,
): Promise<OrderAnswer> {
  const { db } = deps;
  const given = { order, by: { ...about, operator: operator.handle, orderKey } as B, input, requestId };
  const subject = await order.look(db, given.by, input);
  const two = needsTwo(order, subject);
  const note = noting(db, operator, given, subject);
  const refusal =
    rightRefusal(operator, two ? askingRight(operator, order.right) : order.right) ??
    (await whyNotEvidence(db, subject, input));
  if (refusal) {
    await note('refused', { asked: await askedOf(db, input), words: refusal.words });
    return refusal;
  }
  if (!two) return carryOut(deps, operator, given, subject);
  const answer = await failing(
    () => ask(db, operator, { order, about, input, subject }),
    (after) => note('failed', after),
  );
  if (answer.kind !== 'requested')
    await note(outcomeOf(answer), { asked: await askedOf(db, input), words: answer.words });
  return answer;
}

/** Carries the order out for an operator who may, and tells the audit. */
export async function carryOut<I, B extends By>(
  deps: OperatorDeps,
  operator: Operator,
  given: Given<I, B>,
  before: Subject,
): Promise<Outcome> {
  const { order, by, input } = given;
  const note = noting(deps.db, operator, given, before);
  await note('asked', {
    asked: await askedOf(deps.db, input),
    ...(by.request !== undefined && { request: by.request }),
  });
  const answer = await failing(
    () => order.carryOut(deps, by, input),
    (after) => note('failed', after),
  );
  const { state } = await order.look(deps.db, by, input);
  await note(outcomeOf(answer), { ...state, words: answer.words });
  return answer;
}

const noting =
  <I, B extends By>(db: Db, operator: Operator, { order, input, requestId }: Given<I, B>, subject: Subject) =>
  (outcome: AuditEntry['outcome'], after: object | null) => {
    const { reason = null } = input as { reason?: string };
    const { kind, id, state: before } = subject;
    return audit(db, operator, {
      ...{ action: order.name, subjectKind: kind, subject: id, reason, before, after, outcome, requestId },
    });
  };
