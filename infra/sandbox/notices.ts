/*
 * The notices sandbox: Aligo's SMS calls, FCM's and web push's calls, and SES v2's e-mail call, all delivered into one
 * mailbox that can be read.
 *
 * POST /send/ (form or JSON) {key, user_id, sender, receiver, msg, msg_type?, title?}  receiver: one number or several,
 *   comma separated; msg_type: SMS (at most 90 bytes of EUC-KR) or LMS
 *   -> HTTP 200 {result_code: 1, message, msg_id, success_cnt, error_cnt, msg_type}; Aligo refuses with HTTP 200 and a
 *   negative result_code: -101 (key or user_id missing), -102 (other field missing or bad).
 * POST /list/ {key, user_id, start_date?, limit_day?, page?, page_size?}  that many days back from the first, KST
 *   -> {…, list: [{mid, type, msg, reg_date, …}], next_yn}, newest first
 * POST /sms_list/ {key, user_id, mid, page?, page_size?} -> {…, list: [{receiver, sms_state, …}], next_yn}
 * POST /akv10/alimtalk/send/ {apikey, userid, senderkey, tpl_code, sender, receiver_1, subject_1, message_1,
 *   failover: N} -> HTTP 200 {code: 0, message, info: {mid, …}}; another code is a refusal
 * POST /akv10/history/detail/ {apikey, userid, mid} -> {code: 0, list: [{phone, rslt, rslt_message}]}
 * POST /token {grant_type, assertion} -> {access_token, expires_in}; Google's, for FCM
 * POST /v1/projects/{project}/messages:send {message: {token, notification: {title?, body?}}}, with that access token
 *   -> {name}; errors {error: {code, status, details}}
 * POST /web-push/{anything}, bytes, with a VAPID token -> 201; 404 and 410 by the address
 * POST /v2/email/outbound-emails {FromEmailAddress, Destination: {ToAddresses}, ConfigurationSetName?,
 *   Content: {Simple: {Subject: {Data}, Body: {Text: {Data}}}}}, signed as AWS asks, whose signature is not checked
 *   -> {MessageId}; errors {__type, message} as SES names them; fault `decline`: MessageRejected
 * POST /hooks/operators: operator-hook.ts
 * GET /_sandbox/messages?to=  -> [{seq, at, channel: 'sms' | 'push' | 'email' | 'operators', to, text}], oldest first;
 *   `to` as it was sent; the text of an e-mail is its subject, a line and its body, that of a web push its ciphertext
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { serveAligo } from './aligo';
import { serveAlimtalk } from './alimtalk';
import { serveFcm } from './fcm';
import { controlRoutes, type Refuse, serve, serveRest } from './http';
import { createMailbox } from './mailbox';
import { serveOperatorHook } from './operator-hook';
import { listen, openSandbox, type RunningSandbox, resetOf, type SandboxOptions } from './sandbox';
import { serveWebPush } from './web-push';

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
  serveAligo(app, sandbox, refuse, mailbox);
  serveAlimtalk(app, sandbox, refuse, mailbox);
  serveFcm(app, sandbox, refuse, mailbox);
  serveWebPush(app, sandbox, refuse, mailbox);
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
  serveOperatorHook(app, sandbox, refuse, (text) => mailbox.deliver('operators', 'operators', text));
  serveRest(app, sandbox, refuse);
  return listen(app, sandbox, [], { options, reset });
}
