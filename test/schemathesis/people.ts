/** Members of the run: made over the API alone, proven, and logged in again before their tokens end. */
import { randomUUID } from 'node:crypto';
import { callApi, type NewPayer, Payer, phoneOfNobody } from '../fixtures/payer';
import { poll } from '../fixtures/poll';
import type { House } from '../servers/house';
import { ahead } from './ahead';

/** Half as long as an access token lives. */
const TOKEN_MS = 7 * 60_000;
const READY = 2;

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Link {
  readonly verificationId: string;
  readonly url: string;
}

export const newPhone = phoneOfNobody;
export const newEmail = (): string => `member-${randomUUID()}@example.com`;

export function peopleOf(house: House) {
  const { places } = house;
  const tokens = new Map<string, { readonly token: string; readonly at: number }>();
  const birthDates = new Map<string, string>();

  /** Nobody else is born on that day: a name and a birth date are a person. */
  function birthDateOf(userId: string): string {
    const day = birthDates.get(userId) ?? new Date(Date.UTC(1920, 0, birthDates.size + 1)).toISOString().slice(0, 10);
    birthDates.set(userId, day);
    return day;
  }

  async function logIn({ email, password }: Pick<NewPayer, 'email' | 'password'>): Promise<Session> {
    const { status, body } = await callApi<Session>(places.apiUrl, 'POST', '/v1/auth/login', { email, password });
    if (status !== 200) throw new Error(`no log-in: ${status}`);
    return body;
  }

  async function tokenOf(payer: Payer): Promise<string> {
    const known = tokens.get(payer.userId);
    if (known && Date.now() - known.at < TOKEN_MS) return known.token;
    const { accessToken: token } = await logIn(payer.person);
    tokens.set(payer.userId, { token, at: Date.now() });
    return token;
  }

  const awake = async (payer: Payer): Promise<Payer> =>
    new Payer(places, payer.person, payer.userId, await tokenOf(payer));

  async function finishedCheck(asleep: Payer): Promise<string> {
    const payer = await awake(asleep);
    const { password, phone } = payer.person;
    const begun = await payer.call<Link>('POST', '/v1/users/me/identity', { password });
    if (begun.status !== 201) throw new Error(`no identity check: ${begun.status}`);
    const { verificationId, url } = begun.body;
    const person = { name: '김본인', birthDate: birthDateOf(payer.userId), phone };
    const headers = { 'content-type': 'application/json' };
    const { ok } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(person) });
    if (!ok) throw new Error('the PASS app refused the person');
    return verificationId;
  }

  async function proven(): Promise<Payer> {
    const payer = await house.payer();
    const verificationId = await finishedCheck(payer);
    const { status } = await payer.call('POST', '/v1/users/me/identity/confirm', { verificationId });
    if (status !== 200) throw new Error(`the identity was not confirmed: ${status}`);
    return payer;
  }

  const codesTo = async (to: string): Promise<string[]> =>
    (await house.messagesTo(to)).flatMap((text) => text.match(/(?<!\d)\d{6}(?!\d)/)?.[0] ?? []);

  const members = ahead(() => house.payer(), READY);
  return {
    /** A session of its own, on a device of its own. */
    logIn,
    /** An access token that does not end soon. */
    tokenOf,
    /** The same member with a token that does not end soon. */
    awake,
    /** The id of an identity check that the person has finished in the PASS app. */
    finishedCheck,
    /** A new member of whom nobody knows yet who they are: their name can still be changed. */
    member: () => members.take(),
    /** A new member who may make deals. */
    proven,
    /** The newest code that was sent to the phone or e-mail, once there are more than `known`. */
    async codeSentTo(to: string, known: number): Promise<string> {
      const codes = await poll(
        () => codesTo(to),
        (sent) => sent.length > known,
        { what: 'the message with the code' },
      );
      return codes.at(-1) ?? '';
    },
    /** The codes that were sent to the phone or e-mail, oldest first. */
    codesTo,
    settle: () => members.settle(),
  };
}
export type People = ReturnType<typeof peopleOf>;
