/**
 * What two different operators give: one makes a request, another approves it (docs/operators.md). What can pay twice,
 * what moves money by hand, and who holds the rights to either.
 */

import type { Won } from './money';
import { OPERATOR_ROLES, type OperatorRight, type OperatorRole, RIGHTS_OF } from './operator-roles';

/** The orders, by name, with the right of whoever approves one. */
export const REQUESTS = {
  rule: 'money.approve',
  'manual-transfer': 'money.approve',
  'stop-paying-by-hand': 'money.approve',
  'correct-account': 'money.approve',
  accept: 'money.approve',
  lift: 'money.approve',
  fund: 'money.approve',
  withdraw: 'money.approve',
  role: 'operators.manage',
  invite: 'operators.manage',
  'activate-risk-set': 'money.approve',
} as const satisfies Readonly<Record<string, OperatorRight>>;

export type RequestKind = keyof typeof REQUESTS;
export const REQUEST_KINDS = Object.keys(REQUESTS) as readonly RequestKind[];

export const isRequestKind = (name: string): name is RequestKind => Object.hasOwn(REQUESTS, name);

/**
 * Where a request can be, and where it goes from there. `APPROVED`: it is being carried out. `REFUSED`: it was
 * approved, and did not fit what was there by then, or was stopped before its effect. `STALE`: what its maker saw has
 * changed, or who they are.
 */
export const REQUEST_EDGES = {
  PENDING: ['APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'STALE'],
  APPROVED: ['DONE', 'REFUSED', 'STALE'],
  DONE: [],
  REFUSED: [],
  REJECTED: [],
  WITHDRAWN: [],
  EXPIRED: [],
  STALE: [],
} as const;

export type RequestStanding = keyof typeof REQUEST_EDGES;
export const REQUEST_STANDINGS = Object.keys(REQUEST_EDGES) as readonly RequestStanding[];

/** Of one that somebody has to decide, or that is being carried out. */
export const OPEN_STANDINGS = ['PENDING', 'APPROVED'] as const satisfies readonly RequestStanding[];

/** What is about to be done under a request: what it is about, and all of its input that it goes by. */
export interface Doing {
  readonly subject: string;
  readonly input?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
}

/** Whether two people have agreed on this very thing; what is not given was not asked for either. */
export const isAsAsked = (
  asked: { readonly subject: string; readonly input: Readonly<Record<string, unknown>> },
  { subject, input = {} }: Doing,
): boolean =>
  asked.subject === subject &&
  Object.entries(input).every(([name, is]) => JSON.stringify(asked.input[name]) === JSON.stringify(is));

/** The account of a deal of more than this is corrected by two people; the database knows it too (migration 0032). */
export const CORRECTED_BY_ONE_MAX = 1_000_000 as Won;

const MIGHTY: readonly OperatorRight[] = [
  ...['money.approve', 'money.rule', 'money.transfer', 'float.book', 'breaks.accept', 'stops.lift'],
  'operators.manage',
] as const satisfies readonly OperatorRight[];

/** The roles that two people give: their holders move money by hand, or say who does. */
export const ROLES_BY_TWO: readonly OperatorRole[] = OPERATOR_ROLES.filter((role) =>
  RIGHTS_OF[role].some((right) => MIGHTY.includes(right)),
);
