/** Standard Webhooks (spec §6), over the bytes that were sent. */
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/**
 * One live secret, `whsec_<base64>`. The library reads a body as UTF-8 before it is signed, which changes one in
 * EUC-KR; all else of its `verify` (headers, ±300 s, comparison in constant time) stays.
 */
export class ByteWebhook extends Webhook {
  readonly #key: Buffer;

  constructor(secret: string) {
    super(secret);
    this.#key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  }

  override sign(id: string, at: Date, body: string | Buffer): string {
    const hmac = createHmac('sha256', this.#key)
      .update(`${id}.${Math.floor(at.getTime() / 1_000)}.`)
      .update(body);
    return `v1,${hmac.digest('base64')}`;
  }
}
