/** Aligo, the SMS carrier. */
import { z } from 'zod';
import { ProviderError, type SmsCarrier } from '../../workflows/domain/providers';
import { callProvider, type ProviderAddress } from './http';

interface AligoOptions extends ProviderAddress {
  readonly userId: string;
  /** The registered sender's number, digits only. */
  readonly sender: string;
}

const SEND = 'aligo send';
/** Aligo answers refusals with HTTP 200 and a negative code; numbers may come as text. */
const taken = z.object({ result_code: z.coerce.number().int() });

/** The client of Aligo's `POST /send/`. */
export function createAligo(options: AligoOptions): SmsCarrier {
  return {
    async sendSms({ to, text }) {
      const { apiKey: key, userId: user_id, sender } = options;
      const form = new URLSearchParams({ key, user_id, sender, receiver: to, msg: text });
      const { body } = await callProvider(options, { operation: SEND, method: 'POST', path: '/send/', form });
      const said = taken.safeParse(body);
      if (!said.success) throw new ProviderError('OutcomeUnknown', SEND, 'the answer has no result code');
      if (said.data.result_code !== 1) {
        throw new ProviderError('Unavailable', SEND, `refused with code ${said.data.result_code}`);
      }
    },
  };
}
