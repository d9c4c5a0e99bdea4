/** Keeps card data out (spec §6): PLIC never accepts a card number or a security code, in any field of any body. */
import { holdsCardNumber } from '../../../workflows/domain/card-numbers';

const FORBIDDEN_FIELDS = new Set(
  ['cardNumber', 'cardNo', 'pan', 'cvc', 'cvc2', 'cvv', 'cvv2', 'cvn', 'securityCode', 'cardSecurityCode'].map(
    plainName,
  ),
);
/** Numbers of bank accounts, and of a bank's slips, may pass Luhn's check by chance. */
const EXEMPT_FIELDS = new Set(['accountNumber', 'bankReference'].map(plainName));

/** Random texts of letters and digits. */
const TOKEN_FIELDS = new Set(['billingKey', 'refreshToken', 'deviceToken'].map(plainName));

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
        else if (!EXEMPT_FIELDS.has(name) && holdsCardNumber(inner, TOKEN_FIELDS.has(name))) return true;
      }
  }
  return false;
}
