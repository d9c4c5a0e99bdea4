/** What Softpayment's card form tells the page around it (docs/external-interfaces.md); anything else is not heard. */

export interface Registered {
  readonly billingKey: string;
  readonly maskedNumber: string;
  readonly issuer: string;
  readonly fingerprint?: string;
  readonly expiry?: string;
}

interface Message {
  readonly source: 'softpayment';
  readonly kind: string;
}

const isMessage = (data: unknown): data is Message & Record<string, unknown> =>
  typeof data === 'object' && data !== null && 'source' in data && data.source === 'softpayment' && 'kind' in data;

/** The card that was registered; undefined when the message tells of something else. */
export function toRegistered(data: unknown): Registered | undefined {
  if (!isMessage(data) || data.kind !== 'registered') return undefined;
  const { billingKey, maskedNumber, issuer, fingerprint, expiry } = data;
  if (typeof billingKey !== 'string' || typeof maskedNumber !== 'string' || typeof issuer !== 'string')
    return undefined;
  return {
    ...{ billingKey, maskedNumber, issuer },
    ...(typeof fingerprint === 'string' && { fingerprint }),
    ...(typeof expiry === 'string' && { expiry }),
  };
}

const HEIGHT_MAX_PX = 2_000;

/** How high the form is, px; undefined when the message tells of something else. */
export function toSize(data: unknown): number | undefined {
  if (!isMessage(data) || data.kind !== 'size' || typeof data.height !== 'number') return undefined;
  return Math.min(Math.max(data.height, 0), HEIGHT_MAX_PX);
}
