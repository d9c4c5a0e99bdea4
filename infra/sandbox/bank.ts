/*
 * The bank sandbox: Korean firm banking as spec §6 and §13 model it, made from the contract alone.
 * Paths are at the root.
 *
 * POST /accounts/verify {bankCode, accountNumber, holderName}   -> holderName, when account and name fit
 * POST /transfers {reference, tradingDate, bankCode, accountNumber, holderName, amount, memo?}; the memo is what the
 *      recipient's passbook shows, at most 14 bytes of EUC-KR (7 Hangul letters): a wider one is refused
 * GET  /transfers/{reference}?tradingDate=YYYY-MM-DD            -> how that transfer stands now
 * GET  /transfers?tradingDate=YYYY-MM-DD                        -> the day list: the transfers accepted under that date
 * GET  /balance                                                 -> the float; a transfer on its way has already left it
 * GET  /statements?date=YYYY-MM-DD                              -> the account's lines of that KST day, its balances
 *
 * Every answer has two layers, and it is good only if both are:
 *   rspCode      the provider. `A0000` = it dealt with the request (HTTP 200); else `A0` + the HTTP status: A0400 bad
 *                request, A0401 API key, A0404 no such transfer or path, A0429, A0500.
 *   bankRspCode  the bank; null unless rspCode is A0000. 0000 done; 0011 processing; VTIM the receiving bank did not
 *                answer in time (undecided); DUP reference already used on that trading date (nothing done: query);
 *                final: 412 no account, 415 closed, 416 wrong kind, 419 accident, 420 suspended, 815 name mismatch;
 *                this reference failed, a new one may succeed: 901 float too low, 902 bank closed, 903 temporary.
 * A transfer's answer adds reference, tradingDate, amount, `status` and message:
 *   done (0000) | processing (0011, VTIM) | failed (the failure's code) | returned (0000: it was done, and came back).
 * The answer to a duplicate tells the amount and the status of the first transfer, under DUP. A failed transfer keeps
 * its reference, appears in the day list, and is never carried out.
 *
 * A statement has `openingBalance`, `closingBalance` and `lines` {id, at, amount, kind, reference}, which add up; a
 * negative amount went out. Kinds: transfer (at its done time, by the transfer's reference), return (in, by the same
 * reference), deposit and withdrawal (anything else, by a reference of who paid). A transfer on its way is on no
 * statement yet.
 *
 * 901, 902 and 903 are the gate's, which turns a call away before anybody looks at the account. Assumptions with two
 * readings, of which a sandbox lives either (readings.ts): a known reference is answered DUP before the gate is asked,
 * or only when the gate is open (else the gate's code, with status failed, though the first send may be paid); and a
 * query finds a transfer at once, or a while after it was accepted.
 */
import { createHash } from 'node:crypto';
import express, { type Express } from 'express';
import { z } from 'zod';
import { type Account, createAccount } from './account';
import { controlRoutes, type Refuse, serve, serveRest } from './http';
import type { ByHand } from './payouts-by-hand';
import { bankReadings, createReadings, serveReadings } from './readings';
import { listen, openSandbox, type RunningSandbox, resetOf, type SandboxOptions } from './sandbox';
import { createTransfers } from './transfers';

const accountForm = {
  bankCode: z.string().regex(/^\d{3}$/, 'must have 3 digits'),
  accountNumber: z.string().regex(/^\d{10,14}$/, 'must have 10 to 14 digits'),
  holderName: z.string().trim().min(1).max(50),
};
const tradingDate = z.iso.date();
const reference = z.string().min(1).max(64);
/** In EUC-KR. */
const bytesOf = (text: string): number => Array.from(text).reduce((bytes, one) => bytes + (one < '\u0080' ? 1 : 2), 0);
const transferForm = z.object({
  ...accountForm,
  reference,
  tradingDate,
  amount: z.int().positive(),
  memo: z
    .string()
    .refine((memo) => bytesOf(memo) <= 14, 'must have at most 14 bytes')
    .optional(),
});

const refuse: Refuse = (status, _code, message) => ({
  status,
  body: { rspCode: `A0${status}`, bankRspCode: null, message },
});

export type BankOptions = SandboxOptions & {
  /** The float of a new or reset bank, won. */
  balance?: number | undefined;
  readings?: z.input<typeof bankReadings> | undefined;
};

