/** A quote tells what the deal would freeze, whether the limits let it pass and when the money arrives; it makes nothing. */
import fc from 'fast-check';
import { memberRow } from '../fixtures/member-row';
import { insertDeal, insertDecision } from '../fixtures/rows';
import { type BareApi, type Member, startBareApi } from './bare-api';

const at = (kst: string): Date => new Date(`${kst}+09:00`);
let now = new Date();
let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ clock: () => now });
});
afterAll(() => api.stop());
beforeEach(() => memberAt('2027-03-15T12:00:00'));

async function memberAt(kst: string): Promise<void> {
  now = at(kst);
  payer = await api.member();
}

interface Quote {
  readonly principal: number;
  readonly fee: number;
  readonly total: number;
  readonly feeBps: number;
  readonly installmentMonths: number[];
  readonly limits: Record<string, unknown>;
  readonly withinLimits: boolean;
  readonly exceeded: string[];
  readonly arrival: { estimate: string; opensAt: string | null; arrivesBy: string } | null;
}
const ask = async (more: object = {}): Promise<Quote> => {
  const { status, body } = await payer.call('POST', '/v1/quotes', { principal: 100_000, ...more });
  expect(status).toBe(200);
  return body as unknown as Quote;
};
const grade = (code: string) => api.deps.db('users').where({ id: payer.userId }).update({ grade: code });
const setRecipient = (columns: object) => api.deps.db('bank_accounts').where({ id: payer.recipientId }).update(columns);
/** Deals of this principal that count on the KST day. */
async function reserve(principal: number, kstDay = '2027-03-15'): Promise<void> {
  const dealId = await insertDeal(api.deps.db, payer);
  await insertDecision(api.deps.db, payer, dealId, { verdict: 'PASS', kst_day: kstDay, principal, reserved: true });
}

test('a quote tells fee, total and rate of the payer’s grade; the fraction of a won is dropped', async () => {
  expect(await ask({ principal: 33_333 })).toMatchObject({ principal: 33_333, fee: 999, total: 34_332, feeBps: 300 });
  await grade('VIP');
  expect(await ask({ principal: 33_333 })).toMatchObject({ fee: 899, total: 34_232, feeBps: 270 });
});

test('a rate counts from its first day in Korea', async () => {
  const { db } = api.deps;
  await db('grade_terms').insert({ grade: 'GOLD', first_day: '2027-04-01', fee_bps: 250, from_principal: 3_000_000 });
  await memberAt('2027-03-31T23:59:59');
  await grade('GOLD');
  expect((await ask()).feeBps).toBe(280);
  now = at('2027-04-01T00:00:00');
  expect(await ask()).toMatchObject({ fee: 2_500, feeBps: 250 });
});

test('the deal freezes what the quote said, whatever the principal and the grade', async () => {
  const principal = fc.integer({ min: 1_000, max: 5_000_000 });
  await fc.assert(
    fc.asyncProperty(principal, fc.constantFrom('BASIC', 'SILVER', 'GOLD', 'VIP'), async (amount, code) => {
      await grade(code);
      const { fee, total, feeBps } = await ask({ principal: amount, recipientId: payer.recipientId });
      const deal = { recipientId: payer.recipientId, principal: amount, purpose: '월세' };
      expect((await payer.post('/v1/deals', deal)).body).toMatchObject({ principal: amount, fee, total, feeBps });
    }),
    { numRuns: 20 },
  );
});

test('a quote makes nothing, needs no key, and may be asked as often as one likes', async () => {
  const tables = ['deals', 'deal_events', 'payments', 'risk_decisions', 'idempotency_keys'];
  const counts = () => Promise.all(tables.map((table) => api.deps.db(table).count()));
  const before = await counts();
  for (let n = 0; n < 20; n++) await ask({ recipientId: payer.recipientId });
  expect(await counts()).toEqual(before);
});

test('the limits are those of the payer’s own page, and say whether one more such deal passes', async () => {
  await reserve(4_000_000);
  const quote = await ask({ principal: 1_000_000 });
  expect(quote).toMatchObject({ withinLimits: true, exceeded: [] });
  expect(quote.limits).toEqual({
    ...{ dealsLeft: 4, amountLeft: 1_000_000, resetsAt: at('2027-03-16T00:00:00').toISOString() },
    perDeal: { min: 1_000, max: 5_000_000 },
  });
  const { db, keys } = api.deps;
  const person = { phone: '01012341234', email: 'kim@example.com', name: '김결제' };
  await db('users')
    .where({ id: payer.userId })
    .update(await memberRow(keys, payer.userId, person));
  expect((await payer.call('GET', '/v1/users/me')).body.limits).toEqual(quote.limits);
  expect(await ask({ principal: 1_000_001 })).toMatchObject({
    withinLimits: false,
    exceeded: ['user-daily-amount'],
  });
});

