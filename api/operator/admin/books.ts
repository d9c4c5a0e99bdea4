/** The books, what reconciliation compares them with, and what differs. */
import { adminBreaks, adminJournals, adminRuns, settlementDays, trialBalanceOf } from '../../../db/views/admin-books';
import { kstDayOf } from '../../../workflows/domain/bank-calendar';
import { BREAK_KINDS, type BreakClass } from '../../../workflows/domain/breaks';
import { ACCOUNTS } from '../../../workflows/domain/ledger';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { id, z } from '../../http/zod';
import { days, flag, instant, instantsOf, isOn, listOperation, won } from './list-route';

export const journalSchema = z
  .object({
    ...{ id: z.int(), key: z.string(), kind: z.string(), at: instant },
    ...{ dealId: z.uuid().nullable(), dealNo: z.string().nullable() },
    breakId: z.int().nullable().openapi({ description: 'The break that a correction ends.' }),
    corrects: z.string().nullable(),
    entries: z
      .array(z.object({ account: z.string(), amount: won }))
      .openapi({ description: 'A debit is positive, a credit negative; they sum to 0.' }),
  })
  .openapi('AdminJournal');

const facts = z.record(z.string(), z.union([z.string(), z.number()])).nullable();
export const breakSchema = z
  .object({
    ...{ id: z.int(), class: z.enum(Object.keys(BREAK_KINDS) as BreakClass[]), key: z.string() },
    ...{ businessDay: z.iso.date(), dealId: z.uuid().nullable(), dealNo: z.string().nullable() },
    ...{ attempt: z.int().nullable(), amount: won, ours: facts, theirs: facts },
    proposedFix: z.string().nullable(),
    ...{ openedAt: instant, resolvedAt: instant.nullable(), resolution: z.string().nullable() },
    accepted: z.boolean().openapi({ description: 'Ended by operators although it holds.' }),
    version: z.int().openapi({ description: 'For If-Match.', example: 1 }),
  })
  .openapi('AdminBreak');

const settlementSchema = z
  .object({
    ...{ fileDay: z.iso.date(), settleDate: z.iso.date(), lines: z.int(), net: won, posted: won, postings: z.int() },
  })
  .openapi('AdminSettlementDay');

const runSchema = z
  .object({
    ...{ id: z.int(), businessDay: z.iso.date(), status: z.enum(['running', 'done', 'failed']) },
    ...{ startedAt: instant, finishedAt: instant.nullable(), failure: z.string().nullable() },
    result: z.record(z.string(), z.unknown()).nullable(),
  })
  .openapi('AdminReconciliationRun');

const balanceSchema = z.object({
  day: z.iso.date(),
  accounts: z.array(z.object({ account: z.string(), opening: won, debit: won, credit: won, closing: won })),
  isBalanced: z.boolean().openapi({ description: 'Openings, and closings, sum to 0.' }),
});

type Deps = Pick<ApiDeps, 'db' | 'clock'>;

export function adminBookOperations(deps: Deps): Operation[] {
  return [
    listOperation(deps, {
      ...{ path: 'journals', operationId: 'listJournals', summary: 'Journals of the ledger, newest first' },
      ...{ right: 'money.read', listing: adminJournals, item: journalSchema },
      filters: { account: z.enum(ACCOUNTS).optional(), dealId: id.optional(), ...days },
      filterOf: ({ account, dealId, ...given }) => ({ account, dealId, ...instantsOf(given) }),
    }),
    trialBalance(deps),
    listOperation(deps, {
      ...{ path: 'settlement-days', operationId: 'listSettlementDays' },
      summary: 'What the PG pays on which day for which file, newest first',
      ...{ right: 'money.read', listing: settlementDays, item: settlementSchema, filters: {}, filterOf: () => ({}) },
    }),
    listOperation(deps, {
      ...{ path: 'reconciliation-runs', operationId: 'listReconciliationRuns' },
      ...{ summary: 'Nights of reconciliation, newest first', right: 'money.read' },
      ...{ listing: adminRuns, item: runSchema, filters: { day: z.iso.date().optional() } },
      filterOf: ({ day }) => ({ day }),
    }),
    listOperation(deps, {
      ...{ path: 'breaks', operationId: 'listBreaks', summary: 'What differs between lists and books' },
      description: 'With `open=true` the open ones, the oldest first; else all, newest first.',
      ...{ right: 'money.read', listing: adminBreaks, item: breakSchema },
      filters: { open: flag, class: breakSchema.shape.class.optional(), dealId: id.optional() },
      filterOf: ({ open, dealId, ...given }) => ({ open: isOn(open), class: given.class, dealId }),
    }),
  ];
}

function trialBalance({ db, clock }: Deps): Operation {
  return operatorOperation({
    method: 'get',
    path: '/v1/admin/trial-balance',
    tag: 'admin',
    operationId: 'getTrialBalance',
    summary: 'What each account held, received and gave on a day of Korea',
    right: 'money.read',
    query: z.strictObject({ day: z.iso.date().optional().openapi({ description: 'Absent: today.' }) }),
    answers: { 200: balanceSchema },
    problems: [],
    async handle({ query }) {
      const day = query.day ?? kstDayOf(clock());
      const accounts = await trialBalanceOf(db, day);
      const sum = (of: 'opening' | 'closing') => accounts.reduce((total, row) => total + row[of], 0);
      return { status: 200, body: { day, accounts, isBalanced: sum('opening') === 0 && sum('closing') === 0 } };
    },
  });
}
