/**
 * The identity provider (본인확인 by PASS, through a relay such as PortOne: docs/external-interfaces.md): knows the wire,
 * not what a verified person may do.
 */
import { z } from 'zod';
import type { ProviderFailure } from '../../workflows/domain/identity-failures';
import { type IdentityResult, type IdentityVerifier, ProviderError } from '../../workflows/domain/providers';
import { callProvider, type ProviderAddress, type ProviderAnswer, type ProviderCall } from './http';

const OPEN = 'identity open';
const RESULT = 'identity result';
/** A person waits for the answer; it is asked again soon rather than waited for. */
const QUESTION_TIMEOUT_MS = 4_000;

const opened = z.object({ id: z.string(), url: z.url({ protocol: /^https?$/ }).max(2_000) });
/** A CI is 64 bytes in base64. */
const customer = z.object({
  name: z.string().normalize('NFC').trim().min(1).max(50),
  ci: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
  phoneNumber: z.string().max(20).nullish(),
});
const standing = z.discriminatedUnion('status', [
  z.object({ id: z.string(), status: z.literal('READY') }),
  z.object({ id: z.string(), status: z.literal('VERIFIED'), verifiedCustomer: customer }),
  z.object({ id: z.string(), status: z.literal('FAILED'), failure: z.object({ pgCode: z.string().nullish() }) }),
]);
const unknown = z.object({ type: z.literal('IDENTITY_VERIFICATION_NOT_FOUND') });

/** What the provider's codes mean to a member; any other one: refused. */
const FAILURES: Readonly<Record<string, ProviderFailure>> = {
  CANCELLED: 'cancelled',
  MISMATCH: 'mismatch',
  EXPIRED: 'expired',
};

/** The client of one identity provider. */
export function createIdentityVerifier(address: ProviderAddress): IdentityVerifier {
  const timeoutMs = Math.min(address.timeoutMs, QUESTION_TIMEOUT_MS);
  const call = (request: ProviderCall) =>
    callProvider({ ...address, timeoutMs }, { ...request, headers: { 'x-api-key': address.apiKey } });
  return {
    async open({ verificationId: id, phone: phoneNumber }) {
      const json = { id, phoneNumber };
      const answer = await call({ operation: OPEN, method: 'POST', path: '/identity-verifications', json });
      const { url } = read(OPEN, opened, answer, id);
      return { url };
    },
    async result(id) {
      const path = `/identity-verifications/${encodeURIComponent(id)}`;
      const answer = await call({ operation: RESULT, method: 'GET', path });
      // Opened before, and forgotten since: too late.
      if (answer.status === 404 && unknown.safeParse(answer.body).success) return { kind: 'failed', code: 'expired' };
      return resultOf(read(RESULT, standing, answer, id));
    },
  };
}

/** The answer about our verification; ContractBroken when it is about another one. */
function read<T extends { readonly id: string }>(
  operation: string,
  schema: z.ZodType<T>,
  { status, body }: ProviderAnswer,
  id: string,
): T {
  const said = schema.safeParse(body);
  if (status !== 200 || !said.success)
    throw new ProviderError('OutcomeUnknown', operation, `HTTP ${status}, not the answer of a verification`);
  if (said.data.id !== id)
    throw new ProviderError('ContractBroken', operation, 'the answer is about another verification');
  return said.data;
}

function resultOf(said: z.output<typeof standing>): IdentityResult {
  if (said.status === 'READY') return { kind: 'pending' };
  if (said.status === 'VERIFIED') {
    const { name, ci, phoneNumber } = said.verifiedCustomer;
    return { kind: 'verified', name, ci, phone: phoneOf(phoneNumber ?? '') };
  }
  return { kind: 'failed', code: FAILURES[said.failure.pgCode ?? ''] ?? 'refused' };
}

/** A Korean number in the form of ours; null: it was not told, or not whole. */
function phoneOf(told: string): string | null {
  const digits = told.replace(/[\s().-]/g, '').replace(/^\+?82(?=\d)0?/, '0');
  return /^0\d{8,10}$/.test(digits) ? digits : null;
}
