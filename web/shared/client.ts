/** The API as pages of its own origin call it (docs/sessions.md, "Browsers"). */
import createClient from 'openapi-fetch';
import { codeOf, NoAnswer, taken } from './answers';
import type { paths } from './api';
import { learnTime } from './server-clock';
import { endSession, takeSession, useSession } from './session';
import { language } from './settings';

/** A network that swallows everything must not hold a page for ever. The API answers within 10 s, ms. */
const PATIENCE_MS = 30_000;

const limited = ({ url, signal }: Request): AbortSignal =>
  url.endsWith('/events') ? signal : AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);

async function send(request: Request): Promise<Response> {
  const { accessToken } = useSession.getState();
  request.headers.set('accept-language', language());
  request.headers.set('x-plic-client', 'browser');
  if (accessToken !== undefined) request.headers.set('authorization', `Bearer ${accessToken}`);
  const answer = await fetch(request, { signal: limited(request) });
  learnTime(answer);
  return answer;
}

/** Sends it, once it is known who is logged in; when the access token has run out, once more with a new one. */
async function call(request: Request): Promise<Response> {
  if (useSession.getState().status === 'unknown') await renewSession();
  const again = request.clone();
  const answer = await send(request);
  if (answer.status !== 401 || useSession.getState().accessToken === undefined) return answer;
  return (await renewSession()) ? send(again) : answer;
}

const options = { baseUrl: location.origin };
/** A call answers `{data}` or `{error}`: `taken` makes of it a body, or an error. */
export const api = createClient<paths>({ ...options, fetch: call });
const unrenewed = createClient<paths>({ ...options, fetch: send });

let renewing: Promise<boolean> | undefined;

/**
 * A new access token by the cookie, asked for once however many need it. False: nobody is logged in any more, or
 * another member is (in another tab), in whose name nothing of this one may be sent. Throws `NoAnswer` when the API
 * could not be asked; the session may well live.
 */
export function renewSession(): Promise<boolean> {
  const { userId } = useSession.getState();
  renewing ??= taken(unrenewed.POST('/v1/auth/refresh', { body: {} }))
    .then(takeSession)
    .then(
      ({ user }) => userId === undefined || user.id === userId,
      (error: unknown) => {
        if (codeOf(error) !== 'unauthenticated') throw new NoAnswer();
        endSession();
        return false;
      },
    )
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

/** The header of a request that is carried out once, however often it is sent with this key. */
export const under = (key: string) => ({ header: { 'Idempotency-Key': key } });
