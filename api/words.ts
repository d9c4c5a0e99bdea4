/** The words of every code and status, for apps: whatever is told by a code can be shown in either language. */
import { createHash } from 'node:crypto';
import { gradesOn } from '../db/grades';
import { WORD_TABLES } from '../workflows/domain/words/all';
import type { ApiDeps } from './deps';
import { type Operation, openOperation } from './http/operation';
import { bothLanguages, z } from './http/zod';

/** Anyone may keep it for so long, s; then an `If-None-Match` tells whether it changed. */
const KEPT_S = 300;

const words = bothLanguages.openapi('Words');
const table = z.record(z.string(), words);
const tables = Object.fromEntries(Object.keys(WORD_TABLES).map((name) => [name, table]));
const wordsSchema = z.object({ ...tables, grade: table }).openapi('WordTables', {
  description: 'Table → code → words. Codes of providers that are not listed have those of `*`.',
});

export function wordOperations({ db, clock }: Pick<ApiDeps, 'db' | 'clock'>): Operation[] {
  return [
    openOperation({
      method: 'get',
      path: '/v1/words',
      tag: 'documentation',
      operationId: 'getWords',
      summary: 'What people read for every code: statuses, reasons, causes, refusals, grades',
      description: `In both languages. May be kept for ${KEPT_S} s; If-None-Match answers 304 while nothing changed.`,
      headers: { 'If-None-Match': 'The ETag of what the caller has.' },
      sends: ['ETag'],
      answers: { 200: wordsSchema, 304: null },
      problems: [],
      async handle({ req, res }) {
        const grades = await gradesOn(db, clock());
        const body = { ...WORD_TABLES, grade: Object.fromEntries(grades.map(({ code, name }) => [code, name])) };
        const tag = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 27);
        const headers = { ETag: `"${tag}"`, 'Cache-Control': `public, max-age=${KEPT_S}, no-transform` };
        res.set(headers);
        return req.fresh ? { status: 304, headers } : { status: 200, body, headers };
      },
    }),
  ];
}
