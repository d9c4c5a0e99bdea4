/** The audit of what operators did, for those who may read it: in pages, and as a table to keep elsewhere. */
import { audit } from '../../../db/admin-audit';
import { type AuditLine, auditEntries } from '../../../db/views/audit-entries';
import { kstDayStart } from '../../../workflows/domain/bank-calendar';
import type { ApiDeps } from '../../deps';
import { type Operation, operatorOperation } from '../../http/operation';
import { z } from '../../http/zod';

const word = z.string().min(1).max(100);
const filters = z.strictObject({
  actor: word.optional().openapi({ example: 'operator:kim' }),
  action: word.optional().openapi({ example: 'release' }),
  subjectKind: word.optional().openapi({ example: 'deal' }),
  subject: word.optional().openapi({ example: 'P260302AB12CD' }),
  outcome: z.enum(['asked', 'done', 'refused', 'failed']).optional(),
  from: z.iso.date().optional().openapi({ description: 'On this day of Korea or later.' }),
  to: z.iso.date().optional().openapi({ description: 'On this day of Korea or before.' }),
  before: z.coerce.number().int().min(1).optional().openapi({ description: 'Entries before this number.' }),
});
const LIMIT = { page: 100, export: 10_000 };

const entrySchema = z
  .object({
    seq: z.int().openapi({ description: 'Without a gap.' }),
    at: z.iso.datetime(),
    actor: z.string(),
    role: z.string(),
    via: z.string(),
    address: z.string().nullable(),
    action: z.string(),
    subjectKind: z.string(),
    subject: z.string().nullable(),
    reason: z.string().nullable(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    outcome: z.enum(['asked', 'done', 'refused', 'failed']),
    requestId: z.string().nullable(),
    hash: z.string().openapi({ description: 'SHA-256, over the hash of the entry before it too.' }),
  })
  .openapi('AuditEntry');

const tag = 'admin-audit';

export function auditOperations({ db }: Pick<ApiDeps, 'db'>): Operation[] {
  const read = ({ from, to, before, ...equal }: z.output<typeof filters>, limit: number) => {
    const since = from === undefined ? undefined : kstDayStart(from);
    const until = to === undefined ? undefined : kstDayStart(to, 1);
    return auditEntries(db, { ...equal, since, until }, { limit, before });
  };
  const list = operatorOperation({
    ...{ method: 'get', path: '/v1/admin/audit', tag, operationId: 'listAuditEntries', right: 'audit.read' },
    summary: 'What operators did, newest first',
    description: 'At most 100 entries; the next ones are before `nextBefore`.',
    query: filters,
    answers: { 200: z.object({ items: z.array(entrySchema), nextBefore: z.int().nullable() }) },
    problems: [],
    async handle({ query }) {
      const lines = await read(query, LIMIT.page);
      const nextBefore = lines.length === LIMIT.page ? (lines.at(-1)?.seq ?? null) : null;
      return {
        status: 200,
        body: { items: lines.map((line) => ({ ...line, at: line.at.toISOString() })), nextBefore },
      };
    },
  });
  const asTable = operatorOperation({
    ...{ method: 'get', path: '/v1/admin/audit.csv', tag, operationId: 'exportAuditEntries', right: 'audit.read' },
    summary: 'The same as a table of comma separated values',
    description: 'At most 10,000 entries, newest first. That it was exported is an entry of its own.',
    query: filters,
    answers: { 200: 'text/csv' },
    problems: [],
    async handle({ operator, query, res }) {
      const lines = await read(query, LIMIT.export);
      const entry = { action: 'export-audit', subjectKind: 'audit', outcome: 'done' } as const;
      await audit(db, operator, { ...entry, after: { ...query, entries: lines.length } });
      res.status(200).set('Content-Type', 'text/csv; charset=utf-8').end(csvOf(lines));
      return undefined;
    },
  });
  return [list, asTable];
}

const HEAD = Object.keys(entrySchema.shape) as (keyof AuditLine)[];

const csvOf = (lines: readonly AuditLine[]): string =>
  [HEAD, ...lines.map((line) => HEAD.map((column) => textOf(line[column])))]
    .map((cells) => `${cells.map(cellOf).join(',')}\r\n`)
    .join('');

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : `${value}`;
}

/** Quoted (RFC 4180), and nothing that a table program would work out: what an operator wrote is a text. */
const cellOf = (text: string): string => `"${text.replace(/^(?=[=+@\t\r-])/, "'").replaceAll('"', '""')}"`;
