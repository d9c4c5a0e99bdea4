/**
 * What was agreed with Softpayment beside its wire (assumed: docs/external-interfaces.md). Not here: how long it knows
 * a key, which is a duration of the pace (`pgKeyWindowMs` of domain/policy.ts), and its cost, which postings and laws
 * compute for rows of any age (domain/fees.ts).
 */
import type { PgTerms } from '../../../workflows/domain/providers';

export const SOFTPAYMENT_TERMS: PgTerms = { statementDays: 7 };
