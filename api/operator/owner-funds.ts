/** The owner puts money into the float, or takes some out (docs/operations.md, "The float"). */
import type { Db } from '../../db/connection';
import { finishRequest, takeRequest } from '../../db/operator-requests';
import { bookOwnerFunds, ownerFundsKnown } from '../../db/owner-funds';
import { z } from '../http/zod';
import { actorOf, done, type Order, type Outcome, refused } from './order';
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

const movement = (name: 'fund' | 'withdraw', sign: 1 | -1, verb: 'put in' | 'taken out'): Order<Movement> => ({
  ...{ name, right: 'float.book', two: true, input },
  look: async (_db, _by, { reference, amount }) => ({ kind: 'owner-funds', id: reference, state: { amount } }),
  judge: (db, _by, { reference, amount }) => knownAs(db, { reference, amount: sign * amount }),
  async carryOut({ db }, by, { amount: given, reference, at, reason }) {
    const amount = sign * given;
    const booked = done(`${reference}: ${given} won ${verb}`);
    return db.transaction(async (trx) => {
      const doing = { subject: reference, input: { reference, amount: given, at } };
      const taken = await takeRequest(trx, { request: by.request, kind: name, doing });
      if (taken.kind === 'done') return booked;
      if (taken.kind === 'refused') return refused('not-now', taken.why);
      const known = await knownAs(trx, { reference, amount });
      if (known) return known.kind === 'done' ? refused('not-now', known.words) : known;
      await finishRequest(trx, taken.request);
      await bookOwnerFunds(trx, { reference, amount, at: new Date(at), actor: actorOf(by), reason }, taken.request);
      return booked;
    });
  },
});

/** What is to be said of a reference that is known; undefined: it is not. */
async function knownAs(
  db: Db,
  { reference, amount }: { readonly reference: string; readonly amount: number },
): Promise<Outcome | undefined> {
  const known = await ownerFundsKnown(db, { reference, amount });
  const moved = (won: number): string => `${Math.abs(won)} won ${won > 0 ? 'put in' : 'taken out'}`;
  switch (known?.kind) {
    case undefined:
      return undefined;
    case 'known':
      return done(`${reference}: ${moved(amount)}, as it had been ordered before`);
    case 'paid-by-hand':
      return refused('not-now', `${reference} is the slip of a transfer made by hand; nothing was changed`);
    case 'differs':
      return refused('not-now', `${reference} is booked already, with ${moved(known.amount)}; nothing was changed`);
  }
}

/** The opening balance, or a top-up. */
export const fund = movement('fund', 1, 'put in');

/** Money leaves the float for its owner. */
export const withdraw = movement('withdraw', -1, 'taken out');
