/** Six-digit codes of an authenticator (RFC 6238): SHA-1, 30 s, as every such app has them. */
import { generateSecret, generateSync, generateURI, verifySync } from 'otplib/functional';

/** A new secret, base32: 160 bits. */
export const newTotpSecret = (): string => generateSecret();

/** What an authenticator reads, from a QR code or typed. */
export const totpUri = (handle: string, secret: string): string =>
  generateURI({ issuer: 'PLIC', label: handle, secret });

const STEP_S = 30;
/** How long a code is shown. */
export const STEP_MS = STEP_S * 1_000;
const epochOf = (now: Date): number => Math.floor(now.getTime() / 1_000);

/** What an authenticator with this secret shows now. */
export const totpNow = (secret: string, now: Date): string => generateSync({ secret, epoch: epochOf(now) });

/** The time step whose code this is: the present one, or one beside it; undefined: of none. */
export function totpStepOf(secret: string, code: string, now: Date): number | undefined {
  const epoch = epochOf(now);
  const result = verifySync({ secret, token: code, epoch, epochTolerance: STEP_S });
  return result.valid ? Math.floor(epoch / STEP_S) + result.delta : undefined;
}
