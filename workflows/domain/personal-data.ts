/**
 * What a text that people keep must not hold: whose it is stays in its encrypted columns. The patterns are written so
 * that JavaScript and PostgreSQL read them alike: the law over the rows (db/invariants/secrets.ts) uses these very
 * ones.
 */
const PHONE = String.raw`(?<![0-9])(\+82[ .-]?|0)1[016789][ .-]?[0-9]{3,4}[ .-]?[0-9]{4}(?![0-9])`;
const EMAIL = String.raw`[^ @]+@[^ @]+\.[a-zA-Z]{2,}`;
/** Of a session, a billing key, a webhook secret. */
const TOKEN = String.raw`eyJ[A-Za-z0-9_-]{10,}\.|bill_[A-Za-z0-9-]{8,}|whsec_`;

/** A regular expression of what both know. */
export const PERSONAL_DATA = `${PHONE}|${EMAIL}|${TOKEN}`;

const HIDDEN = '***';

/** The number of a bank's slip by its end, as an account is shown; of a short one nothing. */
export const maskedSlip = (number: string): string => (number.length < 8 ? HIDDEN : `${HIDDEN}${number.slice(-4)}`);

/** How many networks there are. */
export const maskedAddresses = (networks: readonly string[]): string[] => networks.map(() => HIDDEN);

const SEEN = new RegExp(PERSONAL_DATA, 'u');

/**
 * Whether the text holds a mobile number, an e-mail address or a token, also in full-width characters or with invisible
 * ones in it.
 */
export function holdsPersonalData(text: string): boolean {
  return SEEN.test(text) || SEEN.test(text.normalize('NFKC').replace(/\p{Cf}/gu, ''));
}
