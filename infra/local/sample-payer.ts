import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalEnvironment } from './environment';
import type { SampleClient } from './sample-client';
import { say } from './terminal';

/** A payer who is ready to pay: signed up, with a card and a verified recipient. */
interface SamplePayer {
  cardId: string;
  recipientId: string;
}

/** No national holiday, no night: this bank's transfers have no maintenance window. */
const BANK_ALWAYS_OPEN = '092';

/**
 * Signs up a payer who is new every time, so that daily limits never meet an earlier run, and gives them a card and a
 * recipient whose last digits select no special outcome.
 */
export async function preparePayer(client: SampleClient, environment: LocalEnvironment): Promise<SamplePayer> {
  const phone = `010${digits(8)}`;
  const password = randomBytes(18).toString('base64url');
  await client.post('/v1/auth/codes', { phone });
  const code = await readCode(environment.ALIGO_URL, phone);
  const { accessToken } = await client.post<{ accessToken: string }>('/v1/auth/signup', {
    phone,
    code,
    name: '김결제',
    email: `sample-${randomBytes(6).toString('hex')}@example.com`,
    password,
  });
  client.signIn(accessToken);
  say('a sample payer signed up with the code from an SMS');

  if (environment.IDENTITY === 'required') await proveIdentity(client, password);
  const card = await registerAtSoftpayment(environment.SOFTPAYMENT_URL);
  const { id: cardId } = await client.post<{ id: string }>('/v1/cards', card);
  say(`card ${card.maskedNumber} registered: the number went to Softpayment, PLIC got a billing key`);

  const account = {
    bankCode: BANK_ALWAYS_OPEN,
    accountNumber: `1${digits(7)}${ordinaryEnding()}`,
    holderName: '이수취',
  };
  const { id: recipientId } = await client.post<{ id: string }>('/v1/recipients', account);
  say(`recipient verified with bank ${BANK_ALWAYS_OPEN}`);
  return { cardId, recipientId };
}

/** Plays the person in the PASS app of the identity sandbox. */
async function proveIdentity(client: SampleClient, password: string): Promise<void> {
  const { verificationId, url } = await client.post<{ verificationId: string; url: string }>('/v1/users/me/identity', {
    password,
  });
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: `김${digits(8)}`, birthDate: '1990-01-01', phone: `010${digits(4)}1111` }),
  });
  if (!response.ok) throw new Error(`the identity sandbox answered ${response.status}`);
  await client.post('/v1/users/me/identity/confirm', { verificationId });
  say('the payer proved who they are');
}

/** What the payer's browser does with Softpayment's SDK; PLIC never sees the card number. */
async function registerAtSoftpayment(softpaymentUrl: string) {
  const response = await fetch(new URL('/sdk/billing-keys', softpaymentUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      cardNumber: `4${digits(11)}${ordinaryEnding()}`,
      expiry: '1230',
      cvc: digits(3),
      birthDate: '900101',
    }),
  });
  if (!response.ok) throw new Error(`Softpayment's SDK route answered ${response.status}`);
  const { billingKey, maskedNumber, issuer, fingerprint, expiry } = (await response.json()) as Record<string, string>;
  return { billingKey, maskedNumber, issuer, fingerprint, expiry };
}

async function readCode(noticesUrl: string, phone: string): Promise<string> {
  const inbox = new URL(`/_sandbox/messages?to=${phone}`, noticesUrl);
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(50)) {
    const messages = (await (await fetch(inbox)).json()) as { text: string }[];
    const code = messages.at(-1)?.text.match(/(?<!\d)\d{6}(?!\d)/)?.[0];
    if (code) return code;
  }
  throw new Error('no SMS with a code arrived at the notices sandbox within 20 s');
}

const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** The special endings of the sandboxes all begin with 0. */
const ordinaryEnding = (): string => `${randomInt(1000, 10_000)}`;
