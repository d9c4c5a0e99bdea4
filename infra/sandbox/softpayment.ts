/*
 * The Softpayment sandbox: a second reading of spec §6 and §13, made from the contract alone.
 *
 * POST /sdk/billing-keys                        what the payer's browser calls (CORS open, no API key)
 * GET  /sdk/card-form?origin=&lang=&theme=      the page that calls it, for an iframe of the app (card-form.ts)
 * POST /v1/billing/payment                      idempotent by orderId; a decline is HTTP 200 with status FAILED
 * POST /v1/payments/{paymentKey}/cancel         idempotent by the header Idempotency-Key
 * GET  /v1/settlements?date=YYYY-MM-DD          JSON array of the lines of that KST day
 *
 * Errors are definite unless 5xx or 429: HTTP 4xx `{code, message}`. Codes: INVALID_REQUEST, UNAUTHORIZED,
 * INVALID_BILLING_KEY, DUPLICATED_ORDER_ID (same orderId, other amount, card or instalments), NOT_FOUND_PAYMENT (404),
 * NOT_CANCELABLE_PAYMENT (it was declined), NOT_CANCELABLE_AMOUNT (more than remains), ALREADY_CANCELED (nothing
 * remains; both with `cancelledTotal`), IDEMPOTENCY_KEY_REUSED (same key, other payment or amount).
 *
 * An assumption with two readings, of which a sandbox lives either (readings.ts): a declined orderId that is sent again
 * is declined again for ever, or judged anew. In both, one that was charged is answered DONE from then on.
 *
 * Settlement lines (an assumption): amount, fee and net of a cancel are negative, so a
 * file's net column adds up to what is paid out, and net = amount - fee holds in every line.
 * The fee of a payment is floor(amount * 250 / 10000); a cancel gives back fee(what remained
 * before) - fee(what remains after). settleDate is the second weekday after the KST day; at 11:00 KST of it the net of
 * its lines is paid into the account at the bank (`bankUrl`), under the reference `SOFTPAYMENT-<settleDate>`.
 */
import { z } from 'zod';
import { serveCardForm } from './card-form';
import { controlRoutes, type Refuse, serve, serveRest } from './http';
import { createPayments } from './payments';
import { createReadings, serveReadings, softpaymentReadings } from './readings';
import { listen, openSandbox, type RunningSandbox, resetOf, type SandboxOptions } from './sandbox';

const won = z.int().positive();
const cardForm = z.object({
  cardNumber: z
    .string()
    .transform((text) => text.replace(/[ -]/g, ''))
    .pipe(z.string().regex(/^\d{16}$/, 'must have 16 digits')),
  expiry: z.string().regex(/^\d{2}\/?\d{2}(\d{2})?$/, 'must be MM/YY'),
  cvc: z.string().regex(/^\d{3,4}$/, 'must have 3 or 4 digits'),
  birthDate: z.string().regex(/^[\d-]{6,10}$/, 'must be YYMMDD'),
});
/** An assumption: 0 or absent is a charge at once; over 2 to 12 months from 50,000 won. */
const installmentMonths = z
  .int()
  .max(12)
  .refine((months) => months === 0 || months >= 2, 'must be 0, or 2 to 12')
  .default(0);
const chargeForm = z
  .object({
    billingKey: z.string().min(1),
    amount: won,
    orderId: z.string().min(1).max(64),
    orderName: z.string().min(1).max(100),
    installmentMonths,
  })
  .refine((form) => form.installmentMonths === 0 || form.amount >= 50_000, {
    path: ['installmentMonths'],
    message: 'no instalments below 50,000 won',
  });
const cancelForm = z.object({
  paymentKey: z.string(),
  cancelReason: z.string().min(1).max(200),
  cancelAmount: won,
  idempotencyKey: z.string().min(1).max(300).optional(),
});

const refuse: Refuse = (status, code, message) => ({ status, body: { code, message } });

export type SoftpaymentOptions = SandboxOptions & {
  readings?: z.input<typeof softpaymentReadings> | undefined;
  /** The bank sandbox into whose account it pays what it settles; without it nothing is ever paid. */
  bankUrl?: string | undefined;
};

/** Starts a Softpayment of its own: several may live in one process. */
export async function startSoftpayment(options: SoftpaymentOptions = {}): Promise<RunningSandbox> {
  const sandbox = openSandbox('softpayment', options);
  const readings = createReadings(softpaymentReadings, options.readings);
  const payments = createPayments(sandbox, readings, options.bankUrl);
  const clockworks = [payments, sandbox.webhooks];
  const reset = resetOf(sandbox, clockworks, readings);
  const app = controlRoutes(sandbox, reset);
  serveReadings(app, readings);
  serveCardForm(app);

  app.use('/sdk', (req, res, next) => {
    res.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'content-type' });
    if (req.method === 'OPTIONS') res.set('Access-Control-Allow-Methods', 'POST').status(204).end();
    else next();
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/sdk/billing-keys',
    open: true,
    input: cardForm,
    facts: ({ cardNumber }) => ({ last4: cardNumber.slice(-4) }),
    handle: ({ cardNumber, expiry }) => payments.registerCard(cardNumber, expiry),
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/v1/billing/payment',
    input: chargeForm,
    facts: ({ orderId, amount, billingKey, ...form }) => ({
      ...{ orderId, amount, last4: payments.last4Of(billingKey) },
      ...(form.installmentMonths > 0 && { installmentMonths: form.installmentMonths }),
    }),
    handle: (input, facts) => payments.charge(input, facts),
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/v1/payments/:paymentKey/cancel',
    input: cancelForm,
    facts: ({ paymentKey, cancelAmount, idempotencyKey }) => ({
      ...payments.aboutPayment(paymentKey),
      amount: cancelAmount,
      idempotencyKey,
    }),
    handle: (input, facts) => payments.cancel(input, facts),
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/v1/settlements',
    input: z.object({ date: z.iso.date() }),
    handle: ({ date }, facts) => ({ status: 200, body: payments.settlementLines(date, facts) }),
  });
  serveRest(app, sandbox, refuse);
  return listen(app, sandbox, clockworks, { options, reset });
}
