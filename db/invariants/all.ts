/** Every law that the database alone can decide, and who proves the others. */
import { ARCHIVE_INVARIANTS } from './archives';
import { AUDIT_INVARIANTS } from './audit';
import { CASH_INVARIANTS } from './cash';
import { CHARGE_INVARIANTS } from './charges';
import { CLEARING_INVARIANTS } from './clearing';
import { COURSE_INVARIANTS } from './course';
import { DOUBT_INVARIANTS } from './doubts';
import { GRADE_INVARIANTS } from './grades';
import { GUARD_INVARIANTS } from './guards';
import type { Invariant } from './invariant';
import { LEDGER_INVARIANTS } from './ledger';
import { LIMIT_INVARIANTS } from './limits';
import { REQUEST_INVARIANTS } from './requests';
import { RETENTION_INVARIANTS } from './retention';
import { RIGHTS_INVARIANTS } from './rights';
import { SECRET_INVARIANTS } from './secrets';
import { STEP_INVARIANTS } from './steps';
import { TRANSFER_INVARIANTS } from './transfers';

const numberOf = ({ id }: Invariant): number => Number(id.slice(1));

/** In the order of their numbers. */
export const INVARIANTS: readonly Invariant[] = [
  ...LEDGER_INVARIANTS,
  ...CLEARING_INVARIANTS,
  ...CASH_INVARIANTS,
  ...CHARGE_INVARIANTS,
  ...TRANSFER_INVARIANTS,
  ...COURSE_INVARIANTS,
  ...DOUBT_INVARIANTS,
  ...STEP_INVARIANTS,
  ...LIMIT_INVARIANTS,
  ...GRADE_INVARIANTS,
  ...SECRET_INVARIANTS,
  ...RETENTION_INVARIANTS,
  ...RIGHTS_INVARIANTS,
  ...AUDIT_INVARIANTS,
  ...REQUEST_INVARIANTS,
  ...ARCHIVE_INVARIANTS,
  ...GUARD_INVARIANTS,
].sort((a, b) => numberOf(a) - numberOf(b));

/** Laws, or halves of them, that no query can decide. */
export const PROVED_BY_TESTS: readonly { readonly id: string; readonly law: string; readonly test: string }[] = [
  {
    id: 'I10',
    law: 'the same events in any order, however often, lead to the same end',
    test: 'test/stories/webhooks.test.ts',
  },
  { id: 'I11', law: 'a repeated request gets the same bytes and has one effect', test: 'test/api/idempotency.test.ts' },
  { id: 'I13', law: 'no secret reaches a log, a history or a column', test: 'test/stories/canary.test.ts' },
  { id: 'I14', law: 'what was answered survives the death of every process', test: 'test/stories/kills.test.ts' },
];
