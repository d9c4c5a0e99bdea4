/** Who holds which role, as two people say: the role of an operator, and invitations to roles that move money. */
import { randomUUID } from 'node:crypto';
import { changeAdminRole, findAdminUser, inviteAdminUser, resetAdminUser } from '../../db/admin-users';
import type { Db } from '../../db/connection';
import { finishRequest, openRequestAbout, takeRequest } from '../../db/operator-requests';
import { serverTime } from '../../db/server-time';
import { ROLES_BY_TWO } from '../../workflows/domain/operator-requests';
import { OPERATOR_ROLES, type OperatorRole } from '../../workflows/domain/operator-roles';
import { z } from '../http/zod';
import { type By, done, type Order, refused } from './order';
import { why } from './texts';
import { hashOfHalves, newInviteToken } from './tokens';

type ByHandle = By & { readonly handle: string };

/** How long an invitation can be accepted. */
export const INVITED_MS = 3 * 24 * 3_600_000;

const standingOf = async (db: Db, handle: string): Promise<object | null> => {
  const user = await findAdminUser(db, handle);
  return user ? { role: user.role, status: user.status, version: user.version } : null;
};

/** Gives an operator another role, at once also in the sessions that they have. */
export const changeRole: Order<{ readonly role: OperatorRole; readonly reason: string }, ByHandle> = {
  ...{ name: 'role', right: 'operators.manage', two: true },
  input: z.strictObject({ ...why, role: z.enum(OPERATOR_ROLES) }),
  look: async (db, { handle }) => ({ kind: 'operator', id: handle, state: await standingOf(db, handle) }),
  async judge(db, { handle }, { role }) {
    const user = await findAdminUser(db, handle);
    if (user?.status !== 'ACTIVE') return refused('not-found', `there is no operator ${handle}`);
    return user.role === role ? refused('not-now', `${handle} is ${role} already`) : undefined;
  },
  carryOut({ db }, by, { role }) {
    const { handle } = by;
    return db.transaction(async (trx) => {
      const taken = await takeRequest(trx, {
        request: by.request,
        kind: 'role',
        doing: { subject: handle, input: { role } },
      });
      if (taken.kind === 'refused') return refused('not-now', taken.why);
      if (taken.kind === 'taken') {
        await finishRequest(trx, taken.request);
        await changeAdminRole(trx, { handle, role, request: taken.request });
      }
      return done(`${handle} is ${role} now`);
    });
  },
};

interface Invited {
  readonly role: OperatorRole;
  readonly allowedAddresses?: readonly string[] | undefined;
  /** Of the first half of the token, which whoever asks has; whoever approves has the second. */
  readonly inviteHash: string;
  readonly reason: string;
}

/**
 * Invites somebody to a role that moves money, or says who does; who has it already is invited anew, with what they
 * prove themselves with taken away. Whoever holds the token acts in their name, so neither of the two has it whole.
 */
export const inviteByTwo: Order<Invited, ByHandle> = {
  ...{ name: 'invite', right: 'operators.manage', two: true },
  input: z.strictObject({
    ...{ ...why, role: z.enum(OPERATOR_ROLES).refine((role) => ROLES_BY_TWO.includes(role)) },
    allowedAddresses: z.array(z.string()).optional(),
    inviteHash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  look: async (db, { handle }) => ({ kind: 'operator', id: handle, state: await standingOf(db, handle) }),
  async judge(db, { handle }, { role }) {
    const user = await findAdminUser(db, handle);
    if (user?.status === 'DISABLED' || (user?.status === 'ACTIVE' && user.role !== role))
      return refused('not-now', takenWords(handle));
    const open = await openRequestAbout(db, 'invite', handle);
    return open === undefined
      ? undefined
      : refused('not-now', `request ${open} asks for it already: withdraw it first`);
  },
  carryOut({ db }, by, { role, allowedAddresses, inviteHash }) {
    const { handle } = by;
    const doing = { subject: handle, input: { role, allowedAddresses, inviteHash } };
    return db.transaction(async (trx) => {
      const taken = await takeRequest(trx, { request: by.request, kind: 'invite', doing });
      if (taken.kind === 'refused') return refused('not-now', taken.why);
      const words = `${handle} is invited to be ${role}, for three days from now`;
      if (taken.kind === 'done') return done(words);
      await finishRequest(trx, taken.request);
      const second = newInviteToken();
      const invitedBy = (await findAdminUser(trx, by.operator))?.id ?? null;
      const now = await serverTime(trx);
      const expiresAt = new Date(now.getTime() + INVITED_MS);
      const row = {
        id: randomUUID(),
        inviteHash: hashOfHalves(inviteHash, second),
        expiresAt,
        invitedBy,
        request: taken.request,
      };
      const isInvited =
        (await inviteAdminUser(trx, { ...row, handle, role, allowedAddresses: allowedAddresses ?? null })) ||
        (await resetAdminUser(trx, { ...row, handle, role, now }));
      // What its maker saw was looked at just now: somebody else was quicker.
      if (!isInvited) throw new Error(takenWords(handle));
      return done(words, second);
    });
  },
};

export const takenWords = (handle: string): string => `${handle} is, or was, an operator: choose another handle`;
