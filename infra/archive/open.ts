/** The archive that the environment names: a bucket of S3, or the folder of one machine. */
import type { ArchiveStore } from '../../workflows/domain/archive';
import { openFolderArchive } from './folder';
import type { ArchivePlace } from './place';
import { openS3Archive } from './s3';

export const openArchive = (place: ArchivePlace): ArchiveStore =>
  place.kind === 's3' ? openS3Archive(place.s3) : openFolderArchive(place.folder);
