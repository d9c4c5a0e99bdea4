/** Personal data as operators see it before they ask for one field with a reason (reveals.ts). */

const HIDDEN = '***';

/** 김결제 as 김*제, 김수 as 김*; null stays: its term is over. */
export function maskedName(name: string | null): string | null {
  if (name === null) return null;
  const letters = [...name];
  if (letters.length < 3) return `${letters[0] ?? ''}*`;
  return `${letters[0]}${'*'.repeat(letters.length - 2)}${letters.at(-1)}`;
}

/** 01012345678 as 010-****-5678. */
export const maskedPhone = (phone: string | null): string | null =>
  phone === null ? null : `${phone.slice(0, 3)}-****-${phone.slice(-4)}`;

/** kim@example.com as k***@example.com; of a short name, such as jo@example.com, no letter is shown. */
export function maskedEmail(email: string | null): string | null {
  if (email === null) return null;
  const at = email.lastIndexOf('@');
  return `${at < 3 ? '' : email.slice(0, 1)}${HIDDEN}${email.slice(at)}`;
}

/** An account by its last four digits: ***-****-1234. */
export const maskedAccount = (last4: string): string => `${HIDDEN}-****-${last4}`;
