/** The receipt of a deal: what was charged, what arrived, what came back. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { reportOf } from '../../db/views/operator-deals';
import type { DealId } from '../../workflows/domain/ids';
import { insertDeal, insertPayment, insertRefund, insertTransfer } from '../fixtures/rows';
import { type BareApi, type Member, startBareApi } from './bare-api';

const NOW = new Date('2026-03-02T20:00:00Z');
const CHARGED = new Date('2026-03-02T15:30:00Z'); // half past midnight in Korea

let api: BareApi;
let payer: Member;
beforeAll(async () => {
  api = await startBareApi({ clock: () => new Date() });
});
afterAll(() => api.stop());
beforeEach(async () => {
  payer = await api.member();
});

/** A deal of 10,000 won that was charged, sent, returned and given back. */
async function refundedDeal(more: object = {}): Promise<string> {
  const { db } = api.deps;
  const dealId = await insertDeal(db, payer, { created_at: CHARGED, ...more });
  const back = { status: 'REFUNDED', refunded_amount: 10_300 };
  const charged = { payment_key: `k-${randomUUID()}`, approved_at: CHARGED, decided_at: CHARGED };
  const paymentId = await insertPayment(db, payer, dealId, { ...charged, ...back });
  await insertTransfer(db, payer, dealId, { status: 'RETURNED', decided_at: CHARGED, trading_date: '2026-03-03' });
  await db('payments').where({ id: paymentId }).update({ status: 'PAID', refunded_amount: 0 });
  await insertRefund(db, dealId, paymentId, { status: 'DONE', decided_at: NOW });
  await db('payments').where({ id: paymentId }).update(back);
  return dealId;
}

const pageOf = (dealId: string, language = 'ko') =>
  request(api.url)
    .get(`/v1/deals/${dealId}/receipt`)
    .set({ authorization: `Bearer ${payer.accessToken}`, accept: 'text/html', 'accept-language': language });

test('a receipt tells amounts, the masked card and account, and times of Korea', async () => {
  const dealId = await refundedDeal();
  const { status, body, headers } = await payer.call('GET', `/v1/deals/${dealId}/receipt`);
  expect(status).toBe(200);
  expect(headers.get('vary')).toContain('Accept');
  expect(body).toEqual({
    ...{ dealId, dealNo: expect.any(String), status: 'PENDING', purpose: 'rent' },
    issuedAt: expect.stringMatching(/\+09:00$/),
    createdAt: '2026-03-03T00:30:00+09:00',
    ...{ principal: 10_000, fee: 300, feeBps: 300, total: 10_300, paid: 0 },
    recipient: { bankCode: '088', bankName: { ko: '신한은행', en: 'Shinhan Bank' }, accountMasked: '****1234' },
    charges: [
      {
        ...{ orderId: expect.any(String), status: 'REFUNDED', amount: 10_300, refundedAmount: 10_300 },
        ...{ approvedAt: '2026-03-03T00:30:00+09:00', installmentMonths: 0 },
        card: { maskedNumber: '411111******1111', issuer: { ko: 'Card', en: 'Card' } },
      },
    ],
    refunds: [{ status: 'DONE', amount: 10_300, principal: 10_000, fee: 300, at: '2026-03-03T05:00:00+09:00' }],
    disputes: [],
    transfer: {
      ...{ bankCode: '088', bankName: { ko: '신한은행', en: 'Shinhan Bank' }, accountMasked: '****1234' },
      ...{ status: 'RETURNED', amount: 10_000, tradingDate: '2026-03-03', decidedAt: '2026-03-03T00:30:00+09:00' },
    },
  });
});

test('a deal that was never charged has no receipt, and says so', async () => {
  const quote = await insertDeal(api.deps.db, payer);
  await insertPayment(api.deps.db, payer, quote, { status: 'FAILED', decline_code: 'stolen-card' });
  const { status, body } = await payer.call('GET', `/v1/deals/${quote}/receipt`);
  expect([status, body.code]).toEqual([409, 'not-charged']);
});