/** Starts a bank of its own: several may live in one process. */
export async function startBank(options: BankOptions = {}): Promise<RunningSandbox> {
  const sandbox = openSandbox('bank', options);
  const readings = createReadings(bankReadings, options.readings);
  const account = createAccount(sandbox, options.balance ?? 10_000_000_000);
  const transfers = createTransfers(sandbox, readings, account);
  const clockworks = [transfers, sandbox.webhooks];
  const reset = resetOf(sandbox, clockworks, readings);
  const app = controlRoutes(sandbox, reset);
  serveReadings(app, readings);
  serveFloat(app, account);
  servePassbooks(app, transfers.passbook);
  serveByHand(app, transfers.byHand);

  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/accounts/verify',
    input: z.object(accountForm),
    facts: ({ bankCode, accountNumber }) => ({ bankCode, last4: accountNumber.slice(-4) }),
    handle: ({ holderName }, facts) => transfers.verify(holderName, facts),
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/transfers',
    input: transferForm,
    facts: (input) => ({
      reference: input.reference,
      tradingDate: input.tradingDate,
      bankCode: input.bankCode,
      amount: input.amount,
      last4: input.accountNumber.slice(-4),
      // Of names, and of a memo that may be one, the length is enough.
      holderNameLength: input.holderName.length,
      ...(input.memo !== undefined && { memoLength: input.memo.length }),
    }),
    handle: ({ accountNumber, ...order }, facts) => {
      const accountHash = hashOf(order.bankCode, accountNumber);
      return transfers.send({ ...order, accountHash, accountLast4: accountNumber.slice(-4) }, facts);
    },
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/transfers/:reference',
    input: z.object({ reference, tradingDate }),
    facts: (input) => ({ ...input, last4: transfers.last4Of(input) }),
    handle: (input) => transfers.query(input),
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/transfers',
    input: z.object({ tradingDate }),
    facts: (input) => input,
    handle: (input, facts) => transfers.dayList(input.tradingDate, facts),
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/balance',
    input: z.object({}),
    handle: () => transfers.balance(),
  });
  serve(app, sandbox, refuse, {
    method: 'GET',
    path: '/statements',
    input: z.object({ date: z.iso.date() }),
    facts: (input) => input,
    handle: ({ date }, facts) => transfers.statement(date, facts),
  });
  serveRest(app, sandbox, refuse);
  return listen(app, sandbox, clockworks, { options, reset });
}

const hashOf = (bankCode: string, accountNumber: string): string =>
  createHash('sha256').update(`${bankCode}/${accountNumber}`).digest('hex').slice(0, 16);

/** `GET /_sandbox/passbook?bankCode=&accountNumber=`: what the holder of that account sees of our transfers. */
function servePassbooks(app: Express, passbook: (accountHash: string) => object[]): void {
  app.get('/_sandbox/passbook', (req, res) => {
    const { data, error } = z
      .object({ bankCode: accountForm.bankCode, accountNumber: accountForm.accountNumber })
      .safeParse(req.query);
    if (error) res.status(400).json({ code: 'INVALID_ACCOUNT', message: z.prettifyError(error) });
    else res.json(passbook(hashOf(data.bankCode, data.accountNumber)));
  });
}

const slipForm = z.strictObject({
  reference,
  bankCode: accountForm.bankCode,
  accountNumber: accountForm.accountNumber,
  amount: z.int().positive(),
});

/**
 * What a person does at the bank's own console. `POST /_sandbox/payouts {reference, bankCode, accountNumber, amount}`
 * pays out of the account under the number of a slip, once, and answers with its tradingDate; `POST
 * /_sandbox/payouts/:reference/return`: the bank gives it back.
 */
function serveByHand(app: Express, byHand: ByHand): void {
  app.post('/_sandbox/payouts', express.json(), (req, res) => {
    const { data, error } = slipForm.safeParse(req.body);
    if (error) {
      res.status(400).json({ code: 'INVALID_PAYOUT', message: z.prettifyError(error) });
      return;
    }
    const { accountNumber, ...slip } = data;
    const paid = byHand.pay({ ...slip, accountHash: hashOf(data.bankCode, accountNumber) });
    if (paid === 'reused') res.status(409).json({ code: 'REFERENCE_REUSED', message: 'the slip paid something else' });
    else if (paid === 'too-little')
      res.status(409).json({ code: 'TOO_LITTLE', message: 'the account lacks the money' });
    else res.json(paid);
  });
  app.post('/_sandbox/payouts/:reference/return', (req, res) => {
    if (byHand.giveBack(req.params.reference)) res.json({ reference: req.params.reference });
    else res.status(404).json({ code: 'NO_SUCH_SLIP', message: 'no payout by hand has this reference' });
  });
}

const depositForm = z.strictObject({
  reference: z.string().min(1).max(100),
  amount: z.int().refine((amount) => amount !== 0, 'must not be 0'),
  at: z.iso.datetime({ offset: true }).optional(),
});

/**
 * `PUT /_sandbox/balance {balance}`: a test fills or empties the float. `POST /_sandbox/deposits {reference, amount,
 * at?}`: somebody pays into the account, or (negative) the owner takes money out; the same reference twice is one. `GET
 * /_sandbox/opening`: the line by which the account was opened. Like the other controls they are not logged.
 */
function serveFloat(app: Express, account: Account): void {
  app.put('/_sandbox/balance', express.json(), (req, res) => {
    const { data, error } = z.object({ balance: z.int().nonnegative() }).safeParse(req.body);
    if (error) {
      res.status(400).json({ code: 'INVALID_BALANCE', message: z.prettifyError(error) });
      return;
    }
    account.setBalance(data.balance);
    res.json(data);
  });
  app.get('/_sandbox/opening', (_, res) => void res.json(account.opening() ?? null));
  app.post('/_sandbox/deposits', express.json(), (req, res) => {
    const { data, error } = depositForm.safeParse(req.body);
    if (error) {
      res.status(400).json({ code: 'INVALID_DEPOSIT', message: z.prettifyError(error) });
      return;
    }
    const { at, ...deposit } = data;
    if (account.deposit({ ...deposit, ...(at !== undefined && { at: Date.parse(at) }) })) res.json(data);
    else res.status(409).json({ code: 'REFERENCE_REUSED', message: 'the reference is known with another amount' });
  });
}
