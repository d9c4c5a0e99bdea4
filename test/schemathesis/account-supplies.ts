/** Supplies of the operations about members themselves. Whatever ends sessions, or a membership, has members of its own. */
import { randomUUID } from 'node:crypto';
import { PROBLEMS } from '../../api/http/problem';
import { currentConsents, REQUIRED_CONSENTS } from '../../workflows/domain/consents';
import { callApi, type Payer } from '../fixtures/payer';
import { newEmail, newPhone } from './people';
import { each, type Means, type Source, type Supplied, untilUsed } from './source';

interface Listed {
  readonly items: readonly { readonly id: string; readonly current: boolean }[];
}

/** A password that is changed to and fro. */
function passwordsFrom(first: string) {
  let [now, next] = [first, 'another horse battery'];
  return (isUsed: boolean) => {
    if (isUsed) [now, next] = [next, now];
    return { now, next };
  };
}

/** A member of its own for each of them: what one changes, another would stumble over. */
export async function accountSupplies({ house, people }: Means): Promise<Readonly<Record<string, Source>>> {
  const { apiUrl } = house.places;
  const [someone, visiting, changing, resetting, moving, mailing, proving, leaving, refreshing] = await Promise.all([
    ...[people.member(), people.member(), people.member(), people.member(), people.member()],
    ...[people.member(), people.member(), people.member(), people.member()],
  ] as const);
  const asked = async (payer: Payer, more: Supplied = {}): Promise<Supplied> => ({
    token: await people.tokenOf(payer),
    ...more,
  });
  const ofSomeone = (supplied: (n: number) => Supplied) => each(async (n) => asked(someone, supplied(n)));
  const { password } = someone.person;
  /** A session of somebody who is soon logged out again. */
  const visit = () => people.logIn(visiting.person);

  /** The code that `ask` has sent to the phone or e-mail. */
  async function codeAfter(to: string, ask: () => Promise<{ readonly status: number }>): Promise<string> {
    const before = (await people.codesTo(to)).length;
    const { status } = await ask();
    if (status !== 202) throw new Error(`no code was sent: ${status}`);
    return people.codeSentTo(to, before);
  }

  /** A session, or the device of one, of somebody who is logged in elsewhere too. */
  const listed = (list: 'sessions' | 'devices', name: string) =>
    untilUsed(async () => {
      const headers = { authorization: `Bearer ${(await visit()).accessToken}` };
      const { body } = await callApi<Listed>(apiUrl, 'GET', `/v1/users/me/${list}`, undefined, headers);
      const { accessToken: token } = await visit();
      return { token, path: { [name]: body.items.find(({ current }) => current)?.id ?? '' } };
    });

  const pushes = () => ({ kind: 'fcm', registrationToken: randomUUID() });
  const pushEnd = untilUsed(async () => {
    const { accessToken: token } = await visit();
    const headers = { authorization: `Bearer ${token}` };
    const path = '/v1/users/me/push-subscriptions';
    const { body } = await callApi<{ id: string }>(apiUrl, 'POST', path, pushes(), headers);
    return { token, path: { subscriptionId: body.id } };
  });

  const signUp = untilUsed(async () => {
    const phone = newPhone();
    const code = await codeAfter(phone, () => callApi(apiUrl, 'POST', '/v1/auth/codes', { phone }));
    return {
      body: { phone, code, email: newEmail(), name: '홍길동', password: 'correct horse battery', consents: null },
    };
  });

  const changed = passwordsFrom(changing.person.password);
  const passwordChange = untilUsed(async (_, isUsed) => {
    const { now, next } = changed(isUsed);
    const { accessToken: token } = await people.logIn({ ...changing.person, password: now });
    return { token, body: { currentPassword: now, newPassword: next } };
  });

  const reset = passwordsFrom(resetting.person.password);
  const passwordReset = untilUsed(async (_, isUsed) => {
    const { phone } = resetting.person;
    const code = await codeAfter(phone, () => callApi(apiUrl, 'POST', '/v1/auth/password-resets', { phone }));
    return { body: { phone, code, newPassword: reset(isUsed).next } };
  });

  const phones = { now: moving.person.phone, next: newPhone() };
  const phoneChange = untilUsed(async (_, isUsed) => {
    if (isUsed) phones.now = phones.next;
    phones.next = newPhone();
    const payer = await people.awake(moving);
    const body = { phone: phones.next, password: moving.person.password };
    const oldCode = await codeAfter(phones.now, () => payer.call('POST', '/v1/users/me/phone', body));
    return asked(moving, { body: { oldCode, newCode: await people.codeSentTo(phones.next, 0) } });
  });

  const emailProof = untilUsed(async () => {
    const payer = await people.awake(mailing);
    const { email, password } = mailing.person;
    const code = await codeAfter(email, () => payer.call('POST', '/v1/users/me/email', { email, password }));
    return asked(mailing, { body: { code } });
  });

  const consents = ofSomeone((n) => {
    const now = currentConsents(new Date());
    return {
      body: Object.fromEntries(REQUIRED_CONSENTS.map((kind) => [kind, n % 2 === 0 ? now[kind].version : null])),
    };
  });

  const codes = Object.keys(PROBLEMS);
  return {
    'POST /v1/auth/codes': each(async (n) => (n % 2 === 0 ? { body: { phone: newPhone() } } : {})),
    'POST /v1/auth/signup': signUp,
    'POST /v1/auth/login': each(async () => {
      const { email, password } = visiting.person;
      return { body: { email, password, deviceToken: null } };
    }),
    'POST /v1/auth/refresh': untilUsed(async () => ({
      body: { refreshToken: (await people.logIn(refreshing.person)).refreshToken },
    })),
    'POST /v1/auth/logout': untilUsed(async () => ({ token: (await visit()).accessToken })),
    'POST /v1/auth/password-resets': each(async (n) => (n % 2 === 0 ? { body: { phone: someone.person.phone } } : {})),
    'POST /v1/auth/password-resets/confirm': passwordReset,
    'DELETE /v1/users/me/sessions': untilUsed(async () => ({
      token: (await people.logIn(leaving.person)).accessToken,
    })),
    'DELETE /v1/users/me/sessions/{sessionId}': listed('sessions', 'sessionId'),
    'DELETE /v1/users/me/devices/{deviceId}': listed('devices', 'deviceId'),
    'POST /v1/users/me/push-subscriptions': ofSomeone((n) => (n % 2 === 0 ? { body: pushes() } : {})),
    'DELETE /v1/users/me/push-subscriptions/{subscriptionId}': pushEnd,
    'PATCH /v1/users/me': ofSomeone((n) => (n % 2 === 0 ? { body: { name: '홍길동' } } : {})),
    'PUT /v1/users/me/consents': consents,
    'POST /v1/users/me/password': passwordChange,
    'POST /v1/users/me/phone': ofSomeone((n) => ({ body: { password, ...(n % 2 === 0 && { phone: newPhone() }) } })),
    'POST /v1/users/me/phone/confirm': phoneChange,
    'POST /v1/users/me/email': ofSomeone((n) => ({ body: { password, ...(n % 2 === 0 && { email: newEmail() }) } })),
    'POST /v1/users/me/email/verify': emailProof,
    'POST /v1/users/me/withdrawal': untilUsed(async () => {
      const payer = await people.member();
      return asked(payer, { body: { password: payer.person.password } });
    }),
    'POST /v1/users/me/identity': ofSomeone(() => ({ body: { password } })),
    'POST /v1/users/me/identity/confirm': untilUsed(async () => {
      const verificationId = await people.finishedCheck(proving);
      return asked(proving, { body: { verificationId } });
    }),
    'GET /problems/{code}': each(async (n) => ({ path: { code: codes[n % codes.length] ?? '' } })),
  };
}
