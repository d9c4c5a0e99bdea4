/** Who works at this command line: the operator whose token `npm run operator -- login` left in a file of mode 0600. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { give, rightRefusal } from '../../api/operator/give';
import type { By, OperatorDeps, Order, OrderAnswer } from '../../api/operator/order';
import { hashOfToken } from '../../api/operator/tokens';
import { type Operator, useAdminSession } from '../../db/admin-sessions';
import type { Db } from '../../db/connection';
import type { CommandConfig } from '../../infra/config/commands';
import { operatorSessionFile } from '../../infra/config/local-environment';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import { write } from './deal-report';
import { checked, Refused, unlessRefused, withStores } from './orders';

/** Keeps the token of whoever has logged in, for this user of the machine alone. */
export function keepToken(token: string, file = operatorSessionFile()): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, token, { mode: 0o600 });
  chmodSync(file, 0o600); // also of a file that was there
}

export const forgetToken = (file = operatorSessionFile()): void => rmSync(file, { force: true });

/** The operator who is logged in here; undefined: nobody is, or no longer. */
export async function whoIsHere(db: Db, now = new Date()): Promise<Operator | undefined> {
  const file = operatorSessionFile();
  if (!existsSync(file)) return undefined;
  const tokenHash = hashOfToken(readFileSync(file, 'utf8').trim());
  return useAdminSession(db, { tokenHash, place: 'command', address: null, now });
}

/** The operator who is logged in here and may do this. Throws Refused. */
export async function operatorHere(db: Db, right: OperatorRight): Promise<Operator> {
  const operator = await whoIsHere(db);
  if (!operator)
    throw new Refused('nobody is logged in here, or not for 15 minutes: "npm run operator -- login <handle>"');
  const refusal = rightRefusal(operator, right);
  if (refusal) throw new Refused(refusal.words);
  return operator;
}

/** What a command does for the operator who gave it, with its input checked: nothing is opened for a mistake. */
export type Work = (deps: OperatorDeps, operator: Operator) => Promise<void>;

/** Gives an order, and prints its answer. Its own right is asked for then, and audited. */
export function giving<I, B extends By>(
  order: Order<I, B>,
  about: Omit<B, keyof By>,
  given: Readonly<Record<string, unknown>>,
): Work {
  const input = checked(order.input, given);
  return async (deps, operator) => tellAnswer(await give(deps, operator, order, { about, input }));
}

/** Prints what became of an order, or of a request. Throws Refused when it was not carried out. */
export function tellAnswer(answer: OrderAnswer): void {
  const { words, ...told } = unlessRefused(answer);
  write(told.kind === 'requested' ? `${words}: npm run operator -- approve ${told.requestId}` : words);
  if (told.kind === 'done' && told.token)
    write(`the second half of its token, which is shown once, for who was invited:\n${told.token}`);
}

/** Does the work for the operator who is logged in here and holds the right. Throws Refused. */
export const withOperator = <T>(
  config: CommandConfig,
  right: OperatorRight,
  work: (deps: OperatorDeps, operator: Operator) => Promise<T>,
  statementTimeoutMs?: number,
): Promise<T> => withStores(config, async (deps) => work(deps, await operatorHere(deps.db, right)), statementTimeoutMs);
