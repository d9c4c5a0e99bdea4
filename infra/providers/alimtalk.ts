/** Kakao's Alimtalk, by Aligo. Another channel takes over what fails here: Aligo's own failover is off. */
import { z } from 'zod';
import type { NoticeTemplate } from '../../workflows/domain/notices';
import { type AlimtalkCarrier, type MessageStanding, ProviderError } from '../../workflows/domain/providers';
import { callProvider, type ProviderAddress } from './http';

interface AlimtalkOptions extends ProviderAddress {
  readonly userId: string;
  /** The registered sender's number, digits only. */
  readonly sender: string;
  /** Of the channel at Kakao. */
  readonly senderKey: string;
  /** The codes of the words that Kakao approved. */
  readonly templates: Readonly<Partial<Record<NoticeTemplate, string>>>;
}

/** Aligo answers with HTTP 200 either way; another code than 0 is a refusal. */
const answered = z.object({ code: z.coerce.number().int() });
const sent = z.object({ info: z.object({ mid: z.union([z.string(), z.number()]).transform(String) }) });
const results = z.object({
  list: z.array(z.object({ rslt: z.union([z.string(), z.number()]).nullish() })).default([]),
});
/** Delivered; anything else that is not empty is a failure. */
const DELIVERED = new Set(['0', '0000']);

/** The client of `/akv10/alimtalk/send/` and `/akv10/history/detail/`. */
export function createAlimtalk({
  senderKey: senderkey,
  sender,
  templates,
  ...address
}: AlimtalkOptions): AlimtalkCarrier {
  async function call<T>(operation: string, path: string, fields: Record<string, string>, answer: z.ZodType<T>) {
    const form = new URLSearchParams({ apikey: address.apiKey, userid: address.userId, ...fields });
    const { body } = await callProvider(address, { operation, method: 'POST', path, form });
    const code = answered.safeParse(body);
    if (!code.success) throw new ProviderError('OutcomeUnknown', operation, 'the answer has no code');
    if (code.data.code !== 0) throw new ProviderError('Unavailable', operation, `refused with code ${code.data.code}`);
    const said = answer.safeParse(body);
    if (!said.success) throw new ProviderError('OutcomeUnknown', operation, 'the answer lacks what was asked for');
    return said.data;
  }

  return {
    carries: (template) => templates[template] !== undefined,

    async sendAlimtalk({ to, title, text, template }) {
      const operation = 'alimtalk send';
      const tpl_code = templates[template];
      if (tpl_code === undefined)
        throw new ProviderError('Unavailable', operation, `no words approved for ${template}`);
      const fields = { senderkey, sender, tpl_code, receiver_1: to, subject_1: title, message_1: text, failover: 'N' };
      return (await call(operation, '/akv10/alimtalk/send/', fields, sent)).info.mid;
    },

    async standingOf(mid): Promise<MessageStanding> {
      const { list } = await call('alimtalk history', '/akv10/history/detail/', { mid }, results);
      const result = `${list[0]?.rslt ?? ''}`;
      if (result === '') return 'pending';
      return DELIVERED.has(result) ? 'delivered' : 'undelivered';
    },
  };
}
