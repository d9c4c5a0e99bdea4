/** Where a payer enters a card: a form of Softpayment's own origin, so that no page of an app has the number. */
import type { ApiDeps } from '../deps';
import { type Operation, payerOperation } from '../http/operation';
import { z } from '../http/zod';

const cardFormSchema = z
  .object({
    url: z.url().openapi({
      description: 'Without `origin`, `lang` and `theme`, which you add.',
      example: 'https://pay.softpayment.co.kr/sdk/card-form',
    }),
  })
  .openapi('CardForm');

export function cardFormOperations({ config }: ApiDeps): Operation[] {
  return [
    // Of payers, though the address is no secret: nobody else registers a card, and open routes are as few as can be.
    payerOperation({
      method: 'get',
      path: '/v1/card-form',
      tag: 'cards',
      operationId: 'getCardForm',
      summary: "Where Softpayment's card form is",
      description:
        'Show it in an iframe, with `origin` (of your page: required), `lang` (`ko`, `en`) and `theme` (`light`, ' +
        '`dark`) as its query. It tells your page by `postMessage` what came of the card: what `registered` brings ' +
        'is the body of `POST /v1/cards`. Believe only messages of the origin of this address.',
      answers: { 200: cardFormSchema },
      problems: [],
      handle: async () => ({ status: 200, body: { url: config.cardFormUrl } }),
    }),
  ];
}
