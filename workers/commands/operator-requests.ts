/** `npm run operator -- requests|show|approve|reject|withdraw|role`: what two people give. It calls, and prints. */
import { z } from '../../api/http/zod';
import { approve, reject, withdraw } from '../../api/operator/requests';
import { changeRole } from '../../api/operator/roles';
import { operatorText } from '../../api/operator/texts';
import type { Db } from '../../db/connection';
import { listRows } from '../../db/views/admin-list';
import { adminRequests, findAdminRequest } from '../../db/views/admin-requests';
import { loadCommandConfig } from '../../infra/config/commands';
import type { OperatorRight } from '../../workflows/domain/operator-roles';
import { printTable, write } from './deal-report';
import { giving, operatorHere, tellAnswer, type Work, withOperator } from './operator-session';
import { checked, Refused, UsageError } from './orders';

export const REQUESTS_HELP = `npm run operator -- requests                what waits for a second person
npm run operator -- show <id>              one request whole
npm run operator -- approve <id> [--reason <text>]
                                           another operator's request: it is carried out; again, when nobody knows
                                           what became of it
npm run operator -- reject <id> --reason <text>
npm run operator -- withdraw <id>          your own
npm run operator -- role <handle> --role <role> --reason <text>
                                           another role of an operator, which another admin approves
`;

type Values = Readonly<Partial<Record<'role' | 'reason', string>>>;
const WHY = z.strictObject({ reason: operatorText });
const MAYBE = z.strictObject({ reason: operatorText.optional() });

const idOf = (text: string): string => {
  if (!z.uuid().safeParse(text).success) throw new UsageError(`a request is named by its id, not "${text}"`);
  return text;
};

/** Lists what is open, the oldest first. */
export async function listRequests(db: Db): Promise<void> {
  await operatorHere(db, 'deals.read');
  const { items, total } = await listRows(db, adminRequests, { filter: { open: true }, limit: 100 });
  printTable(
    'Requests',
    items.map(({ id, kind, subject, maker, standing, expiresAt }) => ({
      ...{ id, kind, subject, maker, standing },
      until: expiresAt,
    })),
  );
  write(total === 0 ? 'nothing waits for a second person' : `${total} in all`);
}

/** Shows one request whole. */
export const showRequest = (name: string) => {
  const id = idOf(name);
  return async (db: Db): Promise<void> => {
    await operatorHere(db, 'deals.read');
    const found = await findAdminRequest(db, id);
    if (!found) throw new Refused(`there is no request ${id}`);
    const { input, ...shown } = found;
    printTable(
      'Request',
      Object.entries({ ...shown, ...input }).map(([what, is]) => ({ what, is: textOf(is) })),
    );
  };
};

const textOf = (value: unknown): string => {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`;
};

/** What decides a request, or makes one about an operator: with its right, for whoever is logged in. */
export function decide(what: 'approve' | 'reject' | 'withdraw' | 'role', name: string, values: Values) {
  const [right, work] = workOf(what, name, values);
  return async (): Promise<void> => withOperator(loadCommandConfig(), right, work);
}

function workOf(what: string, name: string, { role, reason: given }: Values): readonly [OperatorRight, Work] {
  if (what === 'role') return ['operators.manage', giving(changeRole, { handle: name }, { role, reason: given })];
  const id = idOf(name);
  const { reason } = checked<{ reason?: string | undefined }>(what === 'reject' ? WHY : MAYBE, { reason: given });
  if (what === 'approve')
    return ['money.approve', async (deps, operator) => tellAnswer(await approve(deps, operator, id, reason))];
  if (what === 'reject')
    return ['money.approve', async (deps, operator) => tellAnswer(await reject(deps, operator, id, reason ?? ''))];
  return ['requests.make', async (deps, operator) => tellAnswer(await withdraw(deps, operator, id, reason))];
}
