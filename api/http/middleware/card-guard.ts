/** Keeps card data out (spec §6): PLIC never accepts a card number or a security code, in any field of any body. */

const FORBIDDEN_FIELDS = new Set(
  ['cardNumber', 'cardNo', 'pan', 'cvc', 'cvc2', 'cvv', 'cvv2', 'cvn', 'securityCode', 'cardSecurityCode'].map(
    plainName,
  ),
);
/** Bank account numbers may pass Luhn's check by chance. */
const EXEMPT_FIELD = plainName('accountNumber');

const UUID = /(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])/gi;
/** Digits, with spaces or dashes between them. */
const RUN = /\d(?:[\s\p{Pd}]{0,3}\d)*/gu;
/** Tokens hold digits by chance: there only a run that no letter touches counts. */
const RUN_APART = /(?<![0-9A-Za-z])\d(?:[\s\p{Pd}]{0,3}\d)*(?![0-9A-Za-z])/gu;
const TOKEN_FIELDS = new Set(['billingKey', 'refreshToken'].map(plainName));
/** The shapes of printed cards, whatever stands between the groups; dates and amounts are grouped otherwise. */
const PRINTED =
  /\d{4}[\s\p{P}]{1,4}\d{4}[\s\p{P}]{1,4}\d{4}[\s\p{P}]{1,4}\d{1,7}|\d{4}[\s\p{P}]{1,4}\d{6}[\s\p{P}]{1,4}\d{4,5}/gu;
/** How cards are written when they are grouped. */
const GROUP_DIGITS_MAX = 8;

function plainName(field: string): string {
  return field.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Whether the JSON value holds a card number or a field meant for one. Iterative: depth cannot overflow the stack. */
export function holdsCardData(json: unknown): boolean {
  const pending: unknown[] = [json];
  while (pending.length > 0) {
    const value = pending.pop();
    if ((typeof value === 'string' || typeof value === 'number') && holdsCardNumber(`${value}`)) return true;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) pending.push(...value);
    else
      for (const [field, inner] of Object.entries(value)) {
        const name = plainName(field);
        if (FORBIDDEN_FIELDS.has(name) || holdsCardNumber(field)) return true;
        if (typeof inner !== 'string') pending.push(inner);
        else if (name !== EXEMPT_FIELD && holdsCardNumber(inner, TOKEN_FIELDS.has(name))) return true;
      }
  }
  return false;
}

/**
 * Whether the text holds 13–19 digits that pass Luhn's check, however they are grouped and in whatever script's digits.
 */
export function holdsCardNumber(text: string, isToken = false): boolean {
  const plain = toAsciiDigits(text.normalize('NFKC').replace(/\p{Cf}/gu, '')).replace(UUID, ' ');
  const runs = [...(plain.match(isToken ? RUN_APART : RUN) ?? []), ...(isToken ? [] : (plain.match(PRINTED) ?? []))];
  return runs.some((run) => holdsCardInGroups(run.split(/\D+/)));
}

/** Every script's digits stand in tens, so that a digit's value is its distance from its script's zero. */
function toAsciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => {
    let zero = digit.codePointAt(0) ?? 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && (digit.codePointAt(0) ?? 0) - zero < 9) zero -= 1;
    return `${(digit.codePointAt(0) ?? 0) - zero}`;
  });
}

function holdsCardInGroups(groups: readonly string[]): boolean {
  return groups.some((group, first) => {
    if (looksLikeCard(group)) return true;
    let digits = '';
    for (let i = first; i < groups.length; i++) {
      const next = groups[i] ?? '';
      digits += next;
      if (next.length > GROUP_DIGITS_MAX || digits.length > 19) return false;
      if (looksLikeCard(digits)) return true;
    }
    return false;
  });
}

function looksLikeCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false;
  if (digits.length === 13 && digits.startsWith('1')) return false; // epoch milliseconds; no issuer has such numbers
  return passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
