/** The payer's own page: the grade and the way to the next one, months of Korea, and what is left of today's limits. */
import { randomUUID } from 'node:crypto';
import { RATE_LIMITS } from '../../api/deps';
import { moveDeal, readDeal } from '../../db/deals';
import type { DealState } from '../../workflows/domain/deal-state';
import type { DealId } from '../../workflows/domain/ids';
import { memberRow } from '../fixtures/member-row';
import { insertDeal, insertDecision } from '../fixtures/rows';
import { type BareApi, type Member, startBareApi } from './bare-api';

let now = new Date();
const at = (kst: string): Date => new Date(`${kst}+09:00`);
let api: BareApi;
let payer: Member;
let count = 0;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
afterAll(() => api.stop());
beforeEach(() => memberAt('2027-03-15T12:00:00'));

/** From now on it is then, and the payer is a new one who has just logged in. */
async function memberAt(kst: string): Promise<void> {
  now = at(kst);
  payer = await api.member();
  const { db, keys } = api.deps;
  count += 1;
  const person = { phone: `0101234${1_000 + count}`, email: `kim${count}@example.com`, name: '김결제' };
  await db('users')
    .where({ id: payer.userId })
    .update({ ...(await memberRow(keys, payer.userId, person)), created_at: at('2027-01-02T03:04:05') });
}

interface Me {
  readonly name: string;
  readonly grade: { readonly code: string; readonly completedLastMonth: number };
  readonly nextGrade: Record<string, unknown> | null;
  readonly limits: Record<string, unknown>;
}
const read = async (): Promise<Me> => (await payer.call('GET', '/v1/users/me')).body as unknown as Me;
const gradeIs = (grade: string) => api.deps.db('users').where({ id: payer.userId }).update({ grade });

/** A deal of the payer that was completed then; afterwards it moved on along `more`. */
async function completed(principal: number, kst: string, more: readonly DealState[] = []): Promise<void> {
  const fee = principal * 0.03;
  const id = (await insertDeal(api.deps.db, payer, { principal, fee, total: principal + fee })) as DealId;
  for (const to of ['PAID', 'TRANSFERRING', 'COMPLETED', ...more] as const)
    await api.deps.db.transaction(async (trx) =>
      moveDeal(trx, await readDeal(trx, id), { to, actor: 'system', cause: 'transferred' }, at(kst)),
    );
}

test('a payer sees themself, their grade, the next one and the limits of today', async () => {
  const { status, body } = await payer.call('GET', '/v1/users/me');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: payer.userId,
    name: '김결제',
    phone: `0101234${1_000 + count}`,
    email: `kim${count}@example.com`,
    memberSince: at('2027-01-02T03:04:05').toISOString(),
    grade: {
      ...{ code: 'BASIC', name: { ko: '베이직', en: 'Basic' }, feeBps: 300 },
      ...{ since: null, fromPrincipal: 0, completedLastMonth: 0 },
    },
    nextGrade: {
      ...{ code: 'SILVER', name: { ko: '실버', en: 'Silver' }, feeBps: 290 },
      ...{ fromPrincipal: 1_000_000, completedThisMonth: 0, missing: 1_000_000 },
    },
    limits: {
      ...{ dealsLeft: 5, amountLeft: 5_000_000, resetsAt: at('2027-03-16T00:00:00').toISOString() },
      perDeal: { min: 1_000, max: 5_000_000 },
    },
  });
});

test('a deal belongs to the month of Korea in which it was completed, to the second', async () => {
  await memberAt('2027-03-01T00:00:00');
  await completed(1_000, '2027-01-31T23:59:59');
  await completed(20_000, '2027-02-01T00:00:00');
  await completed(300_000, '2027-02-28T23:59:59');
  await completed(4_000_000, '2027-03-01T00:00:00');
  expect(await read()).toMatchObject({
    grade: { completedLastMonth: 320_000 },
    nextGrade: { completedThisMonth: 4_000_000, missing: 0 },
  });
});

