/** Evidence files: sent once, named by orders; what one holds is shown by a reveal, with a reason (reveals.ts). */
import { audit } from '../../../db/admin-audit';
import { findEvidence } from '../../../db/evidence-files';
import { EVIDENCE_TYPES } from '../../../workflows/domain/evidence';
import type { ApiDeps } from '../../deps';
import { FILE_TYPE_WORDS } from '../../http/middleware/body';
import { fileOperation, type Operation, operatorOperation } from '../../http/operation';
import { Problem } from '../../http/problem';
import { id, z } from '../../http/zod';
import { keepEvidence } from '../evidence';
import { nameInPath } from '../texts';
import { instant } from './list-route';

const evidenceSchema = z
  .object({
    ...{ id: z.uuid(), dealId: z.uuid(), dealNo: z.string(), sha256: z.string(), size: z.int() },
    ...{ mediaType: z.enum(EVIDENCE_TYPES), uploadedBy: z.string(), uploadedAt: instant },
    emptiedAt: instant.nullable().openapi({ description: 'Null: a reveal shows the file (`evidence`, `content`).' }),
  })
  .openapi('AdminEvidence');

const tag = 'admin-orders';

export function evidenceOperations(deps: Pick<ApiDeps, 'db' | 'keys'>): Operation[] {
  return [
    fileOperation({
      ...{ method: 'post', path: '/v1/admin/deals/{dealNo}/evidence', tag, operationId: 'sendEvidence' },
      right: 'requests.make',
      summary: 'Keep a file that an order about the deal rests on',
      description:
        'A PDF, PNG or JPEG of at most 5 MB, as it is, by its own content type. The same file of the same deal is ' +
        'one, and is answered again with 200. It is kept encrypted, and never changed.',
      limit: 'evidencePerOperator',
      params: z.object({ dealNo: nameInPath(40) }),
      answers: { 200: evidenceSchema, 201: evidenceSchema },
      problems: ['not-found'],
      async handle({ operator, params, body, req, res }) {
        if (operator.id === null) throw new Problem('unauthenticated');
        const calledType = req.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
        const kept = await keepEvidence(deps, { ...params, bytes: body, calledType, by: operator.id });
        if (kept.kind === 'refused')
          throw kept.why === 'no-deal'
            ? new Problem('not-found')
            : new Problem('unsupported-media-type', { detail: FILE_TYPE_WORDS });
        const { id: subject, sha256, mediaType, size } = kept.file;
        await audit(deps.db, operator, {
          ...{ action: 'send-evidence', subjectKind: 'deal', subject: params.dealNo, outcome: 'done' },
          ...{ after: { evidence: subject, sha256, mediaType, size }, requestId: res.locals.requestId },
        });
        return { status: kept.isNew ? 201 : 200, body: kept.file };
      },
    }),
    operatorOperation({
      ...{ method: 'get', path: '/v1/admin/evidence/{id}', tag, operationId: 'getEvidence', right: 'deals.read' },
      summary: 'A file’s deal, kind and hash; what it holds is shown by a reveal',
      params: z.object({ id }),
      answers: { 200: evidenceSchema },
      problems: ['not-found'],
      async handle({ params }) {
        const file = await findEvidence(deps.db, params.id);
        if (!file) throw new Problem('not-found');
        return { status: 200, body: file };
      },
    }),
  ];
}
