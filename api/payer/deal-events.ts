/** A deal's live event stream: reads the deal often, sends it when it changed. */
import type { DealView } from '../../db/views/payer-deals';
import { isTerminal } from '../../workflows/domain/deal-state';
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { id, z } from '../http/zod';
import { ownedDeal } from './deal-access';
import { type Showing, toDealResource } from './deal-resource';
import type { OpenStream, Stream } from './streams';

type Telling = Showing & Pick<ApiDeps, 'db'>;

export function dealEventOperations({ db, ...showing }: Telling, openStream: OpenStream): Operation[] {
  return [
    payerOperation({
      method: 'get',
      path: '/v1/deals/{dealId}/events',
      tag: 'deals',
      summary: 'Live events of a deal',
      description: 'Server-sent events: `deal` with the whole deal, now and at every change; `end` when it has ended.',
      params: z.object({ dealId: id }),
      answers: { 200: 'text/event-stream' },
      problems: ['not-found', 'too-many-requests'],
      async handle({ payer, params, req, res }) {
        const deal = await ownedDeal(db, payer.userId, params.dealId);
        const read = () => ownedDeal(db, payer.userId, deal.id);
        await openStream({ payer, req, res }, (stream) => follow(stream, showing, { first: deal, read }));
        return undefined;
      },
    }),
  ];
}

/** Sends the deal at once and at every change, then `end` when it has ended. */
async function follow(
  stream: Stream,
  showing: Showing,
  { first, read }: { readonly first: DealView; readonly read: () => Promise<DealView> },
): Promise<void> {
  let sent = '';
  for (let deal = first; ; deal = await read()) {
    const resource = await toDealResource(showing, deal);
    const text = JSON.stringify(resource);
    if (text !== sent) await stream.send({ event: 'deal', data: resource });
    sent = text;
    if (isTerminal(deal.status)) return stream.send({ event: 'end', data: {} });
    await stream.pause();
  }
}
