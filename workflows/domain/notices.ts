/** What PLIC tells people, by which channels, and what a payer may choose of it. */

/** In the order in which one stands in for another. Every payer has a proven phone: SMS always reaches. */
export const CHANNELS = ['push', 'alimtalk', 'email', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

const NEWS = CHANNELS;

/**
 * Every notice with the channels that may bring it. News of deals goes by the payer's choice among them. The others are
 * about the account's security: each goes by its one channel, and nobody can switch it off. A grade is told once a
 * month, and a card once a day at most, by the first channel of the choice that reaches.
 */
export const NOTICES = {
  'auth-code': ['sms'],
  'password-reset-code': ['sms'],
  'old-phone-code': ['sms'],
  'new-phone-code': ['sms'],
  'password-changed': ['sms'],
  'phone-changed': ['sms'],
  'membership-ended': ['sms'],
  'email-code': ['email'],
  'email-changed': ['email'],
  'log-in-changed': ['sms'],
  'email-taken': ['email'],
  'deal-completed': NEWS,
  'deal-failed': NEWS,
  'deal-refunded': NEWS,
  'fee-refunded': NEWS,
  'grade-changed': NEWS,
  'card-expiring': NEWS,
  'card-declining': NEWS,
} as const satisfies Readonly<Record<string, readonly Channel[]>>;
export type NoticeTemplate = keyof typeof NOTICES;

/** Those that bring a code, which is worth nothing after three minutes. */
export const CODE_NOTICES = [
  'auth-code',
  'password-reset-code',
  'old-phone-code',
  'new-phone-code',
  'email-code',
] as const satisfies readonly NoticeTemplate[];
export const isCodeNotice = (template: NoticeTemplate): boolean =>
  (CODE_NOTICES as readonly NoticeTemplate[]).includes(template);

/** The channels that bring codes. */
export const CODE_CHANNELS: ReadonlySet<Channel> = new Set(CODE_NOTICES.flatMap((template) => [...NOTICES[template]]));

/** How long a code counts, seconds: it is sent no longer than that. */
export const CODE_LIFE_S = 180;

/**
 * Why a notice ended without having left. `superseded`: a newer code for the same came, or the deal has ended since;
 * `expired`: the code ran out; `unknown`: the carrier's answer was lost, and nobody can tell whether it left;
 * `given-up`: the carrier refused it, or was away, for too long; `unreachable`: the channel no longer leads to the
 * member; `for-nobody`: it was never to leave.
 */
export const NOTICE_END_REASONS = [
  'superseded',
  'expired',
  'unknown',
  'given-up',
  'unreachable',
  'for-nobody',
] as const;
export type NoticeEndReason = (typeof NOTICE_END_REASONS)[number];

/** What the carrier says of a notice that has left. `unknown`: it has not said it for a day. */
export const NOTICE_DELIVERIES = ['delivered', 'undelivered', 'unknown'] as const;
export type NoticeDelivery = (typeof NOTICE_DELIVERIES)[number];
/** Those that can wait for the day: nobody is woken by them. */
export const MAY_WAIT: readonly NoticeTemplate[] = ['grade-changed', 'card-expiring', 'card-declining'];
export const mayWait = (template: NoticeTemplate): boolean => MAY_WAIT.includes(template);

/**
 * What a payer has chosen for news of deals, and whether an e-mail reaches (verified, and none came back since) and a
 * push.
 */
export interface DealNewsChoice {
  readonly chosen: readonly Channel[];
  readonly emailReaches: boolean;
  /** A device of theirs hears pushes. */
  readonly hearsPush: boolean;
}

/**
 * By which channels news of a deal goes now: those chosen that reach the payer, and when none of them does, the first
 * that does. Never none: news of money cannot be switched off. An e-mail that is not verified may be a stranger's.
 */
export function dealNewsChannels(choice: DealNewsChoice): readonly Channel[] {
  const reaching = reachingChannels(choice);
  const both = reaching.filter((channel) => choice.chosen.includes(channel));
  return both.length > 0 ? both : reaching.slice(0, 1);
}

/** The channels that lead to the payer, in the order in which one stands in for another. */
export function reachingChannels({ chosen, emailReaches, hearsPush }: DealNewsChoice): readonly Channel[] {
  const reaches: Readonly<Record<Channel, boolean>> = {
    push: hearsPush,
    alimtalk: chosen.includes('alimtalk'), // whether a phone has KakaoTalk is known only to whoever chooses it
    ...{ email: emailReaches, sms: true },
  };
  return CHANNELS.filter((channel) => reaches[channel]);
}
