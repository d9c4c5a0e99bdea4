/** Who may ask what: a row for every operation of the OpenAPI document, a column for everyone who may try. */
import { randomUUID } from 'node:crypto';
import { createSessions } from '../../api/payer/sessions';
import { addDevice } from '../../db/devices';
import { signUpWith } from '../fixtures/account';
import { insertDecision, insertPayment, insertTransfer, SEALED } from '../fixtures/rows';
import { tokenForge } from '../fixtures/tokens';
import {
  ADMIN_OPERATIONS,
  ask,
  MATRIX,
  NAMED_IN_BODIES,
  namedIn,
  OPERATIONS,
  type Operation,
  those,
} from './access-matrix';
import { type BareApi, dealOf, type Member, startBareApi } from './bare-api';

let api: BareApi;
/** Whose things are asked for. */
let owner: Member;
let theirs: Readonly<Record<string, string>>;
/** Of those who are nobody, by who they are. */
let tokens: Readonly<Record<string, string | undefined>>;
beforeAll(async () => {
  api = await startBareApi();
  [owner, tokens] = [await api.member(), await tokensOfNobody()];
  theirs = await belongingsOf(owner);
});
afterAll(() => api.stop());

/** Of a payer: one of everything that a path or a body can name. */
async function belongingsOf(payer: Member): Promise<Readonly<Record<string, string>>> {
  const { db } = api.deps;
  const deviceId = randomUUID();
  await addDevice(
    db,
    { id: deviceId, userId: payer.userId, secretHash: deviceId, label: 'Chrome, Android' },
    new Date(),
  );
  const subscriptionId = randomUUID();
  await db('push_subscriptions').insert({
    ...{ id: subscriptionId, user_id: payer.userId, device_id: deviceId, kind: 'fcm' },
    ...{ target_encrypted: SEALED, target_hash: subscriptionId },
  });
  const session = await createSessions(api.deps).open(payer.userId, { deviceId, label: 'Chrome, Android' });
  const dealId = await dealOf(payer);
  const paymentId = await insertPayment(db, payer, dealId);
  await insertTransfer(db, payer, dealId);
  await insertDecision(db, payer, dealId, { rules: ['account-many-cards'] });
  const [transferId] = await db('transfers').where({ deal_id: dealId }).pluck('id');
  const { cardId, recipientId } = payer;
  await payer.call('PUT', `/v1/recipients/${recipientId}/favorite`, {});
  return { dealId, paymentId, transferId, cardId, recipientId, deviceId, subscriptionId, sessionId: session.sessionId };
}

/** Every row of the database but what is kept of the asker's own request. */
async function everyRow(but: readonly string[] = []): Promise<string> {
  const { db } = api.deps;
  const { rows } = await db.raw<{ rows: { name: string }[] }>(
    `select table_name as name from information_schema.tables
     where table_schema = 'public' and table_name <> all(?::text[])`,
    [['idempotency_keys', ...but]],
  );
  const tables = await Promise.all(
    rows.map(async ({ name }) => {
      const { rows: all } = await db.raw<{ rows: { row: string }[] }>('select t::text as row from ?? t order by 1', [
        name,
      ]);
      return [name, ...all.map(({ row }) => row)].join('\n');
    }),
  );
  return tables.sort().join('\n\n');
}

/** As every other payer's, and none at all. */
const NOT_THERE = { status: 404, code: 'not-found' };
const sessionsOf = async (payer: Member) => (await payer.call('GET', '/v1/users/me/sessions')).body;

test('every operation of the document has a row, and every row an operation', () => {
  expect(OPERATIONS.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(MATRIX).sort());
});

test('the document says of each operation whether somebody must be logged in', () => {
  const secured = OPERATIONS.filter(({ security }) => security && security.length > 0);
  expect(secured.filter((operation) => !ADMIN_OPERATIONS.includes(operation))).toEqual(those('payer', 'owner'));
});

