/** A payer who knows nothing but the REST API (and, as a browser does, Softpayment's card form). */
import { randomInt, randomUUID } from 'node:crypto';
import { poll } from './poll';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A deal as spec §13 shows it. */
export interface DealView {
  readonly id: string;
  readonly dealNo: string;
  readonly status: string;
  readonly principal: number;
  readonly fee: number;
  readonly total: number;
  readonly expiresAt: string;
  readonly version: number;
  readonly cancelRequested: boolean;
  readonly waiting: { readonly reason: string; readonly since: string; readonly nextMoveAt: string | null } | null;
  readonly payments: readonly {
    readonly attempt: number;
    readonly orderId: string;
    readonly status: string;
    readonly amount: number;
    readonly refundedAmount: number;
    readonly cardId: string;
    readonly declineCode: string | null;
  }[];
  readonly transfers: readonly {
    readonly attempt: number;
    readonly reference: string;
    readonly status: string;
    readonly amount: number;
    readonly code: string | null;
  }[];
}

export interface Places {
  readonly apiUrl: string;
  readonly softpaymentUrl: string;
  readonly noticesUrl: string;
}

/** A test card of the ordinary kind, ending as given. */
export const cardEnding = (last4: string): string => `41111111${randomInt(1_000, 10_000)}${last4}`;
/** An account of the ordinary kind, ending as given. */
export const accountEnding = (last4: string): string => `110${randomInt(1_000_000, 10_000_000)}${last4}`;
/** A bank without maintenance hours, so that no test depends on the time of day. */
export const ALWAYS_OPEN_BANK = '092';

export interface NewPayer {
  readonly phone: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export class Payer {
  /** What only the payer, Softpayment and the bank may know: it must be found nowhere else in the clear. */
  readonly secrets: string[];

  constructor(
    private readonly places: Places,
    readonly person: NewPayer,
    readonly userId: string,
    private readonly accessToken: string,
  ) {
    this.secrets = [...Object.values(person), accessToken];
  }

  /** One call of the API as this payer; never throws for a status. */
  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return callApi<T>(this.places.apiUrl, method, path, body, {
      authorization: `Bearer ${this.accessToken}`,
      ...headers,
    });
  }

  /** A money POST with an Idempotency-Key of its own unless one is given. */
  post<T = DealView>(path: string, body: unknown = {}, key: string = randomUUID()): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, { 'idempotency-key': key });
  }

  /** Registers the card at Softpayment, then at PLIC; answers with its id. */
  async registerCard(cardNumber = cardEnding('1234')): Promise<string> {
    const form = { cardNumber, expiry: '12/30', cvc: '123', birthDate: '900101' };
    const billing = await callApi<{ billingKey: string }>(
      this.places.softpaymentUrl,
      'POST',
      '/sdk/billing-keys',
      form,
    );
    this.secrets.push(cardNumber, billing.body.billingKey);
    return idOf(await this.call('POST', '/v1/cards', billing.body));
  }

  /** Saves and verifies a recipient; answers with its id. */
  async addRecipient(accountNumber = accountEnding('1234'), bankCode = ALWAYS_OPEN_BANK): Promise<string> {
    const recipient = { bankCode, accountNumber, holderName: '김수취' };
    this.secrets.push(accountNumber, recipient.holderName);
    return idOf(await this.call('POST', '/v1/recipients', recipient));
  }

  async createDeal(recipientId: string, principal = 100_000): Promise<DealView> {
    const { status, body } = await this.post('/v1/deals', { recipientId, principal, purpose: '월세' });
    if (status !== 201) throw new Error(`the deal was not created: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  confirm(dealId: string, cardId: string, key?: string): Promise<Answer<DealView & { code?: string }>> {
    return this.post(`/v1/deals/${dealId}/confirm`, { cardId, deviceId: 'test-device' }, key);
  }

  cancel(dealId: string): Promise<Answer<DealView & { code?: string }>> {
    return this.post(`/v1/deals/${dealId}/cancel`);
  }

  async deal(dealId: string): Promise<DealView> {
    return (await this.call<DealView>('GET', `/v1/deals/${dealId}`)).body;
  }

  async timeline(dealId: string): Promise<{ from: string | null; to: string; actor: string; cause: string }[]> {
    const { body } = await this.call<{ items: [] }>('GET', `/v1/deals/${dealId}/timeline`);
    return body.items;
  }

  /** The states the deal went through, in order. */
  async path(dealId: string): Promise<string[]> {
    const moves = (await this.timeline(dealId)).filter(({ from, to }) => from !== to);
    return moves.map(({ to }) => to);
  }

  waitForStatus(dealId: string, status: string, deadlineMs = 20_000): Promise<DealView> {
    const what = `deal ${dealId} becomes ${status}`;
    return poll(
      () => this.deal(dealId),
      (deal) => deal.status === status,
      { what, deadlineMs },
    );
  }

  waitForTransfers(dealId: string, count: number): Promise<DealView> {
    const decided = ({ transfers }: DealView) =>
      transfers.length >= count && transfers.every(({ status }) => status !== 'PENDING' && status !== 'PROCESSING');
    return poll(() => this.deal(dealId), decided, { what: `${count} transfers of deal ${dealId} are decided` });
  }

  waitForWaiting(dealId: string, reason: string, deadlineMs = 20_000): Promise<DealView> {
    const what = `deal ${dealId} waits ${reason}`;
    return poll(
      () => this.deal(dealId),
      (deal) => deal.waiting?.reason === reason,
      { what, deadlineMs },
    );
  }
}

/** Signs a new payer up, with the code that the SMS brought. */
export async function signUp(places: Places): Promise<Payer> {
  const phone = `010${randomInt(10_000_000, 100_000_000)}`;
  const person = {
    phone,
    email: `payer-${randomUUID()}@example.com`,
    name: '박결제',
    password: 'correct horse battery',
  };
  const asked = await callApi(places.apiUrl, 'POST', '/v1/auth/codes', { phone });
  if (asked.status !== 202) throw new Error(`no code was sent: ${asked.status} ${JSON.stringify(asked.body)}`);
  const code = await poll(
    async () => {
      const messages = await callApi<{ text: string }[]>(places.noticesUrl, 'GET', `/_sandbox/messages?to=${phone}`);
      return messages.body.at(-1)?.text.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? '';
    },
    (found) => found !== '',
    { what: 'the SMS with the code' },
  );
  const answer = await callApi<{ accessToken: string; user: { id: string } }>(
    places.apiUrl,
    'POST',
    '/v1/auth/signup',
    { ...person, code },
  );
  if (answer.status >= 300) throw new Error(`no sign-up: ${answer.status} ${JSON.stringify(answer.body)}`);
  return new Payer(places, person, answer.body.user.id, answer.body.accessToken);
}

function idOf({ status, body }: Answer): string {
  if (status !== 201) throw new Error(`not created: ${status} ${JSON.stringify(body)}`);
  return String(body.id);
}

/** One JSON call; the body is null when there is none. */
export async function callApi<T = Record<string, unknown>>(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as T };
}
