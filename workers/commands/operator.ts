/** `npm run operator`: operators log in at the command line, and become operators. It parses, calls, and prints. */

import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from '../../api/http/zod';
import { openKeysOf } from '../../api/open-keys';
import { breakGlass } from '../../api/operator/break-glass';
import { logIn } from '../../api/operator/log-in';
import { changeOwnPassword } from '../../api/operator/own-password';
import { accept, createAdmin, disable, invitationOf, inviteAs, reset } from '../../api/operator/people';
import { handle } from '../../api/operator/proofs';
import { operatorText } from '../../api/operator/texts';
import { password as chosenPassword } from '../../api/passwords';
import { audit } from '../../db/admin-audit';
import { endAdminSession } from '../../db/admin-sessions';
import { findAdminUser, listAdminUsers } from '../../db/admin-users';
import { type Db, openDb } from '../../db/connection';
import { loadOperatorConfig, loadOperatorKeys } from '../../infra/config/commands';
import { useLocalEnvironment } from '../../infra/config/local-environment';
import { wallClock } from '../../infra/fast-clock';
import { createLog } from '../../infra/log';
import { outliveReader } from '../../infra/reader';
import { ROLES_BY_TWO } from '../../workflows/domain/operator-requests';
import { holdsRight, OPERATOR_ROLES, RIGHTS_OF } from '../../workflows/domain/operator-roles';
import { printTable, write } from './deal-report';
import { localProof } from './local-operators';
import { decide, listRequests, REQUESTS_HELP, showRequest } from './operator-requests';
import { forgetToken, keepToken, operatorHere, tellAnswer, whoIsHere } from './operator-session';
import { checked, Refused, tellFailure, UsageError, unlessRefused } from './orders';
import { askFor, secretOf } from './secret-input';

const HELP = `npm run operator -- login <handle> [--password-file <file>] [--code <code>]
                                           asks for the password and the code of the authenticator, and keeps a
                                           session here for 15 idle minutes, 12 hours at most
npm run operator -- login <handle> --local an operator that "npm start" made, with what it wrote down
npm run operator -- whoami|logout          who is logged in here, and what they may do; end it
npm run operator -- create-admin <handle>  the first admin, and the second; prints the token of an invitation once
npm run operator -- invite <handle> --role <role> [--address <network>]… [--reason <text>]
                                           likewise of any role; --address: the API hears them only from there;
                                           of finance and admin with a reason: another admin approves it
npm run operator -- accept [--token-file <file>] [--password-file <file>] [--code <code>]
                                           become the operator who was invited: shows what an authenticator needs,
                                           then asks for a password and a code; of two halves of a token that two
                                           people gave you <first>.<second>
npm run operator -- disable <handle> --reason <text>
npm run operator -- reset-authenticator <handle> --reason <text>
                                           invites anew who has lost their authenticator, and ends their sessions:
                                           an admin does (of finance and admin two, by "invite"), or whoever is at the
                                           server, of an admin alone; everybody is told
npm run operator -- password [--password-file <file>] [--code <code>] [--new-password-file <file>]
                                           one's own: asks for it, for a code, and for the next one
npm run operator -- list                   all operators
${REQUESTS_HELP}npm run operator -- break-glass --reason <text>
                                           for an hour, without a log-in: read, throw stops, ask for approval;
                                           every operator is told

Roles: ${OPERATOR_ROLES.join(', ')} (docs/operators.md). The session lies in .plic/operator-session, or where
PLIC_OPERATOR_SESSION says, with mode 0600.
`;

