/** Aligo, the SMS carrier. */
import { z } from 'zod';
import { type MessageStanding, ProviderError, type SmsCarrier } from '../../workflows/domain/providers';
import { eucKrBytes, SMS_BYTES_MAX } from './euc-kr';
import { callProvider, type ProviderAddress } from './http';

interface AligoOptions extends ProviderAddress {
  readonly userId: string;
  /** The registered sender's number, digits only. */
  readonly sender: string;
  /** For how long a message is looked for. */
  readonly searchMs?: number;
}

/** Of the title of a long message, in bytes of EUC-KR. */
const TITLE_BYTES_MAX = 44;
/** The largest page that it answers with. */
const PAGE = 500;
/** A message is looked for no longer than that: its notice is lent to a worker for a minute. */
const SEARCH_MS = 20_000;
/** Its clock may be behind ours by so much. */
const CLOCKS_MS = 60_000;
const KST_OFFSET_MS = 9 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Aligo answers refusals with HTTP 200 and a negative code; numbers may come as text. */
const answered = z.object({ result_code: z.coerce.number().int() });
const word = z.union([z.string(), z.number()]).transform(String);
const sent = z.object({ msg_id: word });
const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ list: z.array(item).default([]), next_yn: z.string().optional() });
/** Times are KST, `YYYY-MM-DD HH:mm:ss`. */
const message = z.object({
  mid: word,
  msg: z.string(),
  reg_date: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
});
const receipt = z.object({ receiver: z.string(), sms_state: z.string() });

interface Paged<T> {
  readonly operation: string;
  readonly path: string;
  readonly fields: Record<string, string>;
  readonly item: z.ZodType<T>;
  readonly endsAt: number;
}
const MESSAGES = { operation: 'aligo list', path: '/list/', item: message };
const RECEIPTS = { operation: 'aligo sms_list', path: '/sms_list/', item: receipt };

/** The client of Aligo's `POST /send/`, `/list/` and `/sms_list/`. */
export function createAligo(options: AligoOptions): SmsCarrier {
  const { apiKey: key, userId, sender, searchMs = SEARCH_MS } = options;

  /** One call; a refusal is Unavailable: what was asked for was surely not done. */
  async function call<T>(operation: string, path: string, fields: Record<string, string>, answer: z.ZodType<T>) {
    const form = new URLSearchParams({ key, user_id: userId, ...fields });
    const { body } = await callProvider(options, { operation, method: 'POST', path, form });
    const code = answered.safeParse(body);
    if (!code.success) throw new ProviderError('OutcomeUnknown', operation, 'the answer has no result code');
    if (code.data.result_code !== 1) {
      throw new ProviderError('Unavailable', operation, `refused with code ${code.data.result_code}`);
    }
    const said = answer.safeParse(body);
    if (!said.success) throw new ProviderError('OutcomeUnknown', operation, 'the answer lacks what was asked for');
    return said.data;
  }

  /** All pages of a list, the first ones first; no page is asked for after `endsAt`, by `performance.now()`. */
  async function* pages<T>({ operation, path, fields, item, endsAt }: Paged<T>) {
    for (let n = 1; ; n++) {
      if (performance.now() > endsAt) throw new ProviderError('OutcomeUnknown', operation, 'the search took too long');
      const asked = { ...fields, page: String(n), page_size: String(PAGE) };
      const { list, next_yn } = await call(operation, path, asked, page(item));
      yield* list;
      if (next_yn !== 'Y') return;
    }
  }

  const searchEnd = () => performance.now() + searchMs;
  const receiptsOf = (mid: string, endsAt: number) => pages({ ...RECEIPTS, fields: { mid }, endsAt });

  async function isTo(mid: string, to: string, endsAt: number): Promise<boolean> {
    for await (const { receiver } of receiptsOf(mid, endsAt)) if (digitsOf(receiver) === to) return true;
    return false;
  }

  return {
    async sendSms({ to, title, text }) {
      const isShort = eucKrBytes(text) <= SMS_BYTES_MAX;
      const kind = isShort ? { msg_type: 'SMS' } : { msg_type: 'LMS', title: cut(title, TITLE_BYTES_MAX) };
      const { msg_id } = await call('aligo send', '/send/', { sender, receiver: to, msg: text, ...kind }, sent);
      return msg_id;
    },

    /** `/list/` tells the newest first. */
    async findSms({ to, text }, { since, now }) {
      const from = since.getTime() - CLOCKS_MS;
      const until = now.getTime() + CLOCKS_MS;
      // Counted back from the first day.
      const days = { start_date: kstDay(until), limit_day: String(kstDays(from, until)) };
      const endsAt = searchEnd();
      for await (const { mid, msg, reg_date } of pages({ ...MESSAGES, fields: days, endsAt })) {
        if (Date.parse(`${reg_date.replace(' ', 'T')}+09:00`) < from) return null;
        if (sameWords(msg, text) && (await isTo(mid, to, endsAt))) return mid;
      }
      return null;
    },

    async standingOf(mid) {
      const standings: MessageStanding[] = [];
      for await (const { sms_state } of receiptsOf(mid, searchEnd())) standings.push(standingNamed(sms_state));
      return standings.length === 1 ? (standings[0] ?? 'pending') : 'pending'; // one message goes to one phone
    },
  };
}

/** In its words: `발송완료`, `전송중`, `발송실패`…; a word that is not known decides nothing. */
function standingNamed(state: string): MessageStanding {
  if (/실패|오류|불가|거부|결번/.test(state)) return 'undelivered';
  return /완료|성공/.test(state) ? 'delivered' : 'pending';
}

const kstDay = (ms: number): string => new Date(ms + KST_OFFSET_MS).toISOString().slice(0, 10).replaceAll('-', '');
const dayNumber = (ms: number): number => Math.floor((ms + KST_OFFSET_MS) / DAY_MS);
/** How many days of Korea the time touches. */
const kstDays = (from: number, until: number): number => dayNumber(until) - dayNumber(from) + 1;
const digitsOf = (text: string): string => text.replace(/\D/g, '');
const sameWords = (one: string, other: string): boolean => spaced(one) === spaced(other);
const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The longest beginning of so many bytes. */
function cut(text: string, bytesMax: number): string {
  let kept = '';
  for (const letter of text) {
    if (eucKrBytes(kept + letter) > bytesMax) break;
    kept += letter;
  }
  return kept;
}