test('the sixth deal of a day does not pass, and the first of the next one does', async () => {
  for (let n = 0; n < 5; n++) await reserve(1_000);
  expect(await ask({ principal: 1_000 })).toMatchObject({ withinLimits: false, exceeded: ['user-daily-count'] });
  await memberAt('2027-03-16T00:00:00');
  for (let n = 0; n < 5; n++) await reserve(1_000);
  expect(await ask()).toMatchObject({ withinLimits: true, limits: { dealsLeft: 5 } });
});

test.each([
  ['2027-03-15T12:00:00', '088', 'within-minutes', null, '2027-03-15T12:10:00'],
  ['2027-03-15T23:19:59', '088', 'within-minutes', null, '2027-03-15T23:29:59'],
  // It may be overtaken by the maintenance, 23:30 to 00:30.
  ['2027-03-15T23:29:59', '088', 'within-minutes', null, '2027-03-16T00:40:00'],
  ['2027-03-15T23:30:00', '088', 'when-bank-opens', '2027-03-16T00:30:00', '2027-03-16T00:40:00'],
  ['2027-03-16T00:29:59', '088', 'when-bank-opens', '2027-03-16T00:30:00', '2027-03-16T00:40:00'],
  ['2027-03-16T00:30:00', '088', 'within-minutes', null, '2027-03-16T00:40:00'],
  ['2027-03-15T23:45:00', '092', 'within-minutes', null, '2027-03-15T23:55:00'],
])('at %s the money at bank %s arrives %s', async (kst, bankCode, estimate, opensAt, arrivesBy) => {
  await memberAt(kst);
  const arrival = {
    estimate,
    opensAt: opensAt && at(opensAt).toISOString(),
    arrivesBy: at(arrivesBy).toISOString(),
  };
  expect((await ask({ bankCode })).arrival).toEqual(arrival);
  await setRecipient({ bank_code: bankCode });
  expect((await ask({ recipientId: payer.recipientId })).arrival).toEqual(arrival);
  expect((await ask({ recipientId: payer.recipientId, bankCode })).arrival).toEqual(arrival);
});

test('without a recipient or a bank nothing is said of an arrival', async () => {
  expect((await ask()).arrival).toBeNull();
});

test('instalments are offered from a total of 50,000 won', async () => {
  expect(await ask({ principal: 48_543 })).toMatchObject({ total: 49_999, installmentMonths: [0] });
  expect(await ask({ principal: 48_544 })).toMatchObject({
    total: 50_000,
    installmentMonths: [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  });
});

test("another's recipient, an unknown one and one that was not verified have no quote", async () => {
  const problem = async (recipientId: string) => {
    const { status, body } = await payer.call('POST', '/v1/quotes', { principal: 10_000, recipientId });
    return [status, body.code];
  };
  const stranger = await api.member();
  expect(await problem(stranger.recipientId)).toEqual([404, 'not-found']);
  expect(await problem(payer.userId)).toEqual([404, 'not-found']);
  await setRecipient({ verified_at: null });
  expect(await problem(payer.recipientId)).toEqual([422, 'recipient-not-verified']);
  await setRecipient({ verified_at: now, deleted_at: now });
  expect(await problem(payer.recipientId)).toEqual([404, 'not-found']);
});

test.each<[string, object, string]>([
  ['no principal', { principal: undefined }, 'principal'],
  ['less than the smallest principal', { principal: 999 }, 'principal'],
  ['more than the largest', { principal: 5_000_001 }, 'principal'],
  ['half a won', { principal: 10_000.5 }, 'principal'],
  ['a text', { principal: '10000' }, 'principal'],
  ['nothing at all', { principal: null }, 'principal'],
  ['a negative one', { principal: -10_000 }, 'principal'],
  ['a recipient that is no id', { recipientId: 'x' }, 'recipientId'],
  ['an unknown field', { fee: 0 }, ''],
])('%s is refused in words, with the path of what is wrong', async (_name, more, path) => {
  for (const language of ['ko', 'en']) {
    const asked = { principal: 10_000, ...more };
    const { status, body } = await payer.call('POST', '/v1/quotes', asked, { 'accept-language': language });
    expect([status, body.code]).toEqual([422, 'invalid-request']);
    const words = language === 'ko' ? /[가-힣]/ : /[a-z]/;
    expect(body.errors).toMatchObject([{ path, message: expect.stringMatching(words) }]);
  }
});

test.each(['999', '__proto__', 88])('a bank that is none (%s) is refused with its path', async (bankCode) => {
  const { status, body } = await payer.call('POST', '/v1/quotes', { principal: 10_000, bankCode });
  expect([status, body.errors]).toMatchObject([422, [{ path: 'bankCode', message: expect.any(String) }]]);
});

test("a bank that is not the recipient's is refused in words", async () => {
  const asked = { principal: 10_000, recipientId: payer.recipientId, bankCode: '092' };
  const { status, body } = await payer.call('POST', '/v1/quotes', asked, { 'accept-language': 'en' });
  expect([status, body.errors]).toMatchObject([
    422,
    [{ path: 'bankCode', message: expect.stringContaining('only one') }],
  ]);
});

test('a stranger gets no quote', async () => {
  expect((await api.call('POST', '/v1/quotes', { principal: 10_000 })).status).toBe(401);
});
