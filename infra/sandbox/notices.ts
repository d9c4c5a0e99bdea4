/*
 * The notices sandbox: Aligo's SMS call and FCM's push call, both delivered into one mailbox that can be read.
 *
 * POST /send/ (form or JSON) {key, user_id, sender, receiver, msg}  receiver: one number or several, comma separated
 *   -> HTTP 200 {result_code: 1, message, msg_id, success_cnt, error_cnt, msg_type}; Aligo refuses with HTTP 200 and a
 *   negative result_code: -101 (key or user_id missing), -102 (other field missing or bad).
 * POST /v1/projects/{project}/messages:send {message: {token, notification: {title?, body?}}}
 *   -> {name}; errors {error: {code, message, status}}. The bearer token is not checked.
 * GET /_sandbox/messages?to=  -> [{seq, at, channel: 'sms' | 'push', to, text}], oldest first; `to` as it was sent
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Answer, controlRoutes, type Refuse, serve, serveRest } from './http';
import { listen, openSandbox, type RunningSandbox, resetOf, type Sandbox, type SandboxOptions } from './sandbox';

/** One delivered notice. */
type Message = { seq: number; at: string; channel: 'sms' | 'push'; to: string; text: string };

const refuse: Refuse = (status, code, message) => ({
  status,
  body: { error: { code: status, message, status: code } },
});

const sms = z.object({
  sender: z.string().min(1),
  receiver: z.string().regex(/^[\d-]+(,[\d-]+)*$/),
  msg: z.string().min(1).max(2_000),
});
const push = z.object({
  message: z.object({
    token: z.string().min(1),
    notification: z.object({ title: z.string(), body: z.string() }).partial(),
  }),
});

/** Starts a notices sandbox of its own: several may live in one process. */
export async function startNotices(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const sandbox = openSandbox('notices', options);
  const mailbox = createMailbox(sandbox);
  const reset = resetOf(sandbox, []);
  const app = controlRoutes(sandbox, reset);

  app.get('/_sandbox/messages', (req, res) => {
    const { to } = req.query;
    res.json(mailbox.list(typeof to === 'string' ? to : undefined));
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/send',
    input: z.record(z.string(), z.unknown()),
    handle: (form) => sendSms(form, mailbox),
  });
  serve(app, sandbox, refuse, {
    method: 'POST',
    path: '/v1/projects/:project/messages\\:send',
    input: push.extend({ project: z.string() }),
    handle({ project, message: { token, notification } }) {
      mailbox.deliver('push', token, [notification.title, notification.body].filter(Boolean).join('\n'));
      return { status: 200, body: { name: `projects/${project}/messages/${randomUUID()}` } };
    },
  });
  serveRest(app, sandbox, refuse);
  return listen(app, sandbox, [], { options, reset });
}

function sendSms(form: Record<string, unknown>, mailbox: ReturnType<typeof createMailbox>): Answer {
  if (!form.key || !form.user_id) return { status: 200, body: { result_code: -101, message: '인증오류입니다.' } };
  const parsed = sms.safeParse(form);
  if (!parsed.success)
    return { status: 200, body: { result_code: -102, message: '필수 항목이 없거나 잘못되었습니다.' } };
  const { receiver, msg } = parsed.data;
  const seqs = receiver.split(',').map((to) => mailbox.deliver('sms', to, msg));
  const counts = { success_cnt: seqs.length, error_cnt: 0, msg_type: Buffer.byteLength(msg) > 90 ? 'LMS' : 'SMS' };
  return { status: 200, body: { result_code: 1, message: 'success', msg_id: seqs[0], ...counts } };
}

function createMailbox({ store, providerLog, now }: Sandbox) {
  const messages = store.table<Message>('messages');
  return {
    /** @returns the message's seq */
    deliver(channel: Message['channel'], to: string, text: string): number {
      const seq = messages.size + 1;
      messages.set(String(seq), { seq, at: new Date(now()).toISOString(), channel, to, text });
      providerLog.append('effect', { effect: 'delivered', channel, message: seq });
      return seq;
    },
    list: (to?: string) => messages.values().filter((message) => to === undefined || message.to === to),
  };
}
