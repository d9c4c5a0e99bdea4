/** Files that operators go by: kept encrypted, by their hash once a deal, and named by the orders that rest on them. */
import { createHash } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import type { Db } from '../../db/connection';
import { placeOf } from '../../db/encrypted-columns';
import { addEvidence, type EvidenceFile, findEvidence, findSameEvidence } from '../../db/evidence-files';
import { findDeal } from '../../db/views/operator-deals';
import { type EvidenceType, evidenceTypeOf } from '../../workflows/domain/evidence';
import { maskedAddresses, maskedSlip } from '../../workflows/domain/personal-data';
import type { ApiDeps } from '../deps';
import { type Refusal, refused, type Subject } from './order';

interface Sent {
  readonly dealNo: string;
  readonly bytes: Buffer;
  /** What the sender calls it. */
  readonly calledType: string;
  /** The operator's id. */
  readonly by: string;
}

type Kept =
  | { readonly kind: 'kept'; readonly isNew: boolean; readonly file: EvidenceFile }
  | { readonly kind: 'refused'; readonly why: 'no-deal' | 'wrong-type' };

/** Keeps a file of the deal; the same bytes of the same deal are one file. It must be what it is called. */
export async function keepEvidence(
  { db, keys }: Pick<ApiDeps, 'db' | 'keys'>,
  { dealNo, bytes, calledType, by }: Sent,
): Promise<Kept> {
  const mediaType: EvidenceType | undefined = evidenceTypeOf(bytes);
  if (mediaType === undefined || mediaType !== calledType) return { kind: 'refused', why: 'wrong-type' };
  const deal = await findDeal(db, dealNo);
  if (!deal) return { kind: 'refused', why: 'no-deal' };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const own = { dealId: deal.id, sha256 };
  const known = await findSameEvidence(db, own);
  if (known) return { kind: 'kept', isNew: false, file: known };
  const id = uuid();
  const contentEncrypted = await keys.encrypt(bytes.toString('base64'), placeOf('evidence', id));
  await addEvidence(db, { id, ...own, mediaType, size: bytes.length, contentEncrypted, uploadedBy: by });
  const file = await findSameEvidence(db, own); // somebody else's, if both came at once
  if (!file) throw new Error(`evidence ${id} vanished`);
  return { kind: 'kept', isNew: file.id === id, file };
}

/** What an order's input may name. */
interface Named {
  readonly reason?: string;
  readonly evidenceId?: string;
  readonly bankReference?: string;
  readonly allowedAddresses?: readonly string[];
}

/** Why an order about this does not rest on the file that it names; undefined: it does, or names none. */
export async function whyNotEvidence(db: Db, { id: subject }: Subject, input: unknown): Promise<Refusal | undefined> {
  const { evidenceId } = input as Named;
  if (evidenceId === undefined) return undefined;
  const file = await findEvidence(db, evidenceId);
  if (file?.dealNo === subject && file.emptiedAt === null) return undefined;
  return refused('not-found', `${subject} has no evidence ${evidenceId}`);
}

/** For the audit: what was asked, masked and without its reason; of a file that it rests on the hash too. */
export async function askedOf(db: Db, input: unknown): Promise<object> {
  const { reason: _, ...asked } = input as Named;
  const { evidenceId, bankReference, allowedAddresses } = asked;
  const file = evidenceId === undefined ? undefined : await findEvidence(db, evidenceId);
  return {
    ...{ ...asked, ...(file && { evidenceSha256: file.sha256 }) },
    ...(bankReference !== undefined && { bankReference: maskedSlip(bankReference) }),
    ...(allowedAddresses && { allowedAddresses: maskedAddresses(allowedAddresses) }),
  };
}
