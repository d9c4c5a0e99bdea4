/** The owner puts money into the float, or takes some out (docs/operations.md, "The float"). */
import { bookOwnerFunds } from '../../db/owner-funds';
import { z } from '../http/zod';
import { actorOf, done, type Order, refused } from './order';
import { operatorText, pastTime, why } from './texts';

interface Movement {
  /** Won. */
  readonly amount: number;
  /** The bank's, of the line of its statement: the same reference is one movement. */
  readonly reference: string;
  /** When the bank booked it. */
  readonly at: string;
  readonly reason: string;
}

const input = z.strictObject({ ...why, amount: z.int().min(1), reference: operatorText, at: pastTime });

const movement = (sign: 1 | -1, verb: 'put in' | 'taken out'): Order<Movement> => ({
  input,
  async carryOut({ db }, by, { amount, reference, at, reason }) {
    const funds = { reference, amount: sign * amount, at: new Date(at), actor: actorOf(by), reason };
    const answer = await db.transaction((trx) => bookOwnerFunds(trx, funds));
    switch (answer.kind) {
      case 'booked':
        return done(`${reference}: ${amount} won ${verb}`);
      case 'known':
        return done(`${reference}: ${amount} won ${verb}, as it had been ordered before`);
      case 'differs':
        return refused(
          'not-now',
          `${reference} is booked already, with ${Math.abs(answer.amount)} won ` +
            `${answer.amount > 0 ? 'put in' : 'taken out'}; nothing was changed`,
        );
    }
  },
});

/** The opening balance, or a top-up. */
export const fund = movement(1, 'put in');

/** Money leaves the float for its owner. */
export const withdraw = movement(-1, 'taken out');
