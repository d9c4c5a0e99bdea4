/** Supplies of the operations about money: cards, recipients, quotes, deals, and what providers tell of them. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { ALWAYS_OPEN_BANK, accountEnding, callApi, cardEnding } from '../fixtures/payer';
import { each, type Means, type Source, type Supplied, untilUsed } from './source';
import type { Known } from './stock';

/** Every so many requests about an object are another payer's. */
const FOREIGN_EVERY = 6;

const WITHOUT_VERSION = { 'If-Match': null };

export function dealSupplies({ house, people, stock }: Means): Readonly<Record<string, Source>> {
  const { atRest } = stock;
  const nth = (n: number, known: readonly Known[] = atRest): Known => known[n % known.length] as Known;
  const asked = async (known: Known, more: Supplied = {}): Promise<Supplied> => ({
    token: await people.tokenOf(known.payer),
    ...more,
  });
  /** An object of the n-th payer, and now and then of another. */
  const about = (pathOf: (known: Known) => Record<string, string>, known: readonly Known[] = atRest) =>
    each(async (n) => {
      const isForeign = n % FOREIGN_EVERY === FOREIGN_EVERY - 1;
      const asker = nth(isForeign ? n + 1 : n, known);
      return asked(asker, { path: pathOf(nth(n, known)), isForeign });
    });
  const ofDeal = about(({ dealId }) => ({ dealId }));
  const ofCard = about(({ cardId }) => ({ cardId }));
  const ofRecipient = about(({ recipientId }) => ({ recipientId }));
  const charged = atRest.filter(({ paymentId }) => paymentId !== undefined);
  const sent = atRest.filter(({ transferId }) => transferId !== undefined);

  const billingKey = async (): Promise<string> => {
    const form = { cardNumber: cardEnding('1234'), expiry: '12/30', cvc: '123', birthDate: '900101' };
    const url = house.places.softpaymentUrl;
    return (await callApi<{ billingKey: string }>(url, 'POST', '/sdk/billing-keys', form)).body.billingKey;
  };

  const list = each(async (n) => asked(nth(n), n % 3 === 2 ? {} : { query: { cursor: null } }));

  /** Of eight confirms five are of a new quote, one of them with a card that is declined; the others of a deal in any state. */
  const confirm = each(async (n) => {
    const turn = n % 8;
    const known = turn < 4 ? await stock.quote() : turn === 4 ? await stock.refusedQuote() : nth(n);
    const headers = turn === 7 ? {} : { 'Idempotency-Key': randomUUID(), ...WITHOUT_VERSION };
    return asked(known, { path: { dealId: known.dealId }, body: { cardId: known.cardId }, headers });
  });

  /** Quotes, deals that are paid and held, and deals in any state. */
  const cancel = each(async (n) => {
    const turn = n % 6;
    const known = turn < 2 ? await stock.quote() : turn < 4 ? await stock.paid() : nth(n);
    const headers = turn === 5 ? {} : { 'Idempotency-Key': randomUUID(), ...WITHOUT_VERSION };
    return asked(known, { path: { dealId: known.dealId }, headers });
  });

  /** What the provider has told before, told again under a new id. */
  const event = (provider: 'softpayment' | 'bank') =>
    each(async (n) => {
      const journal = await house.sandboxes[provider].journal();
      const told = journal.filter(({ kind, body }) => kind === 'webhook' && body !== undefined);
      const raw = told[n % told.length]?.body ?? '{}';
      const [id, at] = [`evt_${randomUUID()}`, new Date()];
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
        'webhook-signature': new Webhook(house.secrets[provider]).sign(id, at, raw),
      };
      return { raw, headers };
    });

  return {
    'POST /v1/cards': each(async (n) =>
      asked(nth(n), { body: { billingKey: await billingKey(), issuer: '신한카드' } }),
    ),
    'GET /v1/cards/{cardId}': ofCard,
    'PATCH /v1/cards/{cardId}': ofCard,
    'DELETE /v1/cards/{cardId}': untilUsed(async (n) => {
      const payer = await people.awake(nth(n).payer);
      return asked(nth(n), { path: { cardId: await payer.registerCard() } });
    }),
    'GET /v1/cards': list,
    'POST /v1/recipients': each(async (n) => {
      const account = { bankCode: ALWAYS_OPEN_BANK, accountNumber: accountEnding('1234'), holderName: '김수취' };
      return asked(nth(n), { body: { ...account, confirmedName: null } });
    }),
    'GET /v1/recipients': list,
    'GET /v1/recipients/{recipientId}': ofRecipient,
    'PATCH /v1/recipients/{recipientId}': ofRecipient,
    'PUT /v1/recipients/{recipientId}/favorite': ofRecipient,
    'DELETE /v1/recipients/{recipientId}/favorite': ofRecipient,
    'DELETE /v1/recipients/{recipientId}': untilUsed(async (n) => {
      const payer = await people.awake(nth(n).payer);
      return asked(nth(n), { path: { recipientId: await payer.addRecipient() } });
    }),
    'POST /v1/quotes': each(async (n) =>
      asked(nth(n), {
        body: n % 2 === 0 ? { recipientId: nth(n).recipientId, bankCode: null } : { recipientId: null },
      }),
    ),
    'POST /v1/deals': each(async (n) => {
      const { recipientId } = nth(n);
      const ordinary = n % 2 === 0 ? { purpose: '월세', memo: null } : {};
      const headers = n % 4 === 3 ? {} : { 'Idempotency-Key': randomUUID() };
      return asked(nth(n), { body: { recipientId, ...ordinary }, headers });
    }),
    'GET /v1/deals': list,
    'GET /v1/deals/{dealId}': ofDeal,
    'GET /v1/deals/{dealId}/timeline': ofDeal,
    'GET /v1/deals/{dealId}/events': ofDeal,
    'GET /v1/deals/{dealId}/receipt': ofDeal,
    'POST /v1/deals/{dealId}/confirm': confirm,
    'POST /v1/deals/{dealId}/cancel': cancel,
    'POST /v1/deals/{dealId}/objection': each(async (n) => {
      const known = n % 2 === 0 ? stock.blocked : nth(n);
      return asked(known, { path: { dealId: known.dealId } });
    }),
    'GET /v1/payments/{paymentId}': about(({ paymentId = '' }) => ({ paymentId }), charged),
    'GET /v1/transfers/{transferId}': about(({ transferId = '' }) => ({ transferId }), sent),
    'POST /v1/webhooks/softpayment': event('softpayment'),
    'POST /v1/webhooks/bank': event('bank'),
  };
}