const options = {
  role: { type: 'string' },
  reason: { type: 'string' },
  address: { type: 'string', multiple: true },
  code: { type: 'string' },
  local: { type: 'boolean', default: false },
  'password-file': { type: 'string' },
  'new-password-file': { type: 'string' },
  'token-file': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const parse = (argv: string[]) => parseArgs({ args: argv, options, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];

const NAMED = z.strictObject({ handle });
const INVITED = z.strictObject({
  ...{ handle, role: z.enum(OPERATOR_ROLES) },
  address: z.array(z.union([z.cidrv4(), z.cidrv6()])).optional(),
});
const WHY = z.strictObject({ reason: operatorText });
const CHOSEN = z.strictObject({ password: chosenPassword });

type Work = (db: Db) => Promise<void>;
/** As the audit names somebody at the server who has not logged in. */
const atServer = () => ({ actor: `server:${userInfo().username}` });

/** The keys that open what codes are made of. */
async function withKeys(db: Db) {
  const { masterKey } = loadOperatorKeys();
  const { keys } = await openKeysOf({ db, masterKey, clock: wallClock, log: createLog('operator', 'silent') });
  return { db, keys, wallClock };
}

const loggingIn = (name: string, values: Values): Work => {
  const given = checked(NAMED, { handle: name });
  return async (db) => {
    const proof = values.local
      ? await localProof(given.handle, (await findAdminUser(db, given.handle))?.totpLastStep ?? 0)
      : {
          password: await secretOf('password', values['password-file']),
          totpCode: values.code ?? (await askFor('code of the authenticator')),
        };
    const opened = await logIn(await withKeys(db), { place: 'command', address: null }, { ...given, ...proof });
    if (!opened) throw new Refused('handle, password or code is wrong, or there were too many tries: wait a minute');
    keepToken(opened.token);
    write(`${given.handle} (${opened.operator.role}) is logged in here`);
  };
};

const loggingOut: Work = async (db) => {
  const operator = await whoIsHere(db);
  forgetToken();
  if (!operator) return write('nobody was logged in here');
  await db.transaction(async (trx) => {
    await endAdminSession(trx, operator.sessionId, wallClock());
    await audit(trx, operator, {
      ...{ action: 'log-out', subjectKind: 'operator', subject: operator.handle, outcome: 'done' },
    });
  });
  write(`${operator.handle} is logged out`);
};

const tellingWho: Work = async (db) => {
  const { handle, role, endsAt } = await operatorHere(db, 'self.use');
  write(`${handle} (${role}), until ${endsAt.toISOString()}\n${RIGHTS_OF[role].join(', ')}`);
};

const printInvitation = (handle: string, { token, expiresAt }: { token: string; expiresAt: Date }): void =>
  write(`${handle} is invited until ${expiresAt.toISOString()}, by this token, which is shown once:\n${token}`);

const creatingAdmin = (name: string): Work => {
  const given = checked(NAMED, { handle: name });
  return async (db) => {
    const made = unlessRefused(await createAdmin(db, given.handle, { actor: atServer(), now: wallClock() }));
    printInvitation(given.handle, made);
  };
};

const inviting = (name: string, { role, address, reason: why }: Values): Work => {
  const { address: allowedAddresses, ...given } = checked(INVITED, { handle: name, role, address });
  const isOfTwo = ROLES_BY_TWO.includes(given.role);
  const { reason } = isOfTwo ? checked(WHY, { reason: why }) : { reason: why ?? '' };
  return async (db) => {
    const operator = await operatorHere(db, 'operators.manage');
    const deps = { db, engine: () => Promise.reject(new Error('an invitation needs no engine')) };
    const made = unlessRefused(await inviteAs(deps, operator, { ...given, reason, allowedAddresses }, wallClock()));
    if (made.kind === 'done') return printInvitation(given.handle, made);
    const { token, ...asked } = made;
    tellAnswer(asked);
    write(
      `${given.handle} is invited then, for three days, by a token of two halves, each shown once. This is the ` +
        `first; whoever approves has the second, and "accept" takes both as <first>.<second>:\n${token}`,
    );
  };
};

const accepting =
  (values: Values): Work =>
  async (db) => {
    const deps = await withKeys(db);
    const token = await secretOf('token of the invitation', values['token-file']);
    const invited = await invitationOf(deps, token);
    if (!invited) throw new Refused(OVER);
    write(`for the authenticator of ${invited.handle}: ${invited.secret}\n${invited.uri}`);
    const { password } = checked(CHOSEN, { password: await secretOf('new password', values['password-file']) });
    const totpCode = values.code ?? (await askFor('code of the authenticator'));
    const answer = await accept(deps, { token, password, totpCode });
    if (answer.kind === 'bad-password') throw new Refused(answer.words.en);
    if (answer.kind === 'wrong-code') throw new Refused('the code is not the one of this moment: try again');
    if (answer.kind !== 'done') throw new Refused(OVER);
    write(`${answer.handle} is an operator: "npm run operator -- login ${answer.handle}"`);
  };
const OVER = 'the invitation was used, is over, or is none';

const disabling = (name: string, { reason }: Values): Work => {
  const given = { ...checked(NAMED, { handle: name }), ...checked(WHY, { reason }) };
  return async (db) => {
    const operator = await operatorHere(db, 'operators.manage');
    const by = { actor: operator, now: wallClock(), reason: given.reason };
    unlessRefused(await disable(db, given.handle, by));
    write(`${given.handle} is an operator no longer`);
  };
};

const resetting = (name: string, { reason }: Values): Work => {
  const given = { ...checked(NAMED, { handle: name }), ...checked(WHY, { reason }) };
  return async (db) => {
    const here = await whoIsHere(db);
    const admin = here && holdsRight(here.role, 'operators.manage') ? here : null;
    const by = { actor: admin ?? atServer(), invitedBy: admin?.id ?? null, now: wallClock(), reason: given.reason };
    printInvitation(given.handle, unlessRefused(await reset(db, given.handle, by)));
  };
};

const changingPassword =
  (values: Values): Work =>
  async (db) => {
    const operator = await operatorHere(db, 'self.use');
    const password = await secretOf('password', values['password-file']);
    const totpCode = values.code ?? (await askFor('code of the authenticator'));
    const next = await secretOf('new password', values['new-password-file']);
    const { password: newPassword } = checked(CHOSEN, { password: next });
    const answer = await changeOwnPassword(await withKeys(db), operator, { password, totpCode, newPassword });
    if (answer.kind === 'bad-password') throw new Refused(answer.words.en);
    if (answer.kind === 'wrong') throw new Refused('password or code is wrong, or there were too many tries');
    write(`the password of ${operator.handle} is another one; other sessions have ended`);
  };

const listing: Work = async (db) => {
  await operatorHere(db, 'operators.manage');
  const all = await listAdminUsers(db);
  printTable(
    'Operators',
    all.map(({ handle, role, status, createdAt }) => ({ handle, role, status, since: createdAt })),
  );
};

const breaking = ({ reason: given }: Values): Work => {
  const { reason } = checked(WHY, { reason: given });
  return async (db) => {
    keepToken(await breakGlass(db, { shellUser: userInfo().username, reason, now: wallClock() }));
    write('the glass is broken: for an hour, read, throw stops, ask for approval; every operator is told');
  };
};

function workOf(what: string, name: string | undefined, values: Values): Work {
  const named = (): string => {
    if (name === undefined) throw new UsageError(`"${what}" names an operator, or a request`);
    return name;
  };
  const works: Readonly<Record<string, () => Work>> = {
    login: () => loggingIn(named(), values),
    logout: () => loggingOut,
    whoami: () => tellingWho,
    'create-admin': () => creatingAdmin(named()),
    invite: () => inviting(named(), values),
    accept: () => accepting(values),
    disable: () => disabling(named(), values),
    'reset-authenticator': () => resetting(named(), values),
    password: () => changingPassword(values),
    list: () => listing,
    requests: () => listRequests,
    show: () => showRequest(named()),
    approve: () => decide('approve', named(), values),
    reject: () => decide('reject', named(), values),
    withdraw: () => decide('withdraw', named(), values),
    role: () => decide('role', named(), values),
    'break-glass': () => breaking(values),
  };
  const work = Object.hasOwn(works, what) ? works[what] : undefined;
  if (!work) throw new UsageError(`unknown: "${what}"`);
  return work();
}

async function main(argv: string[]): Promise<void> {
  const {
    values,
    positionals: [what, name, ...more],
  } = parse(argv);
  if (more.length > 0) throw new UsageError(`one thing at a time: what is "${more.join(' ')}" for?`);
  if (values.help || what === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const work = workOf(what, name, values);
  useLocalEnvironment();
  const db = openDb({ ...loadOperatorConfig(), poolMax: 3 });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}

outliveReader();
main(process.argv.slice(2)).catch((error: Error) => {
  tellFailure('operator', error);
  process.exit(1);
});
