/** Tokens of operators: 32 random bytes. Only their SHA-256 is kept, so that the database opens no session. */
import { createHash, randomBytes } from 'node:crypto';

const SESSION = 'plicop_';
const INVITE = 'plicin_';

export const newSessionToken = (): string => SESSION + randomBytes(32).toString('base64url');
export const newInviteToken = (): string => INVITE + randomBytes(32).toString('base64url');

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Of an invitation of two people: whoever asked has one half of its token, whoever approved it the other. */
export const hashOfHalves = (firstHash: string, second: string): string => hashOfToken(`${firstHash}.${second}`);

/** Of an invitation's token, whole or as its halves `<first>.<second>`. */
export function hashOfInvitation(token: string): string {
  const [first = '', second] = token.split('.');
  return second === undefined ? hashOfToken(first) : hashOfHalves(hashOfToken(first), second);
}