test("another payer's receipt, an unknown one and a malformed id are all not there", async () => {
  const dealId = await refundedDeal();
  const stranger = await api.member();
  for (const id of [dealId, randomUUID(), 'x'])
    expect((await stranger.call('GET', `/v1/deals/${id}/receipt`)).status).toBe(404);
});

test.each([
  ['ko', ['영수증', '10,300원', '일시불', '신한은행 ****1234', '전액 환불', '반환됨', '2026-03-03 00:30']],
  ['en', ['Receipt', '10,300 KRW', 'At once', 'Shinhan Bank ****1234', 'Refunded', 'Given back', '2026-03-03 00:30']],
])('a browser gets a page to print in its language (%s), without scripts', async (language, texts) => {
  const page = await pageOf(await refundedDeal(), language).expect(200);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers['content-language']).toBe(language);
  expect(page.headers.vary).toMatch(/Accept\b.*Accept-Language/);
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  expect(page.text).toContain(`<html lang="${language}">`);
  for (const text of texts) expect(page.text).toContain(text);
  expect(page.text).not.toMatch(/<script|\bon\w+=|https?:|src=/);
});

/** A deal of 100,000 won, charged over three months, with a dispute. */
async function disputedDeal(dispute: object): Promise<string> {
  const { db } = api.deps;
  const dealId = await insertDeal(db, payer, { principal: 100_000, fee: 3_000, total: 103_000 });
  const charged = { status: 'PAID', payment_key: `k-${randomUUID()}`, approved_at: CHARGED, decided_at: CHARGED };
  const payment = { ...charged, amount: 103_000, installment_months: 3 };
  const paymentId = await insertPayment(db, payer, dealId, payment);
  const of = { id: randomUUID(), deal_id: dealId, payment_id: paymentId, reference: `CB-${randomUUID()}` };
  await db('chargebacks').insert({ ...of, amount: 103_000, evidence: 'a letter', opened_at: CHARGED, ...dispute });
  return dealId;
}

test.each([
  [{}, 103_000, [{ status: 'OPEN', amount: 103_000, at: '2026-03-03T00:30:00+09:00' }], '카드사에서 확인 중'],
  [
    { status: 'LOST', decided_at: NOW },
    0,
    [{ status: 'LOST', amount: 103_000, at: '2026-03-03T05:00:00+09:00' }],
    '카드사가 결제를 취소해',
  ],
  [{ status: 'WON', decided_at: NOW }, 103_000, [], '3개월 할부'],
])('a dispute (%j) says what the payer has paid, and of instalments the months', async (dispute, paid, told, words) => {
  const dealId = await disputedDeal(dispute);
  const { body } = await payer.call('GET', `/v1/deals/${dealId}/receipt`);
  expect(body).toMatchObject({ paid, disputes: told, charges: [{ installmentMonths: 3 }] });
  const { text } = await pageOf(dealId).expect(200);
  expect(text).toContain(words);
  expect(text).toContain('3개월 할부');
});

test('operators see the months of a charge', async () => {
  const dealId = await disputedDeal({});
  const { payments } = await reportOf(api.deps.db, dealId as DealId);
  expect(payments).toMatchObject([{ installment_months: 3 }]);
});

test('what a payer wrote is text on the page, never a part of it', async () => {
  const purpose = `<script>alert(1)</script>"'&`;
  const { text } = await pageOf(await refundedDeal({ purpose })).expect(200);
  expect(text).not.toContain('<script');
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
});

test('a page is given only to those who ask for one', async () => {
  const dealId = await refundedDeal();
  for (const accept of ['*/*', 'application/json', 'text/html;q=0.1, application/json', 'image/png']) {
    const { headers } = await payer.call('GET', `/v1/deals/${dealId}/receipt`, undefined, { accept });
    expect(headers.get('content-type')).toContain('application/json');
  }
});
