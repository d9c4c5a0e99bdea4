/** Orders as operators give them, and payers' requests: each is carried out or refused in words; anything else is a break. */
import { dealOrderOf } from '../../api/operator/deal-orders';
import { isRequestKind } from '../../workflows/domain/operator-requests';
import { approvedOf } from '../fixtures/requests';
import type { Deal, Stage } from './stage';

/** Something that no law of the house allows: the run has failed. */
export class Broken extends Error {
  /** `deals`: which of its plan, counted from 0. */
  constructor(
    message: string,
    readonly deals: readonly number[] = [],
  ) {
    super(message);
  }
}

const OPERATOR = 'kim';
/** Why each order is given. */
export const WHY = { reason: 'drawn by lot' } as const;

/** Gives one of a deal's orders; answers with what the operator heard. */
export async function give({ house }: Stage, { id, dealNo }: Deal, name: string, given: object = {}): Promise<string> {
  const order = dealOrderOf(name);
  if (!order) throw new Error(`there is no order ${name}`);
  const deps = { db: house.db, engine: async () => house.engine };
  const request = isRequestKind(name) ? await approvedOf(house.db, name, id, given) : undefined;
  const answer = await order.carryOut(deps, { operator: OPERATOR, dealNo, request }, { ...WHY, ...given });
  return answer.kind === 'done' ? `${name}: done` : `${name}: ${answer.why} (${answer.words})`;
}

export const isTaken = (words: string): boolean => /: done$/.test(words);

/** What a payer may be answered; a 500 is a break. */
const STATUSES = [200, 202, 402, 409, 422, 503];

/** Words of the API's answer to a payer. */
export function payerHeard(what: string, { status, body }: { status: number; body: { code?: string } }): string {
  if (!STATUSES.includes(status)) throw new Broken(`${what} was answered ${status} ${JSON.stringify(body)}`);
  return `${what}: ${status}${status < 300 ? '' : ` ${body.code}`}`;
}
