/** What two people give is asked for by one of them: a row, and nothing else happens. */
import { randomUUID } from 'node:crypto';
import { type AuditEntry, audit } from '../../db/admin-audit';
import type { Operator } from '../../db/admin-sessions';
import type { Db, Trx } from '../../db/connection';
import {
  type Asked,
  expireRequests,
  makeRequest,
  type OperatorRequest,
  openRequestOf,
} from '../../db/operator-requests';
import { isRequestKind } from '../../workflows/domain/operator-requests';
import { askedOf } from './evidence';
import { actorOf, type By, type Order, type OrderAnswer, type Requested, refused, type Subject } from './order';

interface Asking<I, B extends By> {
  readonly order: Order<I, B>;
  readonly about: Omit<B, keyof By>;
  readonly input: I;
  readonly subject: Subject;
}

/** Makes the request of an operator who may ask, unless it can be answered now; the same one asked again is one. */
export async function ask<I, B extends By>(
  db: Db,
  operator: Operator,
  { order, about, input, subject }: Asking<I, B>,
): Promise<OrderAnswer> {
  const { name: kind } = order;
  if (!isRequestKind(kind) || subject.id === null) throw new Error(`${kind} is given by two people, and is no request`);
  const by = { ...about, operator: operator.handle } as B;
  const answer = await order.judge?.(db, by, input);
  if (answer) return answer;
  const { reason = '', ...rest } = input as { reason?: string };
  const asked = {
    ...{ id: randomUUID(), kind, about: about as OperatorRequest['about'], input: rest, reason },
    ...{ subjectKind: subject.kind, subject: subject.id, dealId: subject.dealId ?? null, seen: subject.state },
    ...{ makerId: operator.id, maker: actorOf(by) },
  };
  const made = await db.transaction(async (trx) => {
    const request = (await makeRequest(trx, asked)) ?? (await remakeRequest(trx, asked));
    if (request) await audit(trx, operator, madeEntry(request, await askedOf(trx, input)));
    return request;
  });
  if (made) return requested(made);
  const open = await openRequestOf(db, asked);
  if (!open) return refused('pending', 'the same request has just ended: look, then ask again');
  return open.maker === asked.maker
    ? requested(open)
    : refused('not-now', `${open.maker} has asked for the same: request ${open.id} waits for another operator`);
}

/** Made after all, if the time of the one in its way is over, and the minute that ends it has not come yet. */
async function remakeRequest(trx: Trx, asked: Asked): Promise<OperatorRequest | undefined> {
  const open = await openRequestOf(trx, asked);
  if (!open?.isExpired) return undefined;
  await expireRequests(trx, open.id);
  return makeRequest(trx, asked);
}

const madeEntry = ({ id, kind, subjectKind, subject, reason }: OperatorRequest, asked: object): AuditEntry => ({
  ...{ action: 'request-made', subjectKind: 'request', subject: id, reason, outcome: 'done' },
  after: { kind, subjectKind, subject, asked },
});

const requested = ({ id: requestId, makerId }: OperatorRequest): Requested => ({
  ...{ kind: 'requested', requestId },
  words: `request ${requestId} made: ${makerId === null ? 'two operators approve it' : 'another operator approves it'}`,
});
