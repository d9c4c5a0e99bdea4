/**
 * Personal data ends when its term does (docs/personal-data.md): columns are emptied, rows stay. A role of its own does
 * it, by functions that judge the term themselves; each call is proven by a row, and a legal hold keeps what it names.
 */
import { EMPTIED_COLUMNS } from './0027-retention/columns';
import { HOLDS_AND_PROOFS } from './0027-retention/holds-and-proofs';
import { RETENTION_INDEXES } from './0027-retention/indexes';
import { RETENTION_ROLE } from './0027-retention/role';
import { RETENTION_RULES } from './0027-retention/rules';

export const RETENTION: readonly string[] = [
  EMPTIED_COLUMNS,
  RETENTION_INDEXES,
  HOLDS_AND_PROOFS,
  RETENTION_ROLE,
  // Or the role, and any other, could put functions and tables beside ours.
  'revoke create on schema public from public',
  ...RETENTION_RULES,
];
