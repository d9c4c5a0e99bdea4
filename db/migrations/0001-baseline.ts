/**
 * The whole schema that the first release begins with. Invariants live here, not only in code (spec §10): legal edges,
 * one live charge, one transfer job, balanced and immutable journals, no refund beside a live transfer. Every table has
 * version, created_at and deleted_at (a provider's lines are as old as their list); money is int8 won; times are
 * timestamptz (UTC).
 */
import { DEALS } from './0001-baseline/deals';
import { LEDGER } from './0001-baseline/ledger';
import { MONEY } from './0001-baseline/money';
import { OPERATORS } from './0001-baseline/operators';
import { PEOPLE } from './0001-baseline/people';
import { RECONCILIATION } from './0001-baseline/reconciliation';
import { REQUESTS_AND_NOTICES } from './0001-baseline/requests-and-notices';

export const BASELINE = [PEOPLE, DEALS, MONEY, OPERATORS, REQUESTS_AND_NOTICES, RECONCILIATION, LEDGER] as const;
