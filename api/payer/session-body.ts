/** What a payer gets who has proven who they are: tokens, and the payer they are for. */
import { logInStands } from '../../db/devices';
import type { ApiDeps } from '../deps';
import { isBrowser, keep } from '../http/browser';
import type { Answer, Call } from '../http/operation';
import { Problem } from '../http/problem';
import { z } from '../http/zod';
import { deviceLabel } from './device-label';
import { deviceAfterLogIn, type KnownDevice } from './devices';
import type { Member } from './member';
import { SESSION_S } from './session-store';
import type { Sessions, Tokens } from './sessions';

/** As long as browsers let a cookie be. */
const DEVICE_COOKIE_S = 400 * 24 * 3_600;

const userSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    phone: z.string(),
    grade: z.string(),
  })
  .openapi('User');

const inBody = (what: string) =>
  z
    .string()
    .optional()
    .openapi({ description: `${what} In a cookie for a browser.` });

export const sessionSchema = z
  .object({
    accessToken: z.string(),
    refreshToken: inBody('For the next tokens.'),
    deviceToken: inBody('Send it at the next log-in of the same payer; told at sign-up and log-in only.'),
    user: userSchema,
  })
  .openapi('Session');

type Exchange = Pick<Call<unknown, unknown, unknown, unknown>, 'req' | 'res'>;
type Deps = Pick<ApiDeps, 'db' | 'keys' | 'clock'>;

interface Proven {
  readonly status: 200 | 201;
  /** That the password was compared with. */
  readonly passwordHash: string;
  /** Theirs, if it is known. */
  readonly device?: KnownDevice | undefined;
}

/**
 * The answer to a sign-up or a log-in: opens a session on the device, which gets a secret unless it is known. When the
 * password was changed meanwhile, the member left or the device was removed, it is closed again: who ends all sessions
 * then has either seen this one, or is seen here.
 */
export async function answerWithSession(
  deps: Deps,
  sessions: Sessions,
  exchange: Exchange,
  user: Member,
  { status, passwordHash, device: known }: Proven,
): Promise<Answer> {
  const label = deviceLabel(exchange.req.get('user-agent'));
  const device = await deviceAfterLogIn(deps, user.id, label, known);
  const { sessionId, ...tokens } = await sessions.open(user.id, { deviceId: device.id, label });
  if (!(await logInStands(deps.db, { userId: user.id, passwordHash, deviceId: device.id }))) {
    await sessions.close(user.id, sessionId);
    throw new Problem('unauthenticated');
  }
  return { status, body: sessionBody(exchange, { ...tokens, deviceToken: device.token }, user) };
}

/** The tokens as the client asked for them: in the body, or the lasting ones as cookies (`X-PLIC-Client: browser`). */
export function sessionBody(
  { req, res }: Exchange,
  { accessToken, refreshToken, deviceToken }: Tokens & { readonly deviceToken?: string },
  { id, name, email, emailVerified, phone, grade }: Member,
): z.output<typeof sessionSchema> {
  const user = { id, name, email, emailVerified, phone, grade };
  if (!isBrowser(req)) return { accessToken, refreshToken, ...(deviceToken && { deviceToken }), user };
  keep(res, 'refreshToken', refreshToken, SESSION_S);
  if (deviceToken) keep(res, 'deviceToken', deviceToken, DEVICE_COOKIE_S);
  return { accessToken, user };
}
