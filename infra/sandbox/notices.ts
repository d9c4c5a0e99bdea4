/*
 * The notices sandbox: Aligo's SMS call, FCM's push call and SES v2's e-mail call, all delivered into one mailbox that
 * can be read.
 *
 * POST /send/ (form or JSON) {key, user_id, sender, receiver, msg}  receiver: one number or several, comma separated
 *   -> HTTP 200 {result_code: 1, message, msg_id, success_cnt, error_cnt, msg_type}; Aligo refuses with HTTP 200 and a
 *   negative result_code: -101 (key or user_id missing), -102 (other field missing or bad).
 * POST /v1/projects/{project}/messages:send {message: {token, notification: {title?, body?}}}
 *   -> {name}; errors {error: {code, message, status}}. The bearer token is not checked.
 * POST /v2/email/outbound-emails {FromEmailAddress, Destination: {ToAddresses}, ConfigurationSetName?,
 *   Content: {Simple: {Subject: {Data}, Body: {Text: {Data}}}}}, signed as AWS asks, whose signature is not checked
 *   -> {MessageId}; errors {__type, message} as SES names them; fault `decline`: MessageRejected
 * GET /_sandbox/messages?to=  -> [{seq, at, channel: 'sms' | 'push' | 'email', to, text}], oldest first; `to` as it was
 *   sent; the text of an e-mail is its subject, a line and its body
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Answer, controlRoutes, type Refuse, serve, serveRest } from './http';
import { listen, openSandbox, type RunningSandbox, resetOf, type Sandbox, type SandboxOptions } from './sandbox';

/** One delivered notice. */
type Message = { seq: number; at: string; channel: 'sms' | 'push' | 'email'; to: string; text: string };

const refuse: Refuse = (status, code, message) => ({
  status,
  body: { error: { code: status, message, status: code } },
});

/** Of the statuses that any call may be refused with, in SES's names. */
const SES_ERRORS: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  403: 'MissingAuthenticationTokenException',
  429: 'TooManyRequestsException',
  500: 'InternalServiceErrorException',
};
const refuseMail: Refuse = (status, code, message) => ({
  status,
  body: { __type: SES_ERRORS[status] ?? code, message },
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

const part = z.object({ Data: z.string().min(1) });
const mail = z.object({
  FromEmailAddress: z.email(),
  Destination: z.object({ ToAddresses: z.array(z.email()).min(1).max(50) }),
  Content: z.object({ Simple: z.object({ Subject: part, Body: z.object({ Text: part }) }) }),
  ConfigurationSetName: z.string().min(1).optional(),
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
  serve(app, sandbox, refuseMail, {
    method: 'POST',
    path: '/v2/email/outbound-emails',
    input: mail,
    signed: true,
    handle({ Destination, Content: { Simple } }, facts) {
      if (sandbox.faults.take('decline', facts)) {
        return { status: 400, body: { __type: 'MessageRejected', message: 'fault decline' } };
      }
      const text = `${Simple.Subject.Data}\n\n${Simple.Body.Text.Data}`;
      for (const to of Destination.ToAddresses) mailbox.deliver('email', to, text);
      return { status: 200, body: { MessageId: randomUUID() } };
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
