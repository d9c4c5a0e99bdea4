import { startNotices } from '../../infra/sandbox/notices';
import { call, journalOf, perTest, setFaults } from './client';

const box = perTest(startNotices);
const form = { key: 'k', user_id: 'plic', sender: '0212345678', receiver: '01012345678', msg: '인증번호 123456' };
const sendForm = async (fields: Record<string, string>) => {
  const answer = await fetch(`${box.url}/send/`, { method: 'POST', body: new URLSearchParams(fields) });
  return (await answer.json()) as Record<string, unknown>;
};
const messagesTo = async (to: string) =>
  (await call(box.url, 'GET', `/_sandbox/messages?to=${to}`)).body as unknown as Record<string, unknown>[];

test('Aligo takes a form or JSON, and the mailbox is read oldest first', async () => {
  expect(await sendForm(form)).toMatchObject({ result_code: 1, message: 'success', msg_id: 1, success_cnt: 1 });
  expect((await call(box.url, 'POST', '/send/', { ...form, msg: '둘' })).body.result_code).toBe(1);
  expect(await sendForm({ ...form, receiver: '01099998888' })).toMatchObject({ result_code: 1 });
  expect(await messagesTo('01012345678')).toEqual([
    { seq: 1, at: expect.any(String), channel: 'sms', to: '01012345678', text: '인증번호 123456' },
    { seq: 2, at: expect.any(String), channel: 'sms', to: '01012345678', text: '둘' },
  ]);
});

test('one call may reach several phones', async () => {
  expect(await sendForm({ ...form, receiver: '01011112222,01033334444' })).toMatchObject({ success_cnt: 2 });
  expect(await messagesTo('01033334444')).toHaveLength(1);
});

test.each([
  [{ key: '' }, -101],
  [{ receiver: 'x' }, -102],
  [{ msg: '' }, -102],
])('Aligo answers %j with %i and delivers nothing', async (wrong, code) => {
  expect((await sendForm({ ...form, ...wrong })).result_code).toBe(code);
  expect(await messagesTo('01012345678')).toEqual([]);
});

test('FCM takes a push from whoever has an access token', async () => {
  const claim = { iss: 'plic@x.example', scope: 'https://www.googleapis.com/auth/firebase.messaging', iat: 1 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const grant = async (exp: number) => {
    const assertion = `${part({ alg: 'RS256' })}.${part({ ...claim, aud: 'http://x.example/token', exp })}.c2ln`;
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return call(box.url, 'POST', '/token', { grant_type, assertion });
  };
  expect((await grant(1)).body).toEqual({ error: 'invalid_grant' });
  const { body: granted } = await grant(9_999_999_999);
  const authorization = { authorization: `Bearer ${granted.access_token}` };
  const body = { message: { token: 'tok', notification: { title: '송금 완료', body: '보냈습니다' } } };
  expect((await call(box.url, 'POST', '/v1/projects/plic/messages:send', body)).status).toBe(401);
  const reply = await call(box.url, 'POST', '/v1/projects/plic/messages:send', body, authorization);
  expect(reply.body.name).toMatch(/^projects\/plic\/messages\//);
  expect(await messagesTo('tok')).toMatchObject([{ channel: 'push', text: '송금 완료\n보냈습니다' }]);
  expect((await call(box.url, 'POST', '/v1/projects/plic/messages:send', {})).status).toBe(400);
});

test('the webhook of operators takes a text', async () => {
  const tell = (body: object) => call(box.url, 'POST', '/hooks/operators', body);
  expect((await tell({ text: '[PLIC] Alarm float-low' })).status).toBe(200);
  expect((await tell({ message: 'x' })).status).toBe(400);
  expect(await messagesTo('operators')).toMatchObject([{ channel: 'operators', text: '[PLIC] Alarm float-low' }]);
});

describe('SES', () => {
  const PATH = '/v2/email/outbound-emails';
  const content = (subject: string, text: string) => ({
    Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } },
  });
  const mail = {
    FromEmailAddress: 'no-reply@plic.example',
    Destination: { ToAddresses: ['kim@example.com'] },
    Content: content('인증', '인증번호 123456'),
  };
  const authorization = `AWS4-HMAC-SHA256 Credential=a/20261130/ap-northeast-2/ses/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const send = (body: object, headers: object = { authorization }) => call(box.url, 'POST', PATH, body, headers);

  test('takes a signed mail, which is found by its address', async () => {
    expect((await send(mail)).body.MessageId).toEqual(expect.any(String));
    expect(await messagesTo('kim@example.com')).toEqual([
      { seq: 1, at: expect.any(String), channel: 'email', to: 'kim@example.com', text: '인증\n\n인증번호 123456' },
    ]);
  });

  test('refuses what is not signed, and delivers nothing', async () => {
    for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'AWS4-HMAC-SHA256 x' }]) {
      const reply = await send(mail, headers);
      expect([reply.status, reply.body.__type]).toEqual([403, 'MissingAuthenticationTokenException']);
    }
    expect(await messagesTo('kim@example.com')).toEqual([]);
  });

  test.each([
    ['no sender', { FromEmailAddress: '' }],
    ['nobody', { Destination: { ToAddresses: [] } }],
    ['not an address', { Destination: { ToAddresses: ['kim'] } }],
    ['no text', { Content: content('x', '') }],
  ])('refuses %s', async (_, wrong) => {
    const reply = await send({ ...mail, ...wrong });
    expect([reply.status, reply.body.__type]).toEqual([400, 'BadRequestException']);
    expect(await messagesTo('kim@example.com')).toEqual([]);
  });

  test.each([
    ['decline', 400, 'MessageRejected'],
    ['rate-limit', 429, 'TooManyRequestsException'],
    ['error-500', 500, 'InternalServiceErrorException'],
  ])('the fault %s is %i %s, and nothing is delivered', async (fault, status, name) => {
    await setFaults(box.url, [{ fault, times: 1 }]);
    const reply = await send(mail);
    expect([reply.status, reply.body.__type]).toEqual([status, name]);
    expect(await messagesTo('kim@example.com')).toEqual([]);
    expect((await send(mail)).status).toBe(200);
    expect(JSON.stringify(await journalOf(box.url))).not.toMatch(/kim|123456/);
  });
});

test('faults strike here too, and the journal tells nobody who was written to', async () => {
  await setFaults(box.url, [
    { fault: 'error-500', times: 1 },
    { fault: 'drop-after-commit', times: 1 },
  ]);
  expect((await call(box.url, 'POST', '/send/', form)).status).toBe(500);
  await expect(sendForm(form)).rejects.toThrow();
  expect(await messagesTo('01012345678')).toHaveLength(1);
  const journal = await journalOf(box.url);
  expect(journal.map(({ kind, status, withheld }) => [kind, status ?? withheld])).toEqual([
    ['request', 500],
    ['request', 'dropped'],
    ['effect', undefined],
  ]);
  expect(JSON.stringify(journal)).not.toMatch(/0101|123456/);
});
