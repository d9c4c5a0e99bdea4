/** Where the archive is, as the environment names it. */

/** The classes of S3 in which a part may lie; of the first it must be restored before it is read. */
export const ARCHIVE_CLASSES = ['GLACIER', 'GLACIER_IR', 'STANDARD_IA', 'STANDARD'] as const;

export interface S3Place {
  readonly bucket: string;
  /** Before every key; empty, or with a slash at its end. */
  readonly prefix: string;
  /** Of parts; manifests stay readable. */
  readonly storageClass: (typeof ARCHIVE_CLASSES)[number];
  /** Under which S3 encrypts them; undefined: as the bucket is set. */
  readonly kmsKeyId: string | undefined;
  readonly region: string;
  /** Undefined: the region's own. */
  readonly endpoint: string | undefined;
  /** An emulator answers: it takes any credentials, and ours are not looked for. */
  readonly emulated: boolean;
}

export type ArchivePlace =
  | { readonly kind: 's3'; readonly s3: S3Place }
  | { readonly kind: 'folder'; readonly folder: string };
