import type { Express } from 'express';
import { encode } from 'iconv-lite';
import { z } from 'zod';
import { type Answer, type Refuse, serve } from './http';
import { kstTime } from './korean-time';
import type { Mailbox } from './mailbox';
import type { Sandbox } from './sandbox';

/** One call of `/send/`, as `/list/` tells it. */
type Sent = { mid: number; type: 'SMS' | 'LMS'; sender: string; receivers: string[]; msg: string; at: number };

const PATH_OF = { send: '/send', list: '/list', receipts: '/sms_list' } as const;
const SMS_BYTES_MAX = 90;
const TITLE_BYTES_MAX = 44;
const DAY_MS = 24 * 3_600_000;
const bytesOf = (text: string): number => encode(text, 'cp949').length;

const sms = z
  .object({
    sender: z.string().min(1),
    receiver: z.string().regex(/^[\d-]+(,[\d-]+)*$/),
    msg: z.string().min(1).max(2_000),
    msg_type: z.enum(['SMS', 'LMS']).optional(),
    title: z.string().optional(),
  })
  .refine(({ msg, msg_type }) => msg_type !== 'SMS' || bytesOf(msg) <= SMS_BYTES_MAX)
  .refine(({ title = '' }) => bytesOf(title) <= TITLE_BYTES_MAX);
const paged = {
  page: z.coerce.number().int().min(1).default(1),
  page_size: z.coerce.number().int().min(30).max(500).default(30),
};
const listed = z.object({
  ...paged,
  start_date: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  limit_day: z.coerce.number().int().min(1).max(366).default(1),
});
const receipts = z.object({ ...paged, mid: z.coerce.number().int() });

/** By the last four digits of the receiver. */
const STATES: Readonly<Record<string, string>> = { '0501': '발송실패', '0502': '전송중' };

/** Serves Aligo's SMS calls. Refusals are HTTP 200 with a negative `result_code`. */
export function serveAligo(app: Express, sandbox: Sandbox, refuse: Refuse, mailbox: Mailbox): void {
  const { store, now } = sandbox;
  const sent = store.table<Sent>('sms');
  const dateOf = ({ at }: Sent) => kstTime(at).slice(0, 19).replace('T', ' ');

  const calls: Record<keyof typeof PATH_OF, (form: object) => object | undefined> = {
    send(form) {
      const { data } = sms.safeParse(form);
      if (!data) return undefined;
      const { sender, receiver, msg, msg_type } = data;
      const type = msg_type ?? (bytesOf(msg) > SMS_BYTES_MAX ? 'LMS' : 'SMS');
      const receivers = receiver.split(',');
      for (const to of receivers) mailbox.deliver('sms', to, msg);
      const mid = sent.size + 1;
      sent.set(String(mid), { ...{ mid, type, sender, receivers, msg }, at: now() });
      return { msg_id: mid, success_cnt: receivers.length, error_cnt: 0, msg_type: type };
    },
    list(form) {
      const { data } = listed.safeParse(form);
      if (!data) return undefined;
      const { start_date = kstTime(now()).slice(0, 10).replaceAll('-', ''), limit_day } = data;
      const lastDay = Date.parse(
        `${start_date.slice(0, 4)}-${start_date.slice(4, 6)}-${start_date.slice(6)}T00:00+09:00`,
      );
      const rows = sent.values().filter(({ at }) => at < lastDay + DAY_MS && at >= lastDay - (limit_day - 1) * DAY_MS);
      return pageOf(data, rows.reverse(), (row) => ({
        ...{ mid: String(row.mid), type: row.type, sender: row.sender, sms_count: String(row.receivers.length) },
        ...{ reserve_state: '', msg: row.msg, fail_count: '0', reg_date: dateOf(row), reserve: '' },
      }));
    },
    receipts(form) {
      const { data } = receipts.safeParse(form);
      const row = data && sent.get(String(data.mid));
      if (!row) return undefined;
      return pageOf(data, row.receivers, (receiver) => ({
        ...{ mdid: `${row.mid}-${receiver.slice(-4)}`, type: row.type, sender: row.sender, receiver },
        ...{ sms_state: STATES[receiver.slice(-4)] ?? '발송완료', reg_date: dateOf(row), send_date: dateOf(row) },
        reserve_date: '',
      }));
    },
  };
  for (const name of ['send', 'list', 'receipts'] as const) {
    serve(app, sandbox, refuse, {
      ...{ method: 'POST', path: PATH_OF[name], input: z.record(z.string(), z.unknown()) },
      handle: (form, facts) =>
        name === 'send' && sandbox.faults.take('decline', facts) ? NO_CREDIT : answerOf(form, calls[name]),
    });
  }
}

const NO_CREDIT: Answer = { status: 200, body: { result_code: -201, message: '문자 전송건수가 부족합니다.' } };

function answerOf(form: Record<string, unknown>, work: (form: object) => object | undefined): Answer {
  if (!form.key || !form.user_id) return { status: 200, body: { result_code: -101, message: '인증오류입니다.' } };
  const said = work(form);
  if (!said) return { status: 200, body: { result_code: -102, message: '필수 항목이 없거나 잘못되었습니다.' } };
  return { status: 200, body: { result_code: 1, message: 'success', ...said } };
}

function pageOf<Row>(
  { page, page_size }: { page: number; page_size: number },
  rows: Row[],
  show: (row: Row) => object,
): object {
  const list = rows.slice((page - 1) * page_size, page * page_size).map(show);
  return { list, next_yn: rows.length > page * page_size ? 'Y' : 'N' };
}
