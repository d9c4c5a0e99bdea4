import type { Express } from 'express';
import { z } from 'zod';
import { type Answer, type Refuse, serve } from './http';
import type { Mailbox } from './mailbox';
import type { Sandbox } from './sandbox';

const sending = z.object({
  ...{ senderkey: z.string().min(1), tpl_code: z.string().min(1), sender: z.string().min(1) },
  receiver_1: z.string().regex(/^[\d-]+$/),
  ...{ subject_1: z.string().min(1), message_1: z.string().min(1).max(1_000), failover: z.literal('N') },
});

/** By the last four digits of the receiver: taken, and the phone has no KakaoTalk. */
const NOT_DELIVERED = '0501';

/** Serves Aligo's calls of Kakao's Alimtalk, one receiver a call. Refusals are HTTP 200 with another `code` than 0. */
export function serveAlimtalk(app: Express, sandbox: Sandbox, refuse: Refuse, mailbox: Mailbox): void {
  const sent = sandbox.store.table<{ receiver: string }>('alimtalk');
  const input = z.record(z.string(), z.unknown());
  serve(app, sandbox, refuse, {
    ...{ method: 'POST', path: '/akv10/alimtalk/send', input },
    handle(form, facts): Answer {
      if (!form.apikey || !form.userid) return said({ code: -99, message: '인증오류입니다.' });
      const { data } = sending.safeParse(form);
      if (!data || sandbox.faults.take('decline', facts)) return said({ code: -101, message: '발송할 수 없습니다.' });
      const mid = sent.size + 1;
      sent.set(String(mid), { receiver: data.receiver_1 });
      if (!data.receiver_1.endsWith(NOT_DELIVERED)) mailbox.deliver('alimtalk', data.receiver_1, data.message_1);
      return said({ code: 0, message: '성공적으로 전송요청 하였습니다.', info: { type: 'AT', mid, scnt: 1, fcnt: 0 } });
    },
  });
  serve(app, sandbox, refuse, {
    ...{ method: 'POST', path: '/akv10/history/detail', input },
    handle(form): Answer {
      const found = sent.get(String(form.mid));
      if (!form.apikey || !form.userid || !found) return said({ code: -99, message: '조회할 수 없습니다.' });
      const isDelivered = !found.receiver.endsWith(NOT_DELIVERED);
      const rslt = isDelivered ? '0000' : '3018';
      return said({ code: 0, list: [{ phone: found.receiver, rslt, rslt_message: isDelivered ? '성공' : '실패' }] });
    },
  });
}

const said = (body: object): Answer => ({ status: 200, body });
