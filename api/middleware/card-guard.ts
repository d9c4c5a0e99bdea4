/** Keeps card data out (spec §6): PLIC never accepts a card number or a security code, in any field of any body. */

const FORBIDDEN_FIELDS = new Set(
  ['cardNumber', 'cardNo', 'pan', 'cvc', 'cvc2', 'cvv', 'cvv2', 'cvn', 'securityCode', 'cardSecurityCode'].map(
    plainName,
  ),
);
/** Bank account numbers may pass Luhn's check by chance. */
const EXEMPT_FIELD = plainName('accountNumber');

const UUID = /(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])/gi;
/** Digits, with spaces or dashes between them, that no letter touches: a token that merely contains digits is not a run. */
const RUN = /(?<![0-9A-Za-z])\d(?:[\s\p{Pd}]{0,3}\d)*(?![0-9A-Za-z])/gu;
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
    if (typeof value === 'string' ? holdsCardNumber(value) : typeof value === 'number' && holdsCardNumber(`${value}`))
      return true;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) pending.push(...value);
    else
      for (const [field, inner] of Object.entries(value)) {
        const name = plainName(field);
        if (FORBIDDEN_FIELDS.has(name) || holdsCardNumber(field)) return true;
        if (name !== EXEMPT_FIELD || typeof inner !== 'string') pending.push(inner);
      }
  }
  return false;
}

/** Whether the text holds a run of 13–19 digits that passes Luhn's check, also grouped, also in full-width digits. */
export function holdsCardNumber(text: string): boolean {
  const runs = text.normalize('NFKC').replace(UUID, ' ').match(RUN) ?? [];
  return runs.some((run) => holdsCardInGroups(run.split(/\D+/)));
}

function holdsCardInGroups(groups: readonly string[]): boolean {
  return groups.some((group, first) => {
    if (looksLikeCard(group)) return true;
    let digits = '';
    for (const next of groups.slice(first)) {
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
