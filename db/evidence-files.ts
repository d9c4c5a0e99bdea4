/** Evidence files: a bank's slip, a page of a portal; each of one deal, and never changed (migration 0035). */
import type { EvidenceType } from '../workflows/domain/evidence';
import type { DealId } from '../workflows/domain/ids';
import type { Db } from './connection';

/** A file, without what it holds. */
export interface EvidenceFile {
  readonly id: string;
  readonly dealId: DealId;
  readonly dealNo: string;
  /** Of the file as it came. */
  readonly sha256: string;
  readonly mediaType: EvidenceType;
  /** Bytes. */
  readonly size: number;
  /** The operator's handle. */
  readonly uploadedBy: string;
  readonly uploadedAt: Date;
  /** Since when what it held is gone; null: it is there. */
  readonly emptiedAt: Date | null;
}

interface NewEvidence extends Pick<EvidenceFile, 'id' | 'dealId' | 'sha256' | 'mediaType' | 'size'> {
  readonly contentEncrypted: string;
  /** The operator's id. */
  readonly uploadedBy: string;
}

const files = (db: Db) =>
  db('evidence_files as f')
    .join('deals as d', 'd.id', 'f.deal_id')
    .join('admin_users as u', 'u.id', 'f.uploaded_by')
    .select(
      ...['f.id', 'f.sha256', 'f.size'],
      { dealId: 'f.deal_id', dealNo: 'd.deal_no', mediaType: 'f.media_type', uploadedBy: 'u.handle' },
      { uploadedAt: 'f.uploaded_at', emptiedAt: 'f.emptied_at' },
    );

/** The file; undefined: there is none. */
export const findEvidence = (db: Db, id: string): Promise<EvidenceFile | undefined> =>
  files(db).where('f.id', id).first();

/** The file of this deal that holds these very bytes; undefined: none does. */
export const findSameEvidence = (
  db: Db,
  { dealId, sha256 }: Pick<EvidenceFile, 'dealId' | 'sha256'>,
): Promise<EvidenceFile | undefined> =>
  files(db).where({ 'f.deal_id': dealId, 'f.sha256': sha256 }).whereNull('f.emptied_at').first();

/** Keeps the file, unless the deal has the same one already. */
export async function addEvidence(db: Db, file: NewEvidence): Promise<void> {
  await db('evidence_files')
    .insert({
      ...{ id: file.id, deal_id: file.dealId, sha256: file.sha256, media_type: file.mediaType, size: file.size },
      ...{ content_encrypted: file.contentEncrypted, uploaded_by: file.uploadedBy },
    })
    .onConflict(db.raw('(deal_id, sha256) where emptied_at is null'))
    .ignore();
}