test('in the last second of a month its deals are of this month, and a second later of the last one', async () => {
  await memberAt('2027-12-31T23:59:59');
  await completed(600_000, '2027-12-31T12:00:00');
  expect(await read()).toMatchObject({
    grade: { completedLastMonth: 0 },
    nextGrade: { completedThisMonth: 600_000, missing: 400_000 },
  });
  now = at('2028-01-01T00:00:00');
  expect(await read()).toMatchObject({
    grade: { completedLastMonth: 600_000 },
    nextGrade: { completedThisMonth: 0, missing: 1_000_000 },
  });
});

test("money that the bank returned lifts nobody, and neither does a deal on its way or another's", async () => {
  const own = payer;
  payer = await api.member();
  await completed(500_000, '2027-03-02T12:00:00');
  payer = own;
  await completed(500_000, '2027-03-02T12:00:00', ['TRANSFER_FAILED']);
  await completed(500_000, '2027-03-02T12:00:00', ['TRANSFER_FAILED', 'REFUNDED']);
  await insertDeal(api.deps.db, payer);
  expect((await read()).nextGrade).toMatchObject({ completedThisMonth: 0 });
  await completed(70_000, '2027-03-02T12:00:00', ['TRANSFER_FAILED', 'TRANSFERRING', 'COMPLETED']);
  expect((await read()).nextGrade).toMatchObject({ completedThisMonth: 70_000 });
});

test('each grade names the next one with its rate and threshold, and the top names none', async () => {
  const ways = [];
  for (const grade of ['BASIC', 'SILVER', 'GOLD', 'VIP']) {
    await gradeIs(grade);
    const { nextGrade } = await read();
    ways.push(nextGrade && [nextGrade.code, nextGrade.feeBps, nextGrade.fromPrincipal]);
  }
  expect(ways).toEqual([['SILVER', 290, 1_000_000], ['GOLD', 280, 3_000_000], ['VIP', 270, 10_000_000], null]);
});

const quoted = async (): Promise<unknown> =>
  (await payer.post('/v1/deals', { recipientId: payer.recipientId, principal: 100_000, purpose: '월세' })).body.fee;

test('a new grade and a new rate are data: each holds from its first day of Korea on, for quotes and for the page', async () => {
  const { db } = api.deps;
  await db('memberships').insert({ grade: 'BLACK', name_ko: '블랙', name_en: 'Black' });
  await db('grade_terms').insert([
    { grade: 'BLACK', first_day: '2027-03-16', fee_bps: 250, from_principal: 30_000_000 },
    { grade: 'VIP', first_day: '2027-03-16', fee_bps: 260, from_principal: 12_000_000 },
  ]);
  try {
    await memberAt('2027-03-15T23:59:59');
    await gradeIs('VIP');
    expect([await quoted(), await read()]).toMatchObject([2_700, { grade: { feeBps: 270 }, nextGrade: null }]);
    now = at('2027-03-16T00:00:00');
    expect([await quoted(), await read()]).toMatchObject([
      2_600,
      { grade: { feeBps: 260 }, nextGrade: { code: 'BLACK', feeBps: 250, fromPrincipal: 30_000_000 } },
    ]);
    await gradeIs('BLACK');
    expect([await quoted(), await read()]).toMatchObject([2_500, { grade: { code: 'BLACK' }, nextGrade: null }]);
  } finally {
    await gradeIs('BASIC');
    await db('grade_terms').where({ first_day: '2027-03-16' }).delete();
    await db('memberships').where({ grade: 'BLACK' }).delete();
  }
});

/** A reservation of the payer's day for a deal of its own. */
async function reserve(principal: number, day: string, more: Record<string, unknown> = {}): Promise<void> {
  const dealId = await insertDeal(api.deps.db, payer);
  const decision = { verdict: 'PASS', reserved: true, principal, kst_day: day, ...more };
  await insertDecision(api.deps.db, payer, dealId, decision);
}

