/** Files that operators go by: which kinds are kept, and how a file shows what it is. Pure. */

/** Each kind with the bytes that it begins with. */
const FIRST_BYTES = {
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d], // %PDF-
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff],
} as const satisfies Readonly<Record<string, readonly number[]>>;

export type EvidenceType = keyof typeof FIRST_BYTES;
export const EVIDENCE_TYPES = Object.keys(FIRST_BYTES) as readonly EvidenceType[];

export const EVIDENCE_BYTES_MAX = 5 * 1_024 * 1_024;

/** What the file is by its first bytes, whatever it was called; undefined: none of the kinds that are kept. */
export const evidenceTypeOf = (bytes: Uint8Array): EvidenceType | undefined =>
  EVIDENCE_TYPES.find((type) => FIRST_BYTES[type].every((byte, i) => bytes[i] === byte));
