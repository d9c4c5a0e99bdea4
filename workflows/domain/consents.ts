/**
 * What a member agrees to. The texts are published elsewhere; here is which version of each is in force since when, as
 * dated data: a new version is a new row, and no old one changes, since members have agreed to it.
 */

export const CONSENT_KINDS = ['terms', 'privacy', 'thirdParty', 'marketing'] as const;
export type ConsentKind = (typeof CONSENT_KINDS)[number];

/** Without these nobody is a member; only the end of the membership withdraws them. */
export const REQUIRED_CONSENTS = ['terms', 'privacy', 'thirdParty'] as const satisfies readonly ConsentKind[];
export type RequiredConsent = (typeof REQUIRED_CONSENTS)[number];

interface ConsentText {
  readonly kind: ConsentKind;
  /** Its name for ever: the day it was published, `YYYY-MM-DD`. */
  readonly version: string;
  /** In force from this instant, until the next version of its kind is. */
  readonly from: string;
  readonly title: { readonly ko: string; readonly en: string };
}

const FIRST = { version: '2026-01-01', from: '2026-01-01T00:00:00+09:00' };

export const CONSENT_TEXTS: readonly ConsentText[] = [
  { kind: 'terms', ...FIRST, title: { ko: '서비스 이용약관', en: 'Terms of service' } },
  { kind: 'privacy', ...FIRST, title: { ko: '개인정보 수집 및 이용 동의', en: 'Collection and use of personal data' } },
  {
    kind: 'thirdParty',
    ...FIRST,
    title: { ko: '개인정보 제3자 제공 동의', en: 'Provision of personal data to third parties' },
  },
  { kind: 'marketing', ...FIRST, title: { ko: '광고성 정보 수신 동의', en: 'News and offers' } },
];

/** Which text of each kind is in force at the instant; before the first of a kind, that one. */
export function currentConsents(
  at: Date,
  texts: readonly ConsentText[] = CONSENT_TEXTS,
): Readonly<Record<ConsentKind, ConsentText>> {
  const current = (kind: ConsentKind): ConsentText => {
    const ofKind = texts.filter((text) => text.kind === kind);
    const text = ofKind.filter(({ from }) => new Date(from) <= at).at(-1) ?? ofKind[0];
    if (!text) throw new Error(`no text of ${kind}`);
    return text;
  };
  return {
    terms: current('terms'),
    privacy: current('privacy'),
    thirdParty: current('thirdParty'),
    marketing: current('marketing'),
  };
}
