import type { GroupWords } from './table-words';

export const ARCHIVE: GroupWords = {
  archive_parts: {
    purpose: 'Objects of the archive, as they were written; only ever added to.',
    columns: {
      month: 'the first KST day of the month whose deals it holds',
      number: 'how often the month was written, with this one',
      table_name: 'whose rows',
      part: 'its place among the parts of the month',
      rows: 'how many',
      bytes: 'of the object',
      sha256: 'of the object',
    },
  },
  archives: {
    purpose: 'Months that are in the archive, whole, or were given up; only ever added to.',
    columns: {
      month: 'the first KST day of the month',
      number: 'how often it was written, with this one; the last whole one counts',
      manifest_sha256: 'of its manifest; null: it was given up',
      counts: 'rows by table',
      refused: 'why it was given up',
    },
  },
};
