/** Webhooks as a provider would send them, and what became of them. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { House } from './house';
import { callApi } from './payer';
import { poll } from './poll';

type Provider = 'softpayment' | 'bank';

/** Sends a signed event; answers with its id. Throws unless it is taken. */
export async function sendEvent(house: House, provider: Provider, type: string, data: object): Promise<string> {
  const id = `evt_${randomUUID()}`;
  const at = new Date();
  const body = JSON.stringify({ type, data });
  const { status } = await callApi(house.places.apiUrl, 'POST', `/v1/webhooks/${provider}`, body, {
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
    'webhook-signature': new Webhook(house.secrets[provider]).sign(id, at, body),
  });
  if (status !== 200) throw new Error(`the event ${type} was answered ${status}`);
  return id;
}

/** Until at least one event of this type came about this deal, and none of them is open. */
export async function eventsClose({ db }: Pick<House, 'db'>, dealNo: string, type: string): Promise<void> {
  await poll(
    () => db('pg_webhook_events').where({ deal_no: dealNo, type }).pluck('processed_at'),
    (closed) => closed.length > 0 && !closed.includes(null),
    { what: `the events ${type} of ${dealNo} are dealt with` },
  );
}