test('an object in a path has an owner, and so has one that a body names', () => {
  const withObject = OPERATIONS.filter(
    (operation) => /\{(?!code\})/.test(operation.path) && !ADMIN_OPERATIONS.includes(operation),
  );
  expect(withObject).toEqual(those('owner'));
  const fields = OPERATIONS.filter((one) => !ADMIN_OPERATIONS.includes(one)).flatMap(({ operationId, bodyOf }) => {
    const ids = Object.entries(bodyOf?.schema.properties ?? {}).filter(([, { format }]) => format === 'uuid');
    return ids.length > 0 ? [[operationId, ids.map(([name]) => name)] as const] : [];
  });
  expect(Object.fromEntries(fields)).toEqual(NAMED_IN_BODIES);
});

const NOBODIES = ['nobody who is logged in', 'a forged token', 'an ended session', 'a member who has left'] as const;

async function tokensOfNobody(): Promise<Record<(typeof NOBODIES)[number], string | undefined>> {
  const [forger, loggedOut, left] = [await api.member(), await api.member(), await signUpWith(api, '01055556666')];
  const forge = tokenForge(() => api.deps.config);
  await createSessions(api.deps).closeAll(loggedOut.userId);
  expect((await left.call('POST', '/v1/users/me/withdrawal', { password: left.password })).status).toBe(204);
  return {
    'nobody who is logged in': undefined,
    'a forged token': forge.sign(forge.claimsOf(forger.accessToken), {}, Buffer.from('x'.repeat(32))),
    'an ended session': loggedOut.accessToken,
    'a member who has left': left.accessToken,
  };
}

const named = (operations: readonly Operation[]) =>
  operations.map((operation) => [operation.operationId, operation] as const);

describe.each(named(those('payer', 'owner')))('%s', (_, operation) => {
  test.each(NOBODIES)('is refused to %s, and nothing is touched', async (who) => {
    const before = await everyRow();
    expect(await ask(api.url, operation, tokens[who], theirs)).toEqual({ status: 401, code: 'unauthenticated' });
    expect(await everyRow()).toBe(before);
  });

  test('is heard of a payer', async () => {
    const payer = await api.member();
    const { code } = await ask(api.url, operation, payer.accessToken, await belongingsOf(payer));
    expect(code).not.toBe('unauthenticated');
  });
});

describe.each(named(those('owner')))('%s', (_, operation) => {
  test('answers another payer as if there were nothing, and touches nothing', async () => {
    const stranger = await api.member();
    const own = namedIn(operation, { cardId: stranger.cardId, recipientId: stranger.recipientId });
    const [before, sessions] = [await everyRow(), await sessionsOf(owner)];
    expect(await ask(api.url, operation, stranger.accessToken, theirs, own)).toEqual(NOT_THERE);
    expect(await everyRow()).toBe(before);
    expect(await sessionsOf(owner)).toEqual(sessions);
  });

  test('finds what is the payer’s own', async () => {
    const payer = await api.member();
    const ids = await belongingsOf(payer);
    const { status } = await ask(api.url, operation, payer.accessToken, ids, namedIn(operation, ids));
    expect(status).not.toBe(404);
  });
});

test.each(named(those('anyone')))('%s is heard of anyone', async (_, operation) => {
  expect((await ask(api.url, operation, undefined)).code).not.toBe('unauthenticated');
});

test.each(named(those('proof')))('%s hears nobody without proof', async (_, operation) => {
  const audit = ['admin_audit_logs', 'admin_audit_head']; // of each log-in of an operator that is refused
  const before = await everyRow(audit);
  const { code } = await ask(api.url, operation, undefined);
  expect(['unauthenticated', 'invalid-code', 'invalid-request']).toContain(code);
  expect(await everyRow(audit)).toBe(before);
});

const NAMING = named(OPERATIONS).filter(([id]) => id in NAMED_IN_BODIES && id !== 'confirmIdentity');
test.each(NAMING)('%s knows nothing of another payer’s card or recipient in its body', async (_, operation) => {
  const payer = await api.member();
  const dealId = await dealOf(payer);
  const before = await everyRow();
  const body = namedIn(operation, theirs);
  expect(await ask(api.url, operation, payer.accessToken, { dealId }, body)).toEqual(NOT_THERE);
  expect(await everyRow()).toBe(before);
});
