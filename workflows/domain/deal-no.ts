/**
 * The number of a deal that people and providers see: `PL` + KST day `yymmdd` + 10 random characters, e.g.
 * `PL251123K7Q2…`.
 */
import { kstDayOf } from './bank-calendar';

/** Crockford's base32: no I, L, O or U, which people misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const DEAL_NO_RANDOM_BYTES = 10;

/** The number of a deal made at `at`; `random` are at least 10 bytes of a CSPRNG. */
export function dealNoOf(at: Date, random: Uint8Array): string {
  if (random.length < DEAL_NO_RANDOM_BYTES) throw new RangeError('too few random bytes');
  const characters = Array.from(random.subarray(0, DEAL_NO_RANDOM_BYTES), (byte) => ALPHABET[byte % 32]);
  return `PL${kstDayOf(at).slice(2).replaceAll('-', '')}${characters.join('')}`;
}

const DEAL_NO = new RegExp(`^PL\\d{6}[${ALPHABET}]{${DEAL_NO_RANDOM_BYTES}}$`);

/** Whether the text is the number of a deal, of one that was made or not. */
export const isDealNo = (text: string): boolean => DEAL_NO.test(text);
