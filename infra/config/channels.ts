/**
 * Settings of channels that are off unless they are set: pushes to apps by Firebase (FCM) and to browsers by web push
 * (VAPID), and Kakao's Alimtalk.
 */
import { z } from 'zod';
import { NOTICES, type NoticeTemplate } from '../../workflows/domain/notices';
import { PUSH_SERVICES } from '../../workflows/domain/push';
import { part } from './load';
import { httpsOf, listOf, NODE_ENV, url, word } from './parts';

type Given = Readonly<Record<string, unknown>>;

/** Of several that belong together: what is missing when the first is set. */
function wholeOr(given: Given, [first = '', ...others]: readonly string[]): string | null {
  const missing = given[first] === undefined ? undefined : others.find((name) => given[name] === undefined);
  return missing === undefined ? null : `${missing}: missing, and ${first} is set`;
}

const ACCOUNT = ['FCM_PROJECT_ID', 'FCM_CLIENT_EMAIL', 'FCM_PRIVATE_KEY'] as const;
/** A service account of Firebase; null: apps hear no pushes. */
export const FCM = part(
  {
    ...{ NODE_ENV, FCM_PROJECT_ID: word.optional(), FCM_CLIENT_EMAIL: z.email().optional() },
    FCM_PRIVATE_KEY: word.optional(),
    FCM_URL: url.default('https://fcm.googleapis.com'),
    FCM_TOKEN_URL: url.default('https://oauth2.googleapis.com/token'),
  },
  ({ FCM_PROJECT_ID: projectId, FCM_CLIENT_EMAIL: clientEmail, FCM_PRIVATE_KEY: key, ...at }) =>
    projectId === undefined || clientEmail === undefined || key === undefined
      ? null
      : // A PEM in one line has its line ends written out.
        {
          projectId,
          clientEmail,
          privateKey: key.replaceAll('\\n', '\n'),
          url: at.FCM_URL,
          tokenUrl: at.FCM_TOKEN_URL,
        },
  (given) => wholeOr(given, ACCOUNT) ?? httpsOf('FCM_URL')(given) ?? httpsOf('FCM_TOKEN_URL')(given),
);

const publicKey = z
  .string()
  .regex(/^[\w-]{87}$/, 'must be 65 bytes, base64url')
  .optional();
const services = listOf((one) => /^https?:\/\/[\w.:*-]+$/.test(one), 'must be origins, comma separated');
const servicesOf = (given: readonly string[]): readonly string[] => (given.length > 0 ? given : PUSH_SERVICES);
const mustBeHttps = (given: { readonly NODE_ENV: string; readonly WEB_PUSH_SERVICES: readonly string[] }) =>
  given.NODE_ENV === 'production' && !given.WEB_PUSH_SERVICES.every((one) => one.startsWith('https:'))
    ? 'WEB_PUSH_SERVICES: must be https in production'
    : null;

const VAPID = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'] as const;
/** Our key with the push services; null: browsers hear no pushes. */
export const WEB_PUSH = part(
  {
    ...{ NODE_ENV, VAPID_PUBLIC_KEY: publicKey, WEB_PUSH_SERVICES: services },
    VAPID_PRIVATE_KEY: z
      .string()
      .regex(/^[\w-]{43}$/, 'must be 32 bytes, base64url')
      .optional(),
    VAPID_SUBJECT: z
      .string()
      .regex(/^(mailto:|https:)/, 'must be mailto: or https:')
      .optional(),
  },
  ({ VAPID_PUBLIC_KEY: known, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject, WEB_PUSH_SERVICES: own }) =>
    known === undefined || privateKey === undefined || subject === undefined
      ? null
      : { publicKey: known, privateKey, subject, services: servicesOf(own) },
  (given) => wholeOr(given, VAPID) ?? mustBeHttps(given),
);

/** What the API takes registrations for; `applicationServerKey`: what a browser subscribes with. */
export const PUSH_REGISTRATION = part(
  { NODE_ENV, FCM_PROJECT_ID: word.optional(), VAPID_PUBLIC_KEY: publicKey, WEB_PUSH_SERVICES: services },
  (given) => ({
    apps: given.FCM_PROJECT_ID !== undefined,
    applicationServerKey: given.VAPID_PUBLIC_KEY ?? null,
    services: servicesOf(given.WEB_PUSH_SERVICES),
  }),
  mustBeHttps,
);

const isNotice = (name: string): name is NoticeTemplate => name in NOTICES;
/** `deal-completed=TA_1234,…`: of each notice the code of its words at Kakao. */
const templates = z
  .string()
  .default('')
  .transform((text, ctx): Readonly<Partial<Record<NoticeTemplate, string>>> => {
    const pairs = text.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim().split('=')]));
    if (!pairs.every(([name = '', code = '']) => isNotice(name) && /^[\w-]+$/.test(code)))
      ctx.addIssue('must be <notice>=<code>, comma separated, of notices that there are');
    return Object.fromEntries(pairs);
  });

/** Our channel at Kakao, by Aligo's account; null: Kakao brings nothing. */
export const ALIMTALK = part(
  {
    ...{ NODE_ENV, ALIMTALK_SENDER_KEY: word.optional(), ALIMTALK_TEMPLATES: templates },
    ALIMTALK_URL: url.default('https://kakaoapi.aligo.in'),
  },
  ({ ALIMTALK_SENDER_KEY: senderKey, ALIMTALK_TEMPLATES: approved, ALIMTALK_URL: at }) =>
    senderKey === undefined ? null : { url: at, senderKey, templates: approved },
  (given) =>
    given.ALIMTALK_SENDER_KEY !== undefined && Object.keys(given.ALIMTALK_TEMPLATES).length === 0
      ? 'ALIMTALK_TEMPLATES: missing, and ALIMTALK_SENDER_KEY is set'
      : httpsOf('ALIMTALK_URL')(given),
);