test('reservations of today that were not released use up the limits, and nothing else does', async () => {
  await reserve(1_200_000, '2027-03-15');
  await reserve(300_000, '2027-03-15', { verdict: 'ALERT' });
  await reserve(400_000, '2027-03-15', { released_at: now });
  await reserve(500_000, '2027-03-15', { verdict: 'BLOCK', reserved: false });
  await reserve(600_000, '2027-03-14');
  expect((await read()).limits).toMatchObject({ dealsLeft: 3, amountLeft: 3_500_000 });
});

test('limits that are used up are 0, and whole again at the midnight of Korea', async () => {
  await memberAt('2027-03-15T23:59:59');
  for (let n = 0; n < 5; n++) await reserve(1_000_000, '2027-03-15');
  const midnight = at('2027-03-16T00:00:00').toISOString();
  expect((await read()).limits).toMatchObject({ dealsLeft: 0, amountLeft: 0, resetsAt: midnight });
  now = at('2027-03-16T00:00:00');
  const next = at('2027-03-17T00:00:00').toISOString();
  expect((await read()).limits).toMatchObject({ dealsLeft: 5, amountLeft: 5_000_000, resetsAt: next });
});

test('a payer changes their name, which is kept encrypted; nothing else can be changed here', async () => {
  const changed = await payer.call('PATCH', '/v1/users/me', { name: ' 이결제 ' });
  expect([changed.status, changed.body.name]).toEqual([200, '이결제']);
  expect((await read()).name).toBe('이결제');
  const row = await api.deps.db('users').where({ id: payer.userId }).first('name_encrypted');
  expect(row.name_encrypted).toMatch(/^v2\./);
  for (const body of [{}, { name: '' }, { name: null }, { grade: 'VIP' }, { name: '박결제', phone: '01012345678' }]) {
    const refused = await payer.call('PATCH', '/v1/users/me', body);
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid-request']);
  }
  expect((await read()).name).toBe('이결제');
});

test('a verified name is not changed by hand, and the way out is said', async () => {
  const { db } = api.deps;
  await db('users')
    .where({ id: payer.userId })
    .update({ ci_hash: 'x'.repeat(43), identity_verified_at: now });
  const refused = await payer.call('PATCH', '/v1/users/me', { name: '이결제' });
  expect([refused.status, refused.body.code]).toEqual([409, 'name-verified']);
  expect(refused.body.detail).toContain('본인확인을 다시');
  expect((await payer.call('PATCH', '/v1/users/me', { name: '김결제' })).status).toBe(200);
  expect((await read()).name).toBe('김결제');
});

test('nobody is told anything without a session', async () => {
  for (const method of ['GET', 'PATCH']) {
    const { status, body } = await api.call(method, '/v1/users/me', method === 'PATCH' ? { name: '이' } : undefined);
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  }
});

test('where identities are not checked nobody is asked for one, and there is nothing to begin', async () => {
  const { body } = await payer.call('GET', '/v1/users/me');
  expect(body.identity).toEqual({ required: false, verifiedAt: null });
  for (const [path, sent] of [
    ['/v1/users/me/identity', { password: 'whatever it is' }],
    ['/v1/users/me/identity/confirm', { verificationId: randomUUID() }],
  ] as const) {
    const answer = await payer.call('POST', path, sent);
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
    expect(answer.body.detail).toContain('본인확인을 하지 않습니다');
  }
  expect(await quoted()).toBe(3_000);
});

test('how often a payer may ask how their check stands is limited', async () => {
  const limits = { ...RATE_LIMITS, identityReadsPerPayer: { points: 2, durationS: 60 } };
  const asked = await startBareApi({ config: { ...api.deps.config, identity: 'required' }, limits });
  try {
    const member = await asked.member();
    const confirm = () => member.call('POST', '/v1/users/me/identity/confirm', { verificationId: randomUUID() });
    const answers = [await confirm(), await confirm(), await confirm()];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 429]);
  } finally {
    await asked.stop();
  }
});
