/** The receipt of a deal: as data, or as a page that can be printed. */
import { findReceipt } from '../../db/views/receipts';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { languageOf, Problem } from '../http/problem';
import { id, z } from '../http/zod';
import { receiptPage } from './receipt-page';
import { receiptSchema, toReceipt } from './receipt-resource';

export function receiptOperations({ db, clock }: Pick<ApiDeps, 'db' | 'clock'>): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/deals/{dealId}/receipt',
      tag: 'deals',
      summary: 'The receipt of a deal that was charged',
      description: 'With `Accept: text/html` a page to print, in Korean or English by Accept-Language.',
      params: z.object({ dealId: id }),
      headers: { Accept: '`application/json` or `text/html`.' },
      answers: { 200: receiptSchema },
      problems: ['not-found', 'not-charged'],
      async handle({ payer, params, req, res }) {
        const view = await findReceipt(db, payer.userId, params.dealId);
        if (!view) throw new Problem('not-found');
        if (view.charges.length === 0) throw new Problem('not-charged');
        const receipt = toReceipt(view, clock());
        res.vary('Accept');
        if (req.accepts(['json', 'html']) !== 'html') return { status: 200, body: receipt };
        const language = languageOf(req);
        res.vary('Accept-Language').set('Content-Language', language);
        res.type('html').send(receiptPage(receipt, language));
        return undefined;
      },
    }),
  ];
}
